//! A row is read through the gate alone.
use bailiwick_domain::entities::Job;
use bailiwick_domain::{Object, Sealed};

fn read(row: Sealed<Job>) -> Object<Job> {
    row.0
}

fn main() {}
