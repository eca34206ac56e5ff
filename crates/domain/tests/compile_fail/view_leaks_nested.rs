//! Nor does it inside of lists and options.
use bailiwick_domain::view;
use bailiwick_domain::view::{JobLevel, ProjectLevel};

view! {
    struct ProjectView at ProjectLevel {
        name: String,
    }
}

view! {
    struct JobView at JobLevel {
        projects: Vec<Option<ProjectView>>,
    }
}

fn main() {}
