//! A claimed id names nothing until it has been looked up.
use bailiwick_domain::entities::Task;
use bailiwick_domain::{Claimed, Id};

fn take(_: Id<Task>) {}

fn main() {
    take(Claimed::<Task>::from_wire(uuid::Uuid::nil()));
}
