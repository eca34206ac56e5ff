//! Sources: what deeds must know of one whether or not the caller may view it, and who may change what opens it.

use uuid::Uuid;

use crate::access::{AccessRules, App, Entitlement};
use crate::caller::Caller;
use crate::entities::{Content, ContentType, Shelf, Source};
use crate::facts::Facts;
use crate::gate::{Denial, Gate, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Object, Relation, Removed};

/// What contents a source has, and whether it is in the trash.
pub fn shelf_of(source: &Sealed<Source>) -> (ContentType, Shelf) {
    let source = &source.object().data;
    (source.content_type, source.status)
}

/// A content that goes because the import which made it could not be made whole: whatever has become of the source and of
/// its project meanwhile.
pub fn take_back_content(content: Sealed<Content>) -> Removed<Content> {
    Removed(content.into_object())
}

/// Whether a content's source is in the trash: what is not there carries at least the tag of its project's visibility.
pub fn is_shelved_with_its_source(content: &Object<Content>) -> bool {
    let source = content.near.iter().find(|near| near.relation == Relation::Source);
    source.is_some_and(|source| source.facts.entitlements.is_empty())
}

/// Whether the caller may change the tags of a source, from those that it has to others: whoever does must hold on the source
/// as it is, and on all contents in it, whatever a tag that comes or goes opens to anybody in any app.
///
/// # Errors
/// The denial, naming the operation and the kind that the caller lacks.
pub fn may_retag(
    gate: &Gate,
    caller: &Caller,
    source: &Facts,
    (before, after): (&[Entitlement], &[Entitlement]),
) -> Result<(), Denial> {
    let stays = |tag: &&Entitlement| before.contains(tag) && after.contains(tag);
    let changed: Vec<&Entitlement> = before.iter().chain(after).filter(|tag| !stays(tag)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let contents = source.child(Kind::Content, Uuid::nil(), None);
    let questions = [
        (Kind::Source, Operation::View, source),
        (Kind::Source, Operation::Edit, source),
        (Kind::Source, Operation::Delete, source),
        (Kind::Content, Operation::View, &contents),
        (Kind::Content, Operation::Create, source),
        (Kind::Content, Operation::Edit, &contents),
        (Kind::Content, Operation::Delete, &contents),
    ];
    let rules = gate.policy().access();
    for (kind, operation, facts) in questions {
        let opened = changed.iter().any(|tag| opens(rules, tag, kind, operation));
        if opened && gate.rules_allow(caller, operation, kind, facts).is_none() {
            // What is asked for is the source, whatever of it the caller lacks.
            return Err(gate.missing(caller, operation, kind, source));
        }
    }
    Ok(())
}

/// Whether a tag opens an operation to anybody, in any app.
fn opens(rules: &AccessRules, tag: &Entitlement, kind: Kind, operation: Operation) -> bool {
    let opened = |app: &App| rules.openings(app, kind, operation).iter().any(|line| line.entitlement == *tag);
    rules.apps().any(opened)
}
