//! A permit is weakened, never strengthened.
use bailiwick_domain::entities::Job;
use bailiwick_domain::{Edit, Granted, View};

fn strengthen(job: Granted<'_, View, Job>) -> Granted<'_, Edit, Job> {
    job.weaken::<Edit>()
}

fn main() {}
