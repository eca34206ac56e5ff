//! What is shown of a run.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Run, RunStatus, Stored};
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
    /// The execution of a task by one organization.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RunView at TaskLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Its job.
        job_id: Option<Uuid>,
        /// Its task.
        task_id: Option<Uuid>,
        /// The organization that executes it, if the caller may view it.
        executor_id: Option<Uuid>,
        /// The organization for which it is executed, if the caller may view it.
        initiator_id: Option<Uuid>,
        /// The node that executes it, if the caller may view it.
        node_id: Option<Uuid>,
        /// How far it has come.
        status: RunStatus,
        /// How many bytes it is given.
        input_bytes: Option<i64>,
        /// How many bytes came out.
        result_bytes: Option<i64>,
        /// How many bytes it told.
        log_bytes: Option<i64>,
        /// When it began to run.
        #[serde(with = "time::serde::rfc3339::option")]
        started_at: Option<OffsetDateTime>,
        /// When it ended.
        #[serde(with = "time::serde::rfc3339::option")]
        finished_at: Option<OffsetDateTime>,
        /// Who made its task, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Run {
    type View = RunView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> RunView {
        let data = &object.data;
        let bytes = |stored: Option<Stored>| stored.map(|stored| stored.bytes);
        RunView {
            head,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            task_id: object.facts.lineage.task,
            executor_id: named(cx, object, Relation::Executor),
            initiator_id: named(cx, object, Relation::Initiator),
            node_id: named(cx, object, Relation::Node),
            status: data.status,
            input_bytes: bytes(data.input),
            result_bytes: bytes(data.result),
            log_bytes: bytes(data.log),
            started_at: data.started_at,
            finished_at: data.finished_at,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// What is stored of it, as far as there is any; its node stores more while it is open.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let data = &object.data;
        let views = cx.gate.may_view(&cx.caller, &object.facts);
        let edits =
            cx.gate.judge_operation(&cx.caller, Operation::Edit, Kind::Run, &object.facts).is_allowed();
        let stores = edits && data.status.is_open() && guards::is_executor(&cx.caller, &object.facts);
        let get = |stored: Option<Stored>| (views && stored.is_some()).then_some("GET");
        let put = (stores && data.result.is_none()).then_some("PUT");
        let post = stores.then_some("POST");
        [("input", get(data.input), None), ("result", get(data.result), put), ("log", get(data.log), post)]
            .into_iter()
            .map(|(name, reads, writes)| (name, reads.into_iter().chain(writes).collect::<Vec<_>>()))
            .filter(|(_, methods)| !methods.is_empty())
            .collect()
    }
}
