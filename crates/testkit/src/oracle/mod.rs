//! The oracle: the permission model read aloud, to be held against the gate that serves requests.
//!
//! It is naive on purpose. Every function loops over all objects and quotes the sentence of the
//! permission model that it follows; nothing is cached, nothing is shared with the domain crate.
//!
//! Where the model leaves a choice and no row of the decision tables makes it, the reading that
//! denies more is taken; only 5, 7, 11 and 19 keep to the words although another reading would deny
//! more:
//!
//! 1. What the *caller* holds is what is live; that a grant counts before it begins and while
//!    something is suspended is said of what others hold (no escalation, rank).
//! 2. A rule of scope organization or collaboration that the caller holds at the server covers, of
//!    grants at the server, only those of receivers with the caller's home; below the server it must
//!    reach everything inside that anchor as the world is now, whoever the receiver is.
//! 3. A changed role is judged at its organization by name and by reach, whether or not it is
//!    granted; it is judged again at each grant. A rule that the role holds already, or still holds
//!    in a wider scope, is neither handed out nor taken away.
//! 4. A right of scope own is covered by own, by global at the server, and by any wider scope below
//!    the server; by organization and collaboration at the server only as in 2. Of the rules of one role for a kind and an
//!    operation, those of what it includes among them, the widest counts alone.
//! 5. Who holds a role holds what it includes, also where access rules name the included one.
//!    Rank asks for such roles as handing them out does.
//! 6. Editing, ending or deleting a grant that has ended or is revoked is judged as if it had not.
//! 7. Deleting a principal needs rank over what it holds inside its organization, not over what it
//!    holds at the server or in other organizations. Deleting an organization whose principals
//!    include a holder of root needs root.
//! 8. A bare edit of an archived project is an edit, not an unarchiving.
//! 9. What a key makes is its maker's own, and so the key's where it is its maker's: by the maker's home and the
//!    maker's grants. What its maker did, audit events do not tell a key.
//! 10. An audit event is a principal's own as other objects are: made by it, and at home or inside
//!     the anchor of a live grant of it, the server apart. Those at the server are nobody's own.
//! 11. The collaboration of whatever has a project on its lineage (grants, keys, audit events too)
//!     is the one that the project is shared in.
//! 12. The limits of containers hold for access rules and for being it as well, and so does the
//!     bound by the maker of the task, who may do nothing once suspended or gone.
//! 13. A container without an open run of its task on its node, or whose node is not in good
//!     standing, has credentials that are not good.
//! 14. Candidates are in good standing. The roles `node` and `container` are granted to nobody.
//! 15. A file or label can be tied to a job or task, a project to a collaboration, an organization
//!     to a collaboration; other pairs never. What is named must be viewable, but to take away a
//!     file, a label or a member. A member enters in one step, so the caller must edit both sides.
//! 16. Under an object of a kind that the cascade does not name nothing is made.
//! 17. A node or project goes into no collaboration that its organization is not in: 422, for that
//!     collaboration is not the organization's.
//! 18. Anonymous is answered 401 where a right is missing; where a rule opens the deed to everybody,
//!     the payload and the guards answer as to others.
//! 19. No object is kept from deletion by what hangs under it: the model does not say which
//!     dependents do, and the rows delete projects with jobs and tasks with runs.

mod escalation;
mod guards;
mod hold;
mod place;
mod rights;

use std::collections::BTreeSet;

use crate::decisions::{Answer, Ask, Kind, Object, Operation, Payload, World};
use guards::{Tie, against_create, against_delete, against_edit, against_link, is_in_parent, tie};
use hold::{bound_of, is_in_good_standing};
use place::{Place, find, find_kind, organization_of, place};
use rights::{Deed, bound, is_it, may, sees};

/// What comes out of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Allow,
    /// It is not, and this is what the caller sees of it.
    Deny(Answer),
    /// The ids that a list holds.
    List(BTreeSet<String>),
}

