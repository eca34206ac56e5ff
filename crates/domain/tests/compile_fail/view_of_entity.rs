//! No view shows a raw entity.
use bailiwick_domain::entities::Task;
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;

view! {
    struct ProjectView at ProjectLevel {
        tasks: Vec<Task>,
    }
}

fn main() {}
