//! What is shown of an annotation.

use std::collections::HashSet;

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Annotation, Geometry};
use bailiwick_domain::kind::Kind;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::TaskLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// An annotation.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AnnotationView at TaskLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Its job.
        job_id: Option<Uuid>,
        /// Its task.
        task_id: Option<Uuid>,
        /// The file that it speaks of, if the caller may view it.
        file_id: Option<Uuid>,
        /// The label, if the caller may view it.
        label_id: Option<Uuid>,
        /// Of which part of the file.
        geometry: Geometry,
        /// What else it says.
        attributes: serde_json::Value,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Annotation {
    type View = AnnotationView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> AnnotationView {
        let data = &object.data;
        AnnotationView {
            head,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            task_id: object.facts.lineage.task,
            file_id: None,
            label_id: None,
            geometry: data.geometry.clone(),
            attributes: data.attributes.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    fn speaks_of(object: &Object<Self>) -> Vec<(Kind, Uuid)> {
        vec![(Kind::File, object.data.file_id), (Kind::Label, object.data.label_id)]
    }

    // What its task once lent may have been taken back: it is asked of the file and the label themselves.
    fn name_seen(view: &mut AnnotationView, object: &Object<Self>, seen: &HashSet<Uuid>) {
        view.file_id = Some(object.data.file_id).filter(|id| seen.contains(id));
        view.label_id = Some(object.data.label_id).filter(|id| seen.contains(id));
    }

    /// Its versions.
    fn deeds(_: &Cx, _: &Object<Self>) -> Vec<Deed> {
        vec![("history", vec!["GET"])]
    }
}
