//! What is shown of a task.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Database, Task, TaskStatus};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::TaskLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Deed, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A task.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct TaskView at TaskLevel {
        /// Its id.
        id: Uuid,
        /// When it was made.
        #[serde(with = "time::serde::rfc3339")]
        created_at: OffsetDateTime,
        /// When it was last changed.
        #[serde(with = "time::serde::rfc3339")]
        updated_at: OffsetDateTime,
        /// How often it was changed, from 1.
        version: i64,
        /// Its ancestors.
        path: Vec<Crumb>,
        /// Where to go from here.
        links: Links,
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

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> TaskView {
        let data = &object.data;
        TaskView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            name: data.name.clone(),
            description: data.description.clone(),
            status: data.status,
            assignee_id: named(cx, object, Relation::Assignee),
            parent_id: named(cx, object, Relation::ParentTask),
            image: data.image.clone(),
            databases: data.databases.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Ending its runs.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let sends = cx.gate.rules_allow(&cx.caller, Operation::Send, Kind::Event, &object.facts).is_some();
        if sends { vec![("kill", vec!["POST"])] } else { Vec::new() }
    }
}
