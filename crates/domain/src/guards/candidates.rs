//! Candidates: who may be looked up, by id and name only, to be given a grant.

use smallvec::SmallVec;
use uuid::Uuid;

use crate::facts::Facts;

/// The organizations whose users are candidates for a grant at an anchor: the anchor's own and, in a project shared in
/// a collaboration, that one's `members`.
pub fn candidate_homes(anchor: &Facts, members: &[Uuid]) -> SmallVec<[Uuid; 4]> {
    let shared = anchor.lineage.project.is_some() && anchor.collaboration.is_some();
    let members = if shared { members } else { &[] };
    anchor.lineage.organization.into_iter().chain(members.iter().copied()).collect()
}
