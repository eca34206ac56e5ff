//! So was what is changed.
use bailiwick_domain::Object;
use bailiwick_domain::entities::Job;
use bailiwick_domain::object::Changed;

fn change(before: Object<Job>, after: Object<Job>) -> Changed<Job> {
    Changed { before, after }
}

fn main() {}
