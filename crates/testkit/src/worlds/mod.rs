//! Random small worlds that obey the model's invariants, and random questions about them.
//!
//! A world is built from numbers alone: each part is drawn as a handful of dice, and building takes
//! every die modulo what there is to choose from. So every draw is a valid world, and a world
//! shrinks by losing parts and by moving to the first choice of each.

mod build;
mod catalogue;
mod handing;
mod questions;
mod rights;
#[cfg(test)]
mod tests;

use proptest::collection::vec;
use proptest::prelude::*;

pub use questions::questions;

use crate::decisions::{Kind, Object, World};

/// What one part of a world is made from.
type Dice = [u8; 8];

/// Small worlds of every shape: organizations some of which are suspended, collaborations, people,
/// keys, nodes and containers, three projects and what hangs under them, roles, grants, access rules.
pub fn worlds() -> impl Strategy<Value = World> {
    let parts = |most: usize| vec(any::<Dice>(), 0..=most);
    let some = |most: usize| vec(any::<Dice>(), 1..=most);
    let people = (parts(3), parts(3), parts(4), parts(3), parts(3));
    let work = (some(3), some(3), some(4), parts(8), parts(4), parts(2));
    let rights = (parts(3), parts(3), parts(12), parts(9), parts(16), any::<Dice>());
    (people, work, rights).prop_map(|(people, work, rights)| {
        let (organizations, collaborations, users, nodes, keys) = people;
        let (projects, jobs, tasks, things, runs, others) = work;
        let (builtin, made, grants, openings, tags, dice) = rights;
        let mut builder = Builder::default();
        builder.organizations(&organizations);
        builder.collaborations(&collaborations);
        builder.users(&users);
        builder.projects(&projects);
        builder.nodes(&nodes);
        builder.things(&things);
        builder.jobs(&jobs);
        builder.tasks(&tasks);
        builder.keys(&keys);
        builder.runs(&runs);
        builder.others(&others);
        builder.builtin_roles(&builtin, dice);
        builder.made_roles(&made);
        builder.grants(&grants);
        builder.access_rules(&openings, &tags);
        let [.., now] = dice;
        builder.world.now = pick(&[None, Some(100), Some(120)], now).flatten();
        builder.world
    })
}

/// Whether a die shows what it seldom shows.
const fn seldom(die: u8) -> bool {
    die >= 216
}

/// What a die shows of a list.
fn pick<T: Clone>(list: &[T], die: u8) -> Option<T> {
    list.get(usize::from(die).checked_rem(list.len())?).cloned()
}

/// Whether a bit of a die is set.
const fn bit(die: u8, number: usize) -> bool {
    die >> (number % 8) & 1 == 1
}

/// A world in the making.
#[derive(Default)]
struct Builder {
    world: World,
}

impl Builder {
    fn add(&mut self, object: Object) {
        self.world.objects.push(object);
    }

    /// A new object, numbered within its kind.
    fn numbered(&self, kind: Kind) -> Object {
        let number = self.ids(kind).len();
        Object { id: format!("{}-{number}", kind.name()), kind, ..Object::default() }
    }

    fn all(&self, kind: Kind) -> Vec<Object> {
        self.world.objects.iter().filter(|object| object.kind == kind).cloned().collect()
    }

    fn ids(&self, kind: Kind) -> Vec<String> {
        self.all(kind).into_iter().map(|object| object.id).collect()
    }

    fn find(&self, id: Option<&String>) -> Option<&Object> {
        self.world.objects.iter().find(|object| Some(&object.id) == id)
    }

    /// The object of a kind that an object hangs under, or is.
    fn above(&self, kind: Kind, object: &Object) -> Option<Object> {
        let mut next = Some(object);
        while let Some(found) = next {
            if found.kind == kind {
                return Some(found.clone());
            }
            next = self.find(found.parent.as_ref());
        }
        None
    }

    fn user(&self, die: u8) -> Option<String> {
        pick(&self.ids(Kind::User), die)
    }

    /// Some user, or nobody.
    fn maybe_user(&self, die: u8) -> Option<String> {
        if die < 64 { None } else { self.user(die) }
    }

    /// The object of a kind that the object with this id hangs under, or is.
    fn above_of(&self, kind: Kind, id: &str) -> Option<String> {
        let object = self.find(Some(&id.to_owned()))?;
        self.above(kind, object).map(|found| found.id)
    }
}
