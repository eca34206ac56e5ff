//! Sources and what they hold.

use std::sync::Arc;

use bailiwick_domain::Object;
use bailiwick_domain::entities::{Content, Shelf, Source};
use bailiwick_domain::ports::Contents;
use uuid::Uuid;

use crate::state::State;

impl State {
    /// The contents of a source, by id.
    pub fn parts_of(&self, source: Uuid) -> impl Iterator<Item = &Arc<Object<Content>>> {
        self.all::<Content>().filter(move |content| content.data.source_id == source)
    }

    /// The names of the contents of a source, and the place after the last of them.
    pub fn contents_of(&self, source: Uuid) -> Contents {
        let mut found = Contents::default();
        for content in self.parts_of(source) {
            found.names.insert(content.data.name.clone());
            found.next = found.next.max(content.data.position.saturating_add(1));
        }
        found
    }

    /// Tells whether no other source of its line comes before a source.
    pub fn tell_latest(source: &mut Object<Source>, state: &Self) {
        let (line, edition, project) =
            (source.data.line(), source.data.edition(), source.facts.lineage.project);
        let before = |other: &Object<Source>| {
            other.facts.lineage.project == project
                && other.data.status == Shelf::Active
                && other.data.edition() > edition
                && other.data.line() == line
        };
        source.data.latest = !state.all::<Source>().any(|other| before(other));
    }
}
