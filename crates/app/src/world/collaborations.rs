//! Collaborations of a world file, and who is a member.

use bailiwick_domain::Facts;
use bailiwick_domain::entities::{Collaboration, Project};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::guards::{self, Refused};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Object;
use bailiwick_domain::ports::Read;
use uuid::Uuid;

use super::apply::Work;
use super::file::{CollaborationEntry, path};
use crate::create::made;
use crate::cx::Cx;
use crate::error::AppError;

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
        let permit = || cx.gate.create_at_server::<Collaboration>(&cx.caller);
        // Consent is asked of the collaboration as it would be made: nobody enters by being there from the start.
        let alone = made(cx, permit()?, Collaboration { name: name.to_owned(), members: Vec::new() });
        for &member in &members {
            self.may_enter(&alone.new.object().facts, member)?;
        }
        let made = made(cx, permit()?, Collaboration { name: name.to_owned(), members });
        self.known.collaborations.insert(name.to_owned(), made.new.object().clone());
        self.add(vec![(name.to_owned(), made)]).await
    }

    async fn admit(&mut self, there: &Object<Collaboration>, more: Vec<Uuid>) -> Result<(), AppError> {
        if more.is_empty() {
            return Ok(());
        }
        for &member in &more {
            self.may_enter(&there.facts, member)?;
        }
        let what = format!("with {}", self.names(&more));
        self.set_members(there, what, |members| members.extend(more)).await
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
            for &member in &gone {
                let organization = self.organization(member);
                guards::dismiss(&self.cx.gate, &self.cx.caller, &there.facts, organization)
                    .map_err(|refused| answer(self.cx, refused, &there.facts))?;
                self.unshare_all(member, there.id).await?;
            }
            let what = format!("without {}", self.names(&gone));
            self.set_members(&there, what, |members| members.retain(|member| !gone.contains(member))).await?;
        }
        Ok(())
    }

    async fn unshare_all(&mut self, organization: Uuid, from: Uuid) -> Result<(), AppError> {
        let cx = self.cx;
        let rows = Read::<Project>::inside(self.unit, Anchor::at(Level::Organization, organization)).await?;
        for row in rows {
            if cx.gate.facts(&row).collaboration != Some(from) {
                continue;
            }
            let granted = cx.gate.open::<Edit, Project>(&cx.caller, Some(row))?;
            let because = granted.because();
            let changed = granted.change(cx.gate.now(), |project| project.collaboration_id = None);
            let after = changed.after();
            let above = after.path().next().map_or_else(String::new, |(.., name)| name.to_owned());
            let path = path(&above, &after.data.name);
            self.change(path.clone(), because, &changed, "not shared".to_owned()).await?;
            self.known.projects.insert(path, changed.after().clone());
        }
        Ok(())
    }

    async fn set_members(
        &mut self,
        there: &Object<Collaboration>,
        what: String,
        change: impl FnOnce(&mut Vec<Uuid>),
    ) -> Result<(), AppError> {
        let cx = self.cx;
        let granted = cx
            .gate
            .open::<Edit, Collaboration>(&cx.caller, Some(Sealed::new(there.clone())))
            .map_err(|denial| AppError::denied(denial, there.id))?;
        let because = granted.because();
        let changed = granted.change(cx.gate.now(), |collaboration| change(&mut collaboration.members));
        let name = there.data.name.clone();
        self.change(name.clone(), because, &changed, what).await?;
        self.known.collaborations.insert(name, changed.after().clone());
        Ok(())
    }

    fn may_enter(&self, collaboration: &Facts, organization: Uuid) -> Result<(), AppError> {
        guards::admit(&self.cx.gate, &self.cx.caller, collaboration, self.organization(organization))
            .map_err(|refused| answer(self.cx, refused, collaboration))
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
