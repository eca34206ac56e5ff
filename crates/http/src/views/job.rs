//! What is shown of a job.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Job, JobStatus};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::JobLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A job.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct JobView at JobLevel {
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
        /// Unique in the project.
        name: String,
        /// What is to be done.
        description: String,
        /// How far it has come.
        status: JobStatus,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Job {
    type View = JobView;

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> JobView {
        let data = &object.data;
        JobView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            description: data.description.clone(),
            status: data.status,
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
