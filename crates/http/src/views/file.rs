//! What is shown of a file.

use bailiwick_app::Cx;
use bailiwick_domain::entities::File;
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
    /// A file.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct FileView at ProjectLevel {
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
        /// What its bytes are.
        media_type: String,
        /// How many there are.
        bytes: i64,
        /// Their SHA-256, in hexadecimal digits.
        sha256: String,
        /// Of an image, how many pixels it is wide.
        width: Option<i64>,
        /// Of an image, how many pixels it is high.
        height: Option<i64>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for File {
    type View = FileView;

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> FileView {
        let data = &object.data;
        FileView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            media_type: data.media_type.clone(),
            bytes: data.bytes,
            sha256: data.sha256.clone(),
            width: data.width,
            height: data.height,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Its bytes, and links to them.
    fn deeds(_: &Cx, _: &Object<Self>) -> Vec<Deed> {
        vec![("content", vec!["GET"]), ("downloads", vec!["POST"])]
    }
}
