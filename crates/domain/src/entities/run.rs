//! Runs: the execution of a task by one organization's node.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::TaskStatus;
use crate::facts::Facts;
use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::Entity;
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

words! {
    /// How far a run has come.
    RunStatus {
        /// Its node has not begun.
        Pending = "pending",
        /// Its node prepares it.
        Initializing = "initializing",
        /// It runs.
        Active = "active",
        /// It came to its end.
        Completed = "completed",
        /// It could not be carried out.
        Failed = "failed",
        /// It broke off.
        Crashed = "crashed",
        /// Somebody ended it.
        Killed = "killed",
        /// Its node does not carry out such a task.
        NotAllowed = "not_allowed",
    }
}

impl RunStatus {
    /// Whether it may still go on.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Initializing | Self::Active)
    }

    /// Where the node that carries it out may take it from here. All others may end it: see [`Self::Killed`].
    pub const fn next_by_node(self) -> &'static [Self] {
        match self {
            Self::Pending => {
                &[Self::Initializing, Self::Active, Self::Failed, Self::Crashed, Self::NotAllowed]
            }
            Self::Initializing => &[Self::Active, Self::Failed, Self::Crashed, Self::NotAllowed],
            Self::Active => &[Self::Completed, Self::Failed, Self::Crashed],
            _ => &[],
        }
    }

    /// The status of a task whose runs stand so; `None` for no run.
    pub fn of_task(runs: &[Self]) -> Option<TaskStatus> {
        use RunStatus::{Active, Crashed, Failed, Initializing, Killed, NotAllowed, Pending};
        let any = |wanted: &[Self]| runs.iter().any(|run| wanted.contains(run));
        match runs {
            [] => None,
            _ if any(&[Failed, Crashed, NotAllowed]) => Some(TaskStatus::Failed),
            _ if any(&[Killed]) => Some(TaskStatus::Killed),
            _ if any(&[Active]) => Some(TaskStatus::Active),
            _ if any(&[Initializing]) => Some(TaskStatus::Initializing),
            _ if any(&[Pending]) => Some(TaskStatus::Pending),
            _ => Some(TaskStatus::Complete),
        }
    }
}

/// Bytes that are stored apart from their object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Under what they are stored.
    pub blob: Uuid,
    /// How many parts they are stored in.
    pub parts: i64,
    /// How many there are.
    pub bytes: i64,
}

/// The execution of a task by one organization's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The organization that executes it: a home of the run, not on its lineage.
    pub executor_id: Uuid,
    /// The organization for which it is executed: the home of who made the task.
    pub initiator_id: Option<Uuid>,
    /// The node that executes it; absent when the node is gone.
    pub node_id: Option<Uuid>,
    /// How far it has come.
    pub status: RunStatus,
    /// What it is given.
    pub input: Option<Stored>,
    /// What came out.
    pub result: Option<Stored>,
    /// What it told while it ran.
    pub log: Option<Stored>,
    /// When it began to run.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

impl Run {
    /// Everything that is stored apart from it.
    pub fn blobs(&self) -> impl Iterator<Item = Uuid> {
        [self.input, self.result, self.log].into_iter().flatten().map(|stored| stored.blob)
    }
}

impl Entity for Run {
    const KIND: Kind = Kind::Run;
    const FIELDS: &'static [Field] = &[
        Field::status("status", RunStatus::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::id("job_id"),
        Field::id("task_id"),
        Field::naming("executor_id", &[Kind::Organization]),
        Field::naming("node_id", &[Kind::Node]),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            "executor_id" => FieldValue::Id(self.executor_id),
            "node_id" => FieldValue::id(self.node_id),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.assignee = self.node_id.map(PrincipalId::node);
        if !facts.homes.contains(&self.executor_id) {
            facts.homes.push(self.executor_id);
        }
    }

    fn record(&self) -> Value {
        let bytes = |stored: Option<Stored>| stored.map(|stored| stored.bytes);
        json!({
            "executor_id": self.executor_id, "node_id": self.node_id, "status": self.status,
            "input_bytes": bytes(self.input), "result_bytes": bytes(self.result), "log_bytes": bytes(self.log),
        })
    }
}

impl ChildOf<super::Task> for Run {}

#[cfg(test)]
mod tests {
    use super::{RunStatus, TaskStatus};

    #[test]
    fn what_has_ended_goes_nowhere() {
        for status in RunStatus::ALL.iter().filter(|status| !status.is_open()) {
            assert!(status.next_by_node().is_empty(), "{status}");
        }
    }

    #[test]
    fn a_task_is_as_far_as_its_runs() {
        use RunStatus::{Active, Completed, Crashed, Initializing, Killed, Pending};
        for (runs, task) in [
            (&[][..], None),
            (&[Pending, Pending], Some(TaskStatus::Pending)),
            (&[Pending, Completed], Some(TaskStatus::Pending)),
            (&[Pending, Initializing], Some(TaskStatus::Initializing)),
            (&[Initializing, Active], Some(TaskStatus::Active)),
            (&[Completed, Completed], Some(TaskStatus::Complete)),
            (&[Killed, Active], Some(TaskStatus::Killed)),
            (&[Killed, Crashed, Active], Some(TaskStatus::Failed)),
        ] {
            assert_eq!(RunStatus::of_task(runs), task, "{runs:?}");
        }
    }
}
