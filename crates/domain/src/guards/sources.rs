//! Sources: what deeds must know of one whether or not the caller may view it.

use crate::entities::{ContentType, Shelf, Source};
use crate::gate::Sealed;

/// What contents a source has, and whether it is in the trash.
pub fn shelf_of(source: &Sealed<Source>) -> (ContentType, Shelf) {
    let source = &source.object().data;
    (source.content_type, source.status)
}
