//! What is shown of a job.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Job, JobStatus};
use bailiwick_domain::guards;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::JobLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A job.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct JobView at JobLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Unique in the project.
        name: String,
        /// What is to be done.
        description: String,
        /// How far it has come.
        status: JobStatus,
        /// Of a hundred tasks that are done, how many somebody else looks at.
        review_percent: i64,
        /// For how many minutes a task is lent to who takes it.
        lease_minutes: i64,
        /// The statuses that the caller may take it to now.
        may_become: Vec<JobStatus>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Job {
    type View = JobView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> JobView {
        let data = &object.data;
        JobView {
            head,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            description: data.description.clone(),
            status: data.status,
            review_percent: data.review_percent,
            lease_minutes: data.lease_minutes,
            may_become: guards::job_may_become(&cx.gate, &cx.caller, object),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
    /// Taking its tasks, what it holds, how far it has come and what was done to it.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let reads = ["datasets", "files", "labels", "progress", "history"].map(|name| (name, vec!["GET"]));
        let takes = guards::lends(&cx.gate, &cx.caller, object).then(|| ("next", vec!["POST"]));
        reads.into_iter().chain(takes).collect()
    }
}
