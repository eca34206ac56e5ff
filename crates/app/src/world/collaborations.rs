//! Collaborations of a world file, and who is a member.

use bailiwick_domain::entities::{Collaboration, Project};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::{Edit, Sealed, View};
use bailiwick_domain::guards::{self, Refused};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Changed, Object};
use bailiwick_domain::ports::Read;
use bailiwick_domain::{Because, Facts};
use uuid::Uuid;

use super::apply::Work;
use super::file::{CollaborationEntry, path};
use super::plan::Line;
use crate::create::Made;
use crate::cx::Cx;
use crate::error::AppError;
use crate::leaving::leave;

impl Work<'_, '_> {
    /// Collaborations that are missing, and members that are.
    pub async fn collaborations(&mut self) -> Result<(), AppError> {
        for entry in &self.file.collaborations {
            self.line.set(entry.name.line);
            let name = entry.name.value.as_str();
            let members = self.members(entry);
            match self.known.collaborations.get(name).cloned() {
                None => self.make_collaboration(name, members).await?,
                Some(there) => {
                    let more =
                        members.into_iter().filter(|member| !there.data.members.contains(member)).collect();
                    self.admit(&there, more).await?;
                }
            }
        }
        Ok(())
    }

    async fn make_collaboration(&mut self, name: &str, members: Vec<Uuid>) -> Result<(), AppError> {
        let cx = self.cx;
        let permit = cx.gate.create_at_server::<Collaboration>(&cx.caller)?;
        let (because, at) = (permit.because(), permit.parent().clone());
        let entering: Vec<&Facts> = members.iter().filter_map(|&member| self.organization(member)).collect();
        let data = Collaboration { name: name.to_owned(), encrypted: false, members: Vec::new() };
        let new = guards::make_collaboration(&cx.gate, permit, cx.new_id(), data, &entering)
            .map_err(|refused| answer(cx, refused, &at))?;
        self.known.collaborations.insert(name.to_owned(), new.object().clone());
        self.add(vec![(name.to_owned(), Made { new, because })]).await
    }

    async fn admit(&mut self, there: &Object<Collaboration>, more: Vec<Uuid>) -> Result<(), AppError> {
        if more.is_empty() {
            return Ok(());
        }
        let cx = self.cx;
        let mut there = there.clone();
        for member in more {
            let id = there.id;
            let granted = cx
                .gate
                .open::<Edit, Collaboration>(&cx.caller, Some(Sealed::new(there.clone())))
                .map_err(|denial| AppError::denied(denial, id))?;
            let because = granted.because();
            let changed = guards::enter(&cx.gate, granted, self.organization(member))
                .map_err(|refused| answer(cx, refused, &there.facts))?;
            there = self.with_members(&changed, because, format!("with {}", self.names(&[member]))).await?;
        }
        Ok(())
    }

    /// Takes out the members that the file does not name; their projects are unshared with it.
    pub async fn dismiss(&mut self) -> Result<(), AppError> {
        for entry in &self.file.collaborations {
            self.line.set(entry.name.line);
            let Some(there) = self.known.collaborations.get(entry.name.value.as_str()).cloned() else {
                continue;
            };
            let members = self.members(entry);
            let gone: Vec<Uuid> =
                there.data.members.iter().copied().filter(|member| !members.contains(member)).collect();
            if gone.is_empty() {
                continue;
            }
            let cx = self.cx;
            let mut there = there;
            for member in gone {
                let row = Some(Sealed::new(there.clone()));
                let (changed, because) = guards::leave(&cx.gate, &cx.caller, row, self.organization(member))
                    .map_err(|refused| answer(cx, refused, &there.facts))?;
                let shared = self.shared(member, there.id).await?;
                leave(cx, self.unit, because, member, there.id).await?;
                self.unshared(shared).await?;
                there = self
                    .with_members(&changed, because, format!("without {}", self.names(&[member])))
                    .await?;
            }
        }
        Ok(())
    }

    /// The projects that an organization has in a collaboration, by path and id.
    async fn shared(&self, organization: Uuid, from: Uuid) -> Result<Vec<(String, Uuid)>, AppError> {
        let cx = self.cx;
        let rows = Read::<Project>::inside(self.unit, Anchor::at(Level::Organization, organization)).await?;
        let rows = rows.into_iter().filter(|row| cx.gate.facts(row).collaboration == Some(from));
        let seen = rows.filter_map(|row| cx.gate.open::<View, Project>(&cx.caller, Some(row)).ok());
        let placed = seen.map(|project| {
            let above = project.object().path().next().map_or("", |(.., name)| name);
            (path(above, &project.data().name), project.id())
        });
        Ok(placed.collect())
    }

    /// Knows these projects as they are now, and notes in the plan that they are no longer shared.
    async fn unshared(&mut self, projects: Vec<(String, Uuid)>) -> Result<(), AppError> {
        let cx = self.cx;
        for (path, id) in projects {
            let row = Read::<Project>::find(self.unit, id).await?;
            let opened = cx.gate.open::<View, Project>(&cx.caller, row);
            let now = opened.map_err(|denial| AppError::denied(denial, id))?;
            self.known.renew_under(&path, now.facts());
            self.known.projects.insert(path.clone(), now.into_object());
            self.plan.changed.push(Line { kind: Kind::Project, path, what: "not shared".to_owned() });
        }
        Ok(())
    }

    async fn with_members(
        &mut self,
        changed: &Changed<Collaboration>,
        because: Because<'_>,
        what: String,
    ) -> Result<Object<Collaboration>, AppError> {
        let (name, now) = (changed.after().data.name.clone(), changed.after().clone());
        self.change(name.clone(), because, changed, what).await?;
        self.known.collaborations.insert(name, now.clone());
        Ok(now)
    }

    fn organization(&self, id: Uuid) -> Option<&Facts> {
        self.known.organizations.values().find(|object| object.id == id).map(|object| &object.facts)
    }

    /// The ids of the members that an entry names.
    fn members(&self, entry: &CollaborationEntry) -> Vec<Uuid> {
        let ids = entry.organizations.iter().filter_map(|name| self.known.organizations.get(&name.value));
        let mut ids: Vec<Uuid> = ids.map(|object| object.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn names(&self, ids: &[Uuid]) -> String {
        let named = self.known.organizations.values().filter(|object| ids.contains(&object.id));
        named.map(|object| object.data.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The answer to a link that a guard refuses; what may not be named is as if it were not there.
pub fn answer(cx: &Cx, refused: Refused, at: &Facts) -> AppError {
    match refused {
        Refused::Denied(denial) => (*denial).into(),
        Refused::Named => cx.gate.missing(&cx.caller, Operation::View, Kind::Organization, at).into(),
    }
}
