//! Projects of a world file, and where they are shared.

use bailiwick_domain::Facts;
use bailiwick_domain::entities::{Organization, Project, Visibility};
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::guards;
use bailiwick_domain::object::Object;
use uuid::Uuid;

use super::apply::Work;
use super::collaborations::answer;
use super::file::{ProjectEntry, path};
use super::place::permit;
use crate::create::{Made, made};
use crate::error::AppError;
use crate::projects::has_open_runs;

impl<'c> Work<'c, '_> {
    /// Projects that are missing or differ.
    pub async fn projects(&mut self) -> Result<(), AppError> {
        let mut new = Vec::new();
        for organization in &self.file.organizations {
            let above = organization.name.value.as_str();
            for entry in &organization.projects {
                self.line.set(entry.name.line);
                let path = path(above, entry.name.value.as_str());
                match self.known.projects.get(&path).cloned() {
                    Some(project) => self.change_project(above, path, entry, project).await?,
                    None => {
                        let made = self.make_project(above, entry)?;
                        self.known.projects.insert(path.clone(), made.new.object().clone());
                        new.push((path, made));
                    }
                }
            }
        }
        self.add(new).await
    }

    fn make_project(&self, above: &str, entry: &ProjectEntry) -> Result<Made<'c, Project>, AppError> {
        let cx = self.cx;
        let organization = self.known.organizations.get(above);
        let data = |collaboration_id| Project {
            name: entry.name.value.as_str().to_owned(),
            description: entry.description.clone().unwrap_or_default(),
            visibility: entry.visibility.unwrap_or(Visibility::Private),
            archived_at: None,
            collaboration_id,
        };
        let shared = self.collaboration(entry).flatten();
        if let (Some((_, into)), Some(organization)) = (&shared, organization) {
            // Sharing is asked of the project as it would be made without.
            let alone = made(cx, permit(cx, Some(organization))?, data(None));
            self.may_share(&alone.new.object().facts, &organization.facts, into, false)?;
        }
        Ok(made(cx, permit::<Project, Organization>(cx, organization)?, data(shared.map(|(id, _)| id))))
    }

    async fn change_project(
        &mut self,
        above: &str,
        path: String,
        entry: &ProjectEntry,
        mut there: Object<Project>,
    ) -> Result<(), AppError> {
        let cx = self.cx;
        if entry.archived == Some(false) && there.data.archived_at.is_some() {
            there = self.wake(&path, there).await?;
        }
        let mut after = there.data.clone();
        let mut what = Vec::new();
        if let Some(description) = &entry.description
            && *description != after.description
        {
            after.description.clone_from(description);
            what.push("description".to_owned());
        }
        if let Some(visibility) = entry.visibility
            && visibility != after.visibility
        {
            after.visibility = visibility;
            what.push(visibility.word().to_owned());
        }
        let wanted = self.collaboration(entry);
        if let Some(wanted) = wanted
            && wanted.as_ref().map(|(id, _)| *id) != after.collaboration_id
        {
            let open = has_open_runs(self.unit, there.id).await?;
            self.may_move(above, &there.facts, wanted.as_ref().map(|(_, facts)| facts), open)?;
            after.collaboration_id = wanted.map(|(id, _)| id);
            what.push(match &entry.collaboration {
                Some(Some(name)) => format!("shared in {}", name.value),
                _ => "not shared".to_owned(),
            });
        }
        if what.is_empty() {
            return Ok(());
        }
        let id = there.id;
        let granted = cx
            .gate
            .open::<Edit, Project>(&cx.caller, Some(Sealed::new(there)))
            .map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let changed = granted.change(cx.gate.now(), |project| *project = after);
        self.change(path.clone(), because, &changed, what.join(", ")).await?;
        self.known.renew_under(&path, &changed.after().facts);
        self.known.projects.insert(path, changed.after().clone());
        Ok(())
    }

    /// The collaboration that an entry wants its project shared in.
    fn collaboration(&self, entry: &ProjectEntry) -> Option<Option<(Uuid, Facts)>> {
        match entry.collaboration.as_ref()? {
            None => Some(None),
            Some(name) => {
                let found = self.known.collaborations.get(&name.value)?;
                Some(Some((found.id, found.facts.clone())))
            }
        }
    }

    fn may_share(
        &self,
        project: &Facts,
        organization: &Facts,
        into: &Facts,
        open_runs: bool,
    ) -> Result<(), AppError> {
        let (gate, caller) = (&self.cx.gate, &self.cx.caller);
        guards::share(gate, caller, project, organization, Some(into), open_runs)
            .map_err(|refused| answer(self.cx, refused, into))
    }

    fn may_move(
        &self,
        above: &str,
        project: &Facts,
        into: Option<&Facts>,
        open_runs: bool,
    ) -> Result<(), AppError> {
        let (gate, caller) = (&self.cx.gate, &self.cx.caller);
        let Some(organization) = self.known.organizations.get(above) else {
            permit::<Project, Organization>(self.cx, None)?;
            return Ok(());
        };
        if let Some(into) = into {
            return self.may_share(project, &organization.facts, into, open_runs);
        }
        let mut there = self.known.collaborations.values();
        let from = there.find(|from| Some(from.id) == project.collaboration).map(|from| &from.facts);
        guards::unshare(gate, caller, project, &organization.facts, from, open_runs)
            .map_err(|refused| answer(self.cx, refused, project))
    }
}