/// What the model says to a question. `None` asks as anonymous.
#[must_use]
pub fn answer(world: &World, caller: Option<&str>, ask: &Ask) -> Verdict {
    // "credentials that are not good [...], whether or not they are needed"
    let principal = match caller {
        None => None,
        Some(id) => match find(world, id).filter(|found| is_in_good_standing(world, found)) {
            None => return Verdict::Deny(Answer::Unauthenticated),
            found => found,
        },
    };
    if let Ask::List { kind } = ask {
        return Verdict::List(list(world, principal, *kind));
    }
    match judge(world, principal, ask) {
        Ok(()) => Verdict::Allow,
        // "none where they are needed"
        Err(Answer::Hidden | Answer::Forbidden) if principal.is_none() => {
            Verdict::Deny(Answer::Unauthenticated)
        }
        Err(answer) => Verdict::Deny(answer),
    }
}

/// "The list of a kind is exactly the set of objects that the caller may view".
fn list(world: &World, caller: Option<&Object>, kind: Kind) -> BTreeSet<String> {
    world
        .objects
        .iter()
        .filter(|object| object.kind == kind && sees(world, caller, Place::At(object)))
        .map(|object| object.id.clone())
        .collect()
}

/// The table of denials from the third row on: "the first that fits is the answer".
fn judge(world: &World, caller: Option<&Object>, ask: &Ask) -> Result<(), Answer> {
    match ask {
        Ask::List { .. } => Ok(()),
        Ask::View { object, kind } => {
            let object = named_by_path(world, object, *kind)?;
            check_right(world, caller, Deed::on(Operation::View, object))
        }
        Ask::Edit { object, kind, payload } => {
            let object = named_by_path(world, object, *kind)?;
            let deed = Deed::on(Operation::Edit, object);
            check_right(world, caller, deed)?;
            guard(world, caller, deed, &|by| against_edit(world, by, object, payload.as_ref()))
        }
        Ask::Delete { object, kind } => {
            let object = named_by_path(world, object, *kind)?;
            let deed = Deed::on(Operation::Delete, object);
            check_right(world, caller, deed)?;
            guard(world, caller, deed, &|by| against_delete(world, by, object))
        }
        Ask::Create { kind, parent, payload } => {
            let under = place(world, parent).ok_or(Answer::Hidden)?;
            let deed = Deed::create(*kind, under);
            let payload = payload.as_ref();
            check_right(world, caller, deed)?;
            check_payload(world, caller, deed, payload)?;
            guard(world, caller, deed, &|by| against_create(world, by, *kind, under, payload))
        }
        Ask::Link { object, names } => judge_link(world, caller, object, names, false),
        Ask::Unlink { object, names } => judge_link(world, caller, object, names, true),
    }
}

/// The object that a path names; there is none if it is not what it is thought to be.
fn named_by_path<'w>(world: &'w World, id: &str, kind: Option<Kind>) -> Result<&'w Object, Answer> {
    find(world, id).filter(|object| kind.is_none_or(|kind| object.kind == kind)).ok_or(Answer::Hidden)
}

/// "the caller may neither view the object (for create: the parent) nor do this to it": 404; "the
/// caller may view it, but not do this": 403.
fn check_right(world: &World, caller: Option<&Object>, deed: Deed<'_>) -> Result<(), Answer> {
    if may(world, caller, deed) {
        Ok(())
    } else if sees(world, caller, deed.on) {
        Err(Answer::Forbidden)
    } else {
        Err(Answer::Hidden)
    }
}

/// "the payload names another object that is not in the parent, or that the caller may not view"
fn check_payload(
    world: &World,
    caller: Option<&Object>,
    deed: Deed<'_>,
    payload: Option<&Payload>,
) -> Result<(), Answer> {
    let fallback = Payload::default();
    let payload = payload.unwrap_or(&fallback);
    let known = match deed.kind {
        Kind::Grant => escalation::is_grant_payload_known(world, caller, deed.on, payload),
        // "A node's [...] organization is a member there."
        Kind::Node => {
            let named = payload.collaboration.as_deref();
            named.and_then(|id| find_kind(world, Kind::Collaboration, id)).is_some_and(|found| {
                sees(world, caller, Place::At(found))
                    && organization_of(world, deed.on)
                        .is_some_and(|organization| found.members.contains(&organization.id))
            })
        }
        _ => true,
    };
    if known { Ok(()) } else { Err(Answer::Unprocessable) }
}

