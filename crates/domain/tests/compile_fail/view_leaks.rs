//! A view holds nothing of a wider level.
use bailiwick_domain::view;
use bailiwick_domain::view::{JobLevel, OrganizationLevel};

view! {
    struct OrganizationView at OrganizationLevel {
        name: String,
    }
}

view! {
    struct JobView at JobLevel {
        name: String,
        organization: OrganizationView,
    }
}

fn main() {}
