//! The least of what hangs under a project and has no facts of its own.

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{Content, ContentType, File, Label, Shape, Shelf, Source};
use bailiwick_testkit::decisions::Object;
use uuid::Uuid;

/// A file whose bytes nobody asks for.
pub fn file(name: String, id: Uuid) -> File {
    File {
        name,
        media_type: "text/plain".to_owned(),
        bytes: 0,
        sha256: "0".repeat(64),
        width: None,
        height: None,
        stored: id,
    }
}

/// A document with the tags that the row says.
pub fn source(object: &Object) -> Source {
    Source {
        name: object.id.clone(),
        content_type: ContentType::Document,
        language: "en".to_owned(),
        abbreviation: object.id.clone(),
        revision: "1".parse().unwrap(),
        year: None,
        license: String::new(),
        labels: Vec::new(),
        metadata: serde_json::json!({}),
        entitlements: object.entitlements.iter().map(Entitlement::new).collect(),
        status: Shelf::Active,
        latest: true,
    }
}

/// A page that says nothing.
pub fn content(name: String, source_id: Uuid) -> Content {
    let body = serde_json::json!({ "title": name, "text": "" });
    Content { source_id, name, position: 0, body, text: String::new(), status: Shelf::Active }
}

/// A word for whole files.
pub fn label(name: String) -> Label {
    Label {
        name,
        description: String::new(),
        color: "#808080".to_owned(),
        shape: Shape::Whole,
        attributes: serde_json::json!({}),
    }
}
