//! What is shown of a content.

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_app::sources::imports::Progress;
use bailiwick_domain::entities::{Content, Shelf};
use bailiwick_domain::guards::is_shelved_with_its_source;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::ports::{ImportStatus, LineFault};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use time::OffsetDateTime;
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
        let mut links = links_of(cx, standings, object, object.data.status);
        if is_shelved_with_its_source(object)
            && let Some(link) = links.get_mut("self")
        {
            link.methods.retain(|listed| *listed != "PATCH");
        }
        links
    }

    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let mut deeds = if is_shelved_with_its_source(object) { Vec::new() } else { shelving(cx, object) };
        deeds.push(("history", vec!["GET"]));
        deeds
    }
}

view! {
    /// What an import of bodies has made.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ImportedView at ProjectLevel {
        /// How many contents.
        contents: usize,
    }
}

view! {
    /// How far the last import of a file into a source is.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ImportView at ProjectLevel {
        /// How far it is; `none` where no file was ever imported into the source.
        status: ImportStatus,
        /// The file, if the caller may view it.
        file_id: Option<Uuid>,
        /// How many contents there are to make; absent until the file has been checked.
        contents: Option<i64>,
        /// How many of them are there: what is taken back is there no more.
        done: i64,
        /// Why it could not be made.
        detail: Option<String>,
        /// What is wrong with the file, at most 50 faults.
        faults: Vec<LineFault>,
        /// When it was asked for.
        #[serde(with = "time::serde::rfc3339::option")]
        began_at: Option<OffsetDateTime>,
        /// Who asked for it, if that is a user whom the caller may view.
        by: Option<Uuid>,
    }
}

impl From<Progress> for ImportView {
    fn from(Progress { import, file_id, by }: Progress) -> Self {
        let status = import.as_ref().map_or(ImportStatus::None, |import| import.status);
        let began_at = import.as_ref().map(|import| import.began_at);
        let (contents, done) = import.as_ref().map_or((None, 0), |import| (import.contents, import.done));
        let (detail, faults) = import.map(|import| (import.detail, import.faults)).unwrap_or_default();
        Self { status, file_id, contents, done, detail, faults, began_at, by }
    }
}
