//! What is shown of a content.

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_domain::entities::{Content, Shelf};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::source::{links_of, shelving};
use super::{Deed, Head, Shows, named};
use crate::links::Links;

view! {
    /// A content.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ContentView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its source, if the caller may view it.
        source_id: Option<Uuid>,
        /// What it is called in its source, which follows from its body.
        name: String,
        /// Its place in the source.
        position: i64,
        /// What it says, as the schema of its source's type has it.
        #[schema(value_type = Object)]
        body: serde_json::Value,
        /// Whether it is in the trash.
        status: Shelf,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Content {
    type View = ContentView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ContentView {
        let data = &object.data;
        ContentView {
            head,
            source_id: named(cx, object, Relation::Source),
            name: data.name.clone(),
            position: data.position,
            body: data.body.clone(),
            status: data.status,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    fn links(cx: &Cx, standings: &Standings, object: &Object<Self>) -> Links {
        links_of(cx, standings, object, object.data.status)
    }

    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let mut deeds = shelving(cx, object);
        deeds.push(("history", vec!["GET"]));
        deeds
    }
}

view! {
    /// What an import has made.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ImportedView at ProjectLevel {
        /// How many contents.
        contents: usize,
    }
}
