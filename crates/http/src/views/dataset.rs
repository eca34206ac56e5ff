//! What is shown of a dataset.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Dataset;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Deed, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A dataset.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct DatasetView at ProjectLevel {
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
        /// What is in it.
        description: String,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Dataset {
    type View = DatasetView;

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> DatasetView {
        let data = &object.data;
        DatasetView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            description: data.description.clone(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Its files.
    fn deeds(_: &Cx, _: &Object<Self>) -> Vec<Deed> {
        vec![("files", vec!["GET"])]
    }
}
