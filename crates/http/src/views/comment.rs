//! What is shown of a comment.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Comment;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::TaskLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};

view! {
    /// A comment.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CommentView at TaskLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
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

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> CommentView {
        let data = &object.data;
        CommentView {
            head,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            task_id: object.facts.lineage.task,
            text: data.text.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
