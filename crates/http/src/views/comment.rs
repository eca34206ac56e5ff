//! What is shown of a comment.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Comment;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::TaskLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A comment.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CommentView at TaskLevel {
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
        /// Its task.
        task_id: Option<Uuid>,
        /// The words.
        text: String,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Comment {
    type View = CommentView;

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> CommentView {
        let data = &object.data;
        CommentView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            task_id: object.facts.lineage.task,
            text: data.text.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
