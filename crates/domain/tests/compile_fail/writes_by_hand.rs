//! What is added or removed was made from a permit.
use bailiwick_domain::Object;
use bailiwick_domain::entities::Job;
use bailiwick_domain::object::{New, Removed};

fn add(job: Object<Job>) -> New<Job> {
    New(job)
}

fn remove(job: Object<Job>) -> Removed<Job> {
    Removed(job)
}

fn main() {}
