//! What is shown of a dataset.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Dataset;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A dataset.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct DatasetView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
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

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> DatasetView {
        let data = &object.data;
        DatasetView {
            head,
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
