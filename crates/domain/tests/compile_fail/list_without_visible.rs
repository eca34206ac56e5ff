//! A list needs what the gate lets be seen; a reach of one's own making is not that.
use bailiwick_domain::Reach;
use bailiwick_domain::entities::Job;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::Read;

async fn list(store: &dyn Read<Job>, reach: Reach<'_>, query: &Query) {
    let _ = store.list(&reach, query).await;
}

fn main() {}
