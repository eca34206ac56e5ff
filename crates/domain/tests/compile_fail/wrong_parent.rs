//! A task is claimed under what tasks hang under, not under a user.
use bailiwick_domain::entities::{Task, User};
use bailiwick_domain::{Claimed, Granted, Under, View};

fn verify(
    claim: Claimed<Task>,
    user: &Granted<'_, View, User>,
    task: Granted<'_, View, Task>,
) -> Option<Under<User, Task>> {
    claim.verify(user, task)
}

fn main() {}
