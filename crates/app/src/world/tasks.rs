//! Jobs and tasks of a world file.

use bailiwick_domain::Facts;
use bailiwick_domain::entities::{Job, JobStatus, Project, Task, TaskStatus};
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Object;
use uuid::Uuid;

use super::apply::Work;
use super::candidates::is_candidate;
use super::file::{JobEntry, Spot, TaskEntry, WorldFile, path};
use super::place::permit;
use crate::create::made;
use crate::error::{AppError, FieldError};

impl Work<'_, '_> {
    /// Jobs that are missing or differ.
    pub async fn jobs(&mut self) -> Result<(), AppError> {
        let mut new = Vec::new();
        for (project_path, entry) in job_entries(self.file) {
            self.line.set(entry.name.line);
            let path = path(&project_path, entry.name.value.as_str());
            if let Some(job) = self.known.jobs.get(&path).cloned() {
                self.change_job(path, entry, job).await?;
                continue;
            }
            let permit = permit::<Job, Project>(self.cx, self.known.projects.get(&project_path))?;
            let name = entry.name.value.as_str().to_owned();
            let description = entry.description.clone().unwrap_or_default();
            let status = entry.status.unwrap_or(JobStatus::Draft);
            let made = made(self.cx, permit, Job { status, ..Job::draft(name, description) });
            self.known.jobs.insert(path.clone(), made.new.object().clone());
            new.push((path, made));
        }
        self.add(new).await
    }

    async fn change_job(
        &mut self,
        path: String,
        entry: &JobEntry,
        there: Object<Job>,
    ) -> Result<(), AppError> {
        let (cx, id) = (self.cx, there.id);
        let mut after = there.data.clone();
        let mut what = Vec::new();
        if let Some(description) = entry.description.as_ref().filter(|said| **said != after.description) {
            after.description.clone_from(description);
            what.push("description");
        }
        if let Some(status) = entry.status.filter(|said| *said != after.status) {
            after.status = status;
            what.push(status.word());
        }
        if what.is_empty() {
            return Ok(());
        }
        let granted = cx
            .gate
            .open::<Edit, Job>(&cx.caller, Some(Sealed::new(there)))
            .map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let changed = granted.change(cx.gate.now(), |job| *job = after);
        self.change(path.clone(), because, &changed, what.join(", ")).await?;
        self.known.jobs.insert(path, changed.after().clone());
        Ok(())
    }

    /// Tasks that are missing or differ.
    pub async fn tasks(&mut self) -> Result<(), AppError> {
        let mut new = Vec::new();
        for (project_path, job) in job_entries(self.file) {
            let job_path = path(&project_path, job.name.value.as_str());
            for entry in &job.tasks {
                self.line.set(entry.name.line);
                let path = path(&job_path, entry.name.value.as_str());
                if let Some(task) = self.known.tasks.get(&path).cloned() {
                    self.change_task(path, entry, task).await?;
                    continue;
                }
                let permit = permit::<Task, Job>(self.cx, self.known.jobs.get(&job_path))?;
                let assignee_id = match &entry.assignee {
                    Some(Some(user)) => Some(self.named("assignee", user, permit.parent()).await?),
                    _ => None,
                };
                let data = Task {
                    status: entry.status.unwrap_or(TaskStatus::Available),
                    assignee_id,
                    ..Task::available(
                        entry.name.value.as_str(),
                        entry.description.clone().unwrap_or_default(),
                    )
                };
                let made = made(self.cx, permit, data);
                self.known.tasks.insert(path.clone(), made.new.object().clone());
                new.push((path, made));
            }
        }
        self.add(new).await
    }

    async fn change_task(
        &mut self,
        path: String,
        entry: &TaskEntry,
        there: Object<Task>,
    ) -> Result<(), AppError> {
        let (cx, id) = (self.cx, there.id);
        let mut after = there.data.clone();
        let mut what = Vec::new();
        if let Some(description) = entry.description.as_ref().filter(|said| **said != after.description) {
            after.description.clone_from(description);
            what.push("description".to_owned());
        }
        if let Some(status) = entry.status.filter(|said| *said != after.status) {
            after.status = status;
            what.push(status.word().to_owned());
        }
        let wanted = match &entry.assignee {
            Some(Some(user)) => Some(self.named("assignee", user, &there.facts).await?),
            Some(None) => None,
            None => after.assignee_id,
        };
        if wanted != after.assignee_id {
            if !cx.gate.may_view(&cx.caller, &there.facts) {
                let denial = cx.gate.missing(&cx.caller, Operation::View, Kind::Task, &there.facts);
                return Err(AppError::denied(denial, id));
            }
            after.assignee_id = wanted;
            what.push(match &entry.assignee {
                Some(Some(user)) => format!("assigned to {}", user.value),
                _ => "assigned to nobody".to_owned(),
            });
        }
        if what.is_empty() {
            return Ok(());
        }
        let granted = cx
            .gate
            .open::<Edit, Task>(&cx.caller, Some(Sealed::new(there)))
            .map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let changed = granted.change(cx.gate.now(), |task| *task = after);
        self.change(path.clone(), because, &changed, what.join(", ")).await?;
        self.known.tasks.insert(path, changed.after().clone());
        Ok(())
    }

    /// A user by path, if the caller may name them at a place: view them, or grant to them there.
    ///
    /// # Errors
    /// They may not; storage.
    pub async fn named(&self, field: &str, user: &Spot<String>, at: &Facts) -> Result<Uuid, AppError> {
        let (cx, path) = (self.cx, user.value.as_str());
        let (id, home) = match (self.known.users.get(path), self.candidates.get(path)) {
            (Some(there), _) if cx.gate.may_view(&cx.caller, &there.facts) => return Ok(there.id),
            (Some(there), _) => (there.id, there.facts.lineage.organization),
            (None, found) => (found.map_or(Uuid::nil(), |found| found.id), found.map(|found| found.home)),
        };
        if let Some(home) = home
            && is_candidate(cx, self.unit, at, home).await?
        {
            return Ok(id);
        }
        let pointer = format!("{}:{}: {field}", self.file.name, user.line);
        let right =
            format!("`{path}` is nobody whom you may name here; right would be a user whom you may view");
        Err(AppError::Invalid(vec![FieldError::new(pointer, right)]))
    }
}

/// Every job of a file with the path of its project.
fn job_entries(file: &WorldFile) -> impl Iterator<Item = (String, &JobEntry)> {
    file.organizations.iter().flat_map(|organization| {
        organization.projects.iter().flat_map(|project| {
            let above = path(organization.name.value.as_str(), project.name.value.as_str());
            project.jobs.iter().map(move |job| (above.clone(), job))
        })
    })
}
