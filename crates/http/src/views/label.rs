//! What is shown of a label.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Label, Shape};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A label.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct LabelView at ProjectLevel {
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

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> LabelView {
        let data = &object.data;
        LabelView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
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
