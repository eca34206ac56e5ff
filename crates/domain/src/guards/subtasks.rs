//! What a container makes.

use uuid::Uuid;

use crate::caller::Caller;
use crate::reason::Guard;

/// What forbids the caller to make a task with this parent task: a container makes only subtasks of its own.
pub fn forbids_task(caller: &Caller, parent_task: Option<Uuid>) -> Option<Guard> {
    let forbidden = caller.confinement.is_some_and(|inside| parent_task != Some(inside.task));
    forbidden.then_some(Guard::Confinement)
}
