//! What is shown of a label.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Label, Shape};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};

view! {
    /// A label.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct LabelView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Unique in the project.
        name: String,
        /// When to use it.
        description: String,
        /// How it is drawn: `#rrggbb`.
        color: String,
        /// What part of a file it is for.
        shape: Shape,
        /// What else an annotation by it says: a JSON Schema of an object.
        attributes: serde_json::Value,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Label {
    type View = LabelView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> LabelView {
        let data = &object.data;
        LabelView {
            head,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            description: data.description.clone(),
            color: data.color.clone(),
            shape: data.shape,
            attributes: data.attributes.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
