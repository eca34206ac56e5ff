//! What is shown of a file.

use bailiwick_app::Cx;
use bailiwick_domain::entities::File;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A file.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct FileView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
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

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> FileView {
        let data = &object.data;
        FileView {
            head,
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