/// "Links [...]: edit on the one that changes and view on the one that is named; both in the same
/// project where they are project objects. Taking a link away needs edit on the one that changes."
fn judge_link(
    world: &World,
    caller: Option<&Object>,
    object: &str,
    names: &str,
    undo: bool,
) -> Result<(), Answer> {
    let object = find(world, object).ok_or(Answer::Hidden)?;
    let named = find(world, names);
    let deed = Deed::on(Operation::Edit, object);
    // "they or the organization itself may take one out"
    let leaves = undo
        && named.is_some_and(|named| {
            tie(object, named) == Tie::Membership
                && object.members.contains(&named.id)
                && may(world, caller, Deed::on(Operation::Edit, named))
        });
    if !leaves {
        check_right(world, caller, deed)?;
    }
    let named = named
        .filter(|named| is_in_parent(world, object, named, undo))
        .filter(|named| {
            let must_be_seen = !undo || tie(object, named) == Tie::Sharing;
            !must_be_seen || sees(world, caller, Place::At(named))
        })
        .ok_or(Answer::Unprocessable)?;
    worst(against_link(world, caller, object, named, undo))
}

/// What the guards say to the caller and to the maker that bounds it. "Being it is not bounded by the
/// maker." Of anonymous they ask what they ask of somebody who holds nothing.
fn guard(
    world: &World,
    caller: Option<&Object>,
    deed: Deed<'_>,
    against: &dyn Fn(&Object) -> Vec<Answer>,
) -> Result<(), Answer> {
    let nobody = Object { kind: Kind::User, ..Object::default() };
    let caller = caller.unwrap_or(&nobody);
    let mut answers = against(caller);
    let by_being = caller.kind != Kind::Container && is_it(world, caller, deed);
    if let Some(maker) = bound_of(world, caller).and_then(|maker| bound(world, maker))
        && !by_being
    {
        answers.extend(against(maker));
        if let Some(beyond) = bound_of(world, maker).and_then(|id| bound(world, id)) {
            answers.extend(against(beyond));
        }
    }
    worst(answers)
}

/// "409 for what a state forbids, 403 for all others; where both fit, 409"
fn worst(answers: Vec<Answer>) -> Result<(), Answer> {
    if answers.contains(&Answer::Conflict) {
        Err(Answer::Conflict)
    } else {
        answers.first().map_or(Ok(()), |answer| Err(*answer))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Verdict, answer};
    use crate::decisions::{Expect, Row, read_folder};

    fn folder() -> PathBuf {
        std::env::var_os("DECISIONS_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/decisions"),
            PathBuf::from,
        )
    }

    fn agrees(row: &Row, verdict: &Verdict) -> bool {
        match (row.expect, verdict) {
            (Expect::Allow, Verdict::Allow) => true,
            (Expect::Deny, Verdict::Deny(answer)) => row.answer.is_none_or(|expected| expected == *answer),
            (Expect::List, Verdict::List(ids)) => {
                row.ids.iter().flatten().cloned().collect::<std::collections::BTreeSet<_>>() == *ids
            }
            _ => false,
        }
    }

    #[test]
    fn the_oracle_agrees_with_every_row() {
        let folder = folder();
        let tables = read_folder(&folder)
            .unwrap_or_else(|error| panic!("decision tables in {}: {error}", folder.display()));
        let mut rows = 0;
        let mut differences = Vec::new();
        for (file, row) in tables.iter().flat_map(|(file, rows)| rows.iter().map(move |row| (file, row))) {
            rows += 1;
            let verdict = answer(&row.world, row.caller.as_deref(), &row.ask);
            if !agrees(row, &verdict) {
                differences.push(format!(
                    "{file} {}: expected {:?} {:?}, got {verdict:?}",
                    row.id, row.expect, row.answer
                ));
            }
        }
        assert!(rows > 0, "no rows in {}", folder.display());
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}
