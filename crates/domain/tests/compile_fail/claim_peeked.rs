//! A claimed id can't be taken out of its claim.
use bailiwick_domain::Claimed;
use bailiwick_domain::entities::Task;

fn peek(claim: Claimed<Task>) -> uuid::Uuid {
    claim.0
}

fn main() {}
