//! What is shown of a source.

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_domain::entities::{ContentType, Shelf, Source, SourceLabel};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Entity, Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};
use crate::links::{Links, links};

view! {
    /// A source.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct SourceView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// `LANGUAGE_ABBREVIATION_REVISION_TYPE`: unique in the project.
        name: String,
        /// What contents it has.
        content_type: ContentType,
        /// Its language: a tag of BCP 47.
        language: String,
        /// What its version is called for short.
        abbreviation: String,
        /// Which revision of the version.
        revision: String,
        /// Text that sorts as the revisions of a version do: those labelled `latest` last, else number by number.
        edition: String,
        /// Whether no other one of its language, version and type comes before it.
        latest: bool,
        /// When it appeared.
        year: Option<i64>,
        /// Under which license.
        license: String,
        /// How far it is.
        labels: Vec<SourceLabel>,
        /// What else there is to say of it.
        #[schema(value_type = Object)]
        metadata: serde_json::Value,
        /// The tags that access rules speak of.
        entitlements: Vec<String>,
        /// Whether it is in the trash.
        status: Shelf,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Source {
    type View = SourceView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> SourceView {
        let data = &object.data;
        SourceView {
            head,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            content_type: data.content_type,
            language: data.language.clone(),
            abbreviation: data.abbreviation.clone(),
            revision: data.revision.as_str().to_owned(),
            edition: data.edition(),
            latest: data.latest,
            year: data.year,
            license: data.license.clone(),
            labels: data.labels.clone(),
            metadata: data.metadata.clone(),
            entitlements: data.entitlements.iter().map(|tag| tag.name().to_owned()).collect(),
            status: data.status,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    fn links(cx: &Cx, standings: &Standings, object: &Object<Self>) -> Links {
        links_of(cx, standings, object, object.data.status)
    }

    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let mut deeds = shelving(cx, object);
        let (making, of) = (Operation::Create, Kind::Content);
        // How far the last import is can be asked where nothing can be imported now.
        if cx.gate.rules_allow(&cx.caller, making, of, &object.facts).is_some() {
            let makes = cx.gate.judge_operation(&cx.caller, making, of, &object.facts).is_allowed();
            let imports = object.data.status == Shelf::Active && makes;
            deeds.push(("import", if imports { vec!["GET", "POST"] } else { vec!["GET"] }));
        }
        deeds.push(("history", vec!["GET"]));
        deeds
    }
}

/// Where an object goes: into the trash or out of it.
pub(super) fn shelving<T: Entity>(cx: &Cx, object: &Object<T>) -> Vec<Deed> {
    if !cx.gate.judge_operation(&cx.caller, Operation::Edit, T::KIND, &object.facts).is_allowed() {
        return Vec::new();
    }
    // To put it where it is changes nothing, and is no fault.
    vec![("trash", vec!["POST"]), ("restore", vec!["POST"])]
}

/// The links of an object; of what is in the trash, without what can't be done there.
pub(super) fn links_of<T: Shows>(cx: &Cx, standings: &Standings, object: &Object<T>, status: Shelf) -> Links {
    let mut links = links(cx, standings, object);
    if status == Shelf::Trashed {
        for (relation, method) in [("self", "PATCH"), ("contents", "POST")] {
            if let Some(link) = links.get_mut(relation) {
                link.methods.retain(|listed| *listed != method);
            }
        }
    }
    links
}
