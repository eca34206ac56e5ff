//! What is shown of a task.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Database, Task, TaskStatus};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::TaskLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A task.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct TaskView at TaskLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Its job.
        job_id: Option<Uuid>,
        /// Unique in the job.
        name: String,
        /// What is to be done.
        description: String,
        /// How far it has come.
        status: TaskStatus,
        /// Who works on it, if the caller may view them.
        assignee_id: Option<Uuid>,
        /// Who did its work, if the caller may view them.
        author_id: Option<Uuid>,
        /// Who looks at its work, if the caller may view them.
        reviewer_id: Option<Uuid>,
        /// Until when it is lent to who has taken it.
        #[serde(with = "time::serde::rfc3339::option")]
        lease_expires_at: Option<OffsetDateTime>,
        /// The file that it is about, if the caller may view it.
        file_id: Option<Uuid>,
        /// The statuses that the caller may take it to now.
        may_become: Vec<TaskStatus>,
        /// The task that it is a subtask of, if the caller may view that.
        parent_id: Option<Uuid>,
        /// The container image that nodes run; none for a task of people.
        image: Option<String>,
        /// The databases that the computation reads.
        databases: Vec<Database>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Task {
    type View = TaskView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> TaskView {
        let data = &object.data;
        TaskView {
            head,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            name: data.name.clone(),
            description: data.description.clone(),
            status: data.status,
            assignee_id: named(cx, object, Relation::Assignee),
            author_id: named(cx, object, Relation::Author),
            reviewer_id: named(cx, object, Relation::Reviewer),
            lease_expires_at: data.lease_expires_at,
            file_id: data.file_id.filter(|&id| {
                // At least as far as the task lends it.
                cx.gate.may_view(&cx.caller, &object.facts.lends(Kind::File, id))
            }),
            may_become: guards::task_may_become(&cx.gate, &cx.caller, object),
            parent_id: named(cx, object, Relation::ParentTask),
            image: data.image.clone(),
            databases: data.databases.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Ending its runs, giving it back, what it holds and what was done to it.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let sends = cx.gate.rules_allow(&cx.caller, Operation::Send, Kind::Event, &object.facts).is_some();
        let releases = guards::may_release(&cx.gate, &cx.caller, object);
        let acts = [("kill", sends), ("release", releases)].into_iter().filter(|(_, may)| *may);
        let reads = ["files", "labels", "history"].map(|name| (name, vec!["GET"]));
        acts.map(|(name, _)| (name, vec!["POST"])).chain(reads).collect()
    }
}
