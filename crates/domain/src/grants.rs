//! The live grants of a caller, so that a decision looks at those alone that can reach its object.

use std::ops::Deref;

use uuid::Uuid;

use crate::caller::Held;
use crate::facts::Facts;
use crate::kind::{Kind, Operation};

/// The live grants of a caller, in order. Reads as a slice.
#[derive(Debug, Default)]
pub struct Grants {
    held: Vec<Held>,
    /// For each the tag of its anchor.
    tags: Vec<u32>,
}

/// Of an anchor its last four bytes, which are random; nil for the server, and for a level that a lineage lacks.
fn tag(anchor: Option<Uuid>) -> u32 {
    anchor.map_or(0, |id| id.as_bytes().last_chunk().map_or(0, |last| u32::from_be_bytes(*last)))
}

impl Grants {
    /// Adds one at the end.
    pub fn push(&mut self, held: Held) {
        self.tags.push(tag(held.anchor().id));
        self.held.push(held);
    }

    /// In order, all that may have the object inside their anchor, and perhaps more; without an object, all.
    pub(crate) fn around<'c>(
        &'c self,
        operation: Operation,
        object: Option<&Facts>,
    ) -> impl Iterator<Item = &'c Held> {
        // For view alone, a collaboration lies inside each of its members.
        let object = object.filter(|facts| operation != Operation::View || facts.kind != Kind::Collaboration);
        let place = object.map(|facts| {
            let lineage = &facts.lineage;
            [None, lineage.organization, lineage.project, lineage.job, lineage.task].map(tag)
        });
        self.held.chunks(BLOCK).zip(self.tags.chunks(BLOCK)).flat_map(move |(held, tags)| {
            let wanted = place.map_or(u64::MAX, |place| matching(tags, place));
            Bits(wanted).map_while(|bit| held.get(bit))
        })
    }
}

/// How many grants are compared at once: one bit each.
const BLOCK: usize = u64::BITS as usize;

/// A bit for each tag, set if it is one of the place's. It does not branch: which match can't be foreseen.
fn matching(tags: &[u32], place: [u32; 5]) -> u64 {
    let bit = |tag: &u32| u64::from(place.iter().fold(false, |any, here| any | (here == tag)));
    tags.iter().zip(0..).fold(0, |bits, (tag, at)| bits | (bit(tag) << at))
}

impl Deref for Grants {
    type Target = [Held];

    fn deref(&self) -> &[Held] {
        &self.held
    }
}

impl FromIterator<Held> for Grants {
    fn from_iter<I: IntoIterator<Item = Held>>(held: I) -> Self {
        let held: Vec<Held> = held.into_iter().collect();
        let tags = held.iter().map(|held| tag(held.anchor().id)).collect();
        Self { held, tags }
    }
}

impl From<Vec<Held>> for Grants {
    fn from(held: Vec<Held>) -> Self {
        held.into_iter().collect()
    }
}

/// The places of the bits that are set, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let lowest = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (lowest < u64::BITS).then_some(lowest as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::RoleSet;
    use crate::facts::Lineage;
    use crate::rule::Rights;

    fn held(grant: u128, at: &Facts) -> Held {
        Held {
            grant: Uuid::from_u128(grant),
            role: Uuid::nil(),
            role_name: "any".to_owned(),
            at: at.clone(),
            rights: Rights::default(),
            roles: RoleSet::default(),
            ends_at: None,
        }
    }

    #[test]
    fn grants_around_an_object_come_in_order_from_every_block() {
        let organization = Facts::new(Kind::Organization, Uuid::from_u128(1), Lineage::default());
        let project = organization.child(Kind::Project, Uuid::from_u128(2), None);
        let other = organization.child(Kind::Project, Uuid::from_u128(3), None);
        let places = [&other, &project, &other, &organization, &other, &Facts::server(), &other];
        let grants: Grants = (0..200).zip(places.into_iter().cycle()).map(|(n, at)| held(n, at)).collect();
        let label = project.child(Kind::Label, Uuid::from_u128(4), None);
        let numbers = |object: Option<&Facts>| -> Vec<u128> {
            grants.around(Operation::View, object).map(|held| held.grant.as_u128()).collect()
        };
        let reaching: Vec<u128> = (0..200).filter(|n| matches!(n % 7, 1 | 3 | 5)).collect();
        assert_eq!(numbers(Some(&label)), reaching);
        assert_eq!(numbers(None), (0..200).collect::<Vec<u128>>());
    }

    #[test]
    fn every_member_is_around_a_collaboration_that_is_viewed() {
        let member = Facts::new(Kind::Organization, Uuid::from_u128(1), Lineage::default());
        let grants: Grants = [held(0, &member)].into_iter().collect();
        let collaboration = Facts::new(Kind::Collaboration, Uuid::from_u128(9), Lineage::default());
        assert_eq!(grants.around(Operation::View, Some(&collaboration)).count(), 1);
        assert_eq!(grants.around(Operation::Edit, Some(&collaboration)).count(), 0);
    }
}
