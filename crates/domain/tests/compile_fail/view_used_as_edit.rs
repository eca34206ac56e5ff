//! A permit to view changes nothing.
use bailiwick_domain::entities::Job;
use bailiwick_domain::object::Changed;
use bailiwick_domain::{Granted, View};
use time::OffsetDateTime;

fn rename(job: Granted<'_, View, Job>, now: OffsetDateTime) -> Changed<Job> {
    job.change(now, |job| job.name.clear())
}

fn main() {}
