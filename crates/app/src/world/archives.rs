//! Projects of a world file that rest, or rest no more.

use bailiwick_domain::Gate;
use bailiwick_domain::entities::Project;
use bailiwick_domain::gate::{Changes, Edit, Sealed, Unarchive};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Object;
use bailiwick_domain::reason::Guard;
use time::OffsetDateTime;

use super::apply::Work;
use super::file::path;
use crate::error::AppError;
use crate::projects::has_open_runs;

impl Work<'_, '_> {
    /// Projects that are to rest and do not.
    pub async fn archives(&mut self) -> Result<(), AppError> {
        for organization in &self.file.organizations {
            for entry in organization.projects.iter().filter(|entry| entry.archived == Some(true)) {
                self.line.set(entry.name.line);
                let path = path(organization.name.value.as_str(), entry.name.value.as_str());
                let there = self.known.projects.get(&path).cloned();
                if let Some(there) = there.filter(|there| there.data.archived_at.is_none()) {
                    let now = self.cx.gate.now();
                    if has_open_runs(self.unit, there.id).await? {
                        let guard = Guard::OpenRuns;
                        return Err(Gate::guarded(guard, Operation::Edit, Kind::Project, &there.facts).into());
                    }
                    self.move_to::<Edit>(&path, there, Some(now), "archived").await?;
                }
            }
        }
        Ok(())
    }

    /// Takes a project out of the archive.
    pub async fn wake(&mut self, path: &str, there: Object<Project>) -> Result<Object<Project>, AppError> {
        self.move_to::<Unarchive>(path, there, None, "taken out of the archive").await
    }

    async fn move_to<A: Changes>(
        &mut self,
        path: &str,
        there: Object<Project>,
        archived_at: Option<OffsetDateTime>,
        what: &str,
    ) -> Result<Object<Project>, AppError> {
        let (cx, id) = (self.cx, there.id);
        let granted = cx
            .gate
            .open::<A, Project>(&cx.caller, Some(Sealed::new(there)))
            .map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let changed = granted.change(cx.gate.now(), |project| project.archived_at = archived_at);
        self.change(path.to_owned(), because, &changed, what.to_owned()).await?;
        self.known.renew_under(path, &changed.after().facts);
        self.known.projects.insert(path.to_owned(), changed.after().clone());
        Ok(changed.after().clone())
    }
}
