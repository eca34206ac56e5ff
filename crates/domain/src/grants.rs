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
    blocks: Vec<Block>,
}

/// How many grants in a row share an index: one bit each.
const BLOCK: usize = u64::BITS as usize;

/// How many slots anchors are spread over. Two that share one cost time, and change nothing.
const SLOTS: usize = 256;

/// Where the grants of a block are tied. To ask does not branch: what lies where can't be foreseen.
#[derive(Debug)]
struct Block([u64; SLOTS]);

/// The slot of an anchor: the last byte of its id, which is random; the first for the server.
fn slot(anchor: Option<Uuid>) -> usize {
    anchor.map_or(0, |id| usize::from(id.as_u128() as u8))
}

impl Block {
    /// A bit for each grant that may have the object inside its anchor, and perhaps for more.
    fn around(&self, operation: Operation, facts: &Facts) -> u64 {
        // For view alone, a collaboration lies inside each of its members, and what is lent comes with its task.
        if operation == Operation::View && (facts.kind == Kind::Collaboration || !facts.lent.is_empty()) {
            return u64::MAX;
        }
        let lineage = &facts.lineage;
        [None, lineage.organization, lineage.project, lineage.job, lineage.task]
            .into_iter()
            .filter_map(|anchor| self.0.get(slot(anchor)))
            .fold(0, |found, here| found | here)
    }
}

impl Grants {
    /// Adds one at the end.
    pub fn push(&mut self, held: Held) {
        let bit = self.held.len() % BLOCK;
        if bit == 0 {
            self.blocks.push(Block([0; SLOTS]));
        }
        let block = self.blocks.last_mut();
        if let Some(slot) = block.and_then(|block| block.0.get_mut(slot(held.anchor().id))) {
            *slot |= 1 << bit;
        }
        self.held.push(held);
    }

    /// In order, all that may have the object inside their anchor, and perhaps more; without an object, all.
    pub(crate) fn around<'c>(
        &'c self,
        operation: Operation,
        object: Option<&Facts>,
    ) -> impl Iterator<Item = &'c Held> {
        self.held.chunks(BLOCK).zip(&self.blocks).flat_map(move |(held, block)| {
            let wanted = object.map_or(u64::MAX, |facts| block.around(operation, facts));
            Bits(wanted).map_while(|bit| held.get(bit))
        })
    }
}

impl Deref for Grants {
    type Target = [Held];

    fn deref(&self) -> &[Held] {
        &self.held
    }
}

impl FromIterator<Held> for Grants {
    fn from_iter<I: IntoIterator<Item = Held>>(held: I) -> Self {
        let held = held.into_iter();
        let mut grants =
            Self { held: Vec::with_capacity(held.size_hint().1.unwrap_or(0)), blocks: Vec::new() };
        held.for_each(|held| grants.push(held));
        grants
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
