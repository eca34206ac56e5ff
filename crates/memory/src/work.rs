//! Work: what links to what, the tasks that are to be made, taken and counted, and what was done to an object.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::entities::{
    AuditEvent, Export, ExportStatus, File, Job, JobStatus, Run, Task, TaskStatus,
};
use bailiwick_domain::ports::{Purpose, RunsOf, Tally};
use bailiwick_domain::{Anchor, Kind, Object, Sealed};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::state::State;

impl State {
    /// Which of these kinds an object links to, by id.
    pub fn linked(&self, holder: Uuid, kind: Kind) -> Vec<Uuid> {
        let from = self.links.range((holder, Uuid::nil())..=(holder, Uuid::max()));
        from.filter(|(_, kinds)| kinds.1 == kind).map(|((_, target), _)| *target).collect()
    }

    /// Which objects of a kind link to an object, by id.
    pub fn holders(&self, target: Uuid, kind: Kind) -> Vec<Uuid> {
        let to = self.links.iter().filter(|((_, to), kinds)| *to == target && kinds.0 == kind);
        to.map(|((holder, _), _)| *holder).collect()
    }

    fn files_in_datasets(&self, job: Uuid) -> BTreeSet<Uuid> {
        self.linked(job, Kind::Dataset)
            .into_iter()
            .flat_map(|dataset| self.linked(dataset, Kind::File))
            .collect()
    }

    /// The files of the datasets of a job that come after this one.
    pub fn files_of_job(&self, job: Uuid, after: Option<Uuid>, limit: usize) -> Vec<Sealed<File>> {
        let files = self.files_in_datasets(job);
        let next = files.into_iter().filter(|file| after.is_none_or(|after| *file > after)).take(limit);
        next.filter_map(|file| self.get::<File>(file)).map(|file| self.sealed(file)).collect()
    }

    /// How many there are.
    pub fn count_files_of_job(&self, job: Uuid) -> u64 {
        self.files_in_datasets(job).len() as u64
    }

    /// Which of these files a job has a task about.
    pub fn files_with_task(&self, job: Uuid, files: &[Uuid]) -> Vec<Uuid> {
        let of_job = self.all::<Task>().filter(|task| task.facts.lineage.job == Some(job));
        of_job.filter_map(|task| task.data.file_id).filter(|file| files.contains(file)).collect()
    }

    /// The task of a job that a worker is to take next.
    pub fn next_task(
        &self,
        job: Uuid,
        worker: Uuid,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Option<Sealed<Task>> {
        let rank = |task: &Object<Task>| {
            let Task { status, assignee_id, author_id, reviewer_id, image, .. } = &task.data;
            let (mine, over) = (*assignee_id == Some(worker), !task.data.is_lent(now));
            if task.facts.lineage.job != Some(job) || image.is_some() {
                return None;
            }
            match (purpose, status) {
                (Purpose::Work, TaskStatus::ChangesRequested) if mine => Some(0),
                (Purpose::Work, TaskStatus::Available) if mine => Some(1),
                (Purpose::Work, TaskStatus::InProgress) if over => Some(if mine { 2 } else { 3 }),
                (Purpose::Work, TaskStatus::ChangesRequested) if assignee_id.is_none() => Some(3),
                (Purpose::Work, TaskStatus::Available) if assignee_id.is_none() => Some(4),
                (Purpose::Review, TaskStatus::InReview) => {
                    let another_s = author_id.is_some_and(|author| author != worker);
                    (another_s && (reviewer_id.is_none() || over)).then_some(0)
                }
                _ => None,
            }
        };
        let ranked = self.all::<Task>().filter_map(|task| rank(task).map(|rank| (rank, task)));
        ranked.min_by_key(|(rank, task)| (*rank, task.id)).map(|(_, task)| self.sealed(task))
    }

    /// How many tasks of a job have which status and which assignee.
    pub fn tally(&self, job: Uuid) -> Vec<Tally> {
        let mut counts: BTreeMap<(TaskStatus, Option<Uuid>), u64> = BTreeMap::new();
        for task in self.all::<Task>().filter(|task| task.facts.lineage.job == Some(job)) {
            *counts.entry((task.data.status, task.data.assignee_id)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|((status, assignee_id), tasks)| Tally { status, assignee_id, tasks })
            .collect()
    }

    /// A job whose tasks are being made.
    pub fn launched_job(&self) -> Option<Sealed<Job>> {
        let launched = self.all::<Job>().filter(|job| job.data.status == JobStatus::Launched);
        launched.min_by_key(|job| job.updated_at).map(|job| self.sealed(job))
    }

    /// An export that is to be made, or whose time is over.
    pub fn due_export(&self, now: OffsetDateTime) -> Option<Sealed<Export>> {
        let due = |export: &Object<Export>| match export.data.status {
            ExportStatus::Pending => Some(0),
            ExportStatus::Ready if export.data.expires_at.is_some_and(|end| end <= now) => Some(1),
            _ => None,
        };
        let ranked = self.all::<Export>().filter_map(|export| due(export).map(|rank| (rank, export)));
        ranked.min_by_key(|(rank, export)| (*rank, export.id)).map(|(_, export)| self.sealed(export))
    }

    /// The tasks inside an anchor that are assigned to a user, or that they look at.
    pub fn work_of(&self, user: Uuid, anchor: Anchor) -> Vec<Sealed<Task>> {
        let theirs =
            |task: &Object<Task>| task.data.assignee_id == Some(user) || task.data.reviewer_id == Some(user);
        let inside = self.all::<Task>().filter(|task| task.facts.lineage.is_inside(anchor));
        inside.filter(|task| theirs(task)).map(|task| self.sealed(task)).collect()
    }

    /// What was done to an object, oldest first.
    pub fn history(&self, object: Uuid, after: Option<Uuid>, limit: usize) -> Vec<Sealed<AuditEvent>> {
        self.all::<AuditEvent>()
            .filter(|event| event.data.object_id == Some(object) && event.data.outcome == Outcome::Allowed)
            .filter(|event| after.is_none_or(|after| event.id > after))
            .take(limit)
            .map(|event| self.sealed(event))
            .collect()
    }

    /// What is stored outside and belongs to nothing.
    pub fn strays(&self, now: OffsetDateTime, limit: usize) -> Vec<Uuid> {
        let mut due: Vec<(OffsetDateTime, Uuid)> =
            self.strays.iter().filter(|(_, from)| **from <= now).map(|(id, from)| (*from, *id)).collect();
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, id)| id).collect()
    }
}

/// Whether a run is one of these.
pub fn executes(run: &Object<Run>, of: RunsOf) -> bool {
    match of {
        RunsOf::Project(id) => run.facts.lineage.project == Some(id),
        RunsOf::Task(id) => run.facts.lineage.task == Some(id),
        RunsOf::Node(id) => run.data.node_id == Some(id),
    }
}
