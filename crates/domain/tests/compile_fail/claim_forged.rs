//! Only a verified claim is under its parent.
use bailiwick_domain::entities::{Job, Task};
use bailiwick_domain::{Id, Object, Under};

fn forge(parent: Id<Job>, child: Object<Task>) -> Under<Job, Task> {
    Under { parent, child }
}

fn main() {}
