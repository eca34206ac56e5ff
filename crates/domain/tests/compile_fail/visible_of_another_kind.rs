//! What may be seen of projects says nothing of jobs.
use bailiwick_domain::Visible;
use bailiwick_domain::entities::{Job, Project};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::Read;

async fn list(store: &dyn Read<Job>, projects: Visible<'_, Project>, query: &Query) {
    let _ = store.list(&projects, query).await;
}

fn main() {}
