//! The kinds that have routes, and their collections.

/// Kind and collection; what a grant names comes before grants.
pub const KINDS: &[(&str, &str)] = &[
    ("organization", "organizations"),
    ("collaboration", "collaborations"),
    ("proposal", "proposals"),
    ("user", "users"),
    ("node", "nodes"),
    ("role", "roles"),
    ("client_app", "client-apps"),
    ("api_key", "api-keys"),
    ("project", "projects"),
    ("job", "jobs"),
    ("task", "tasks"),
    ("run", "runs"),
    ("file", "files"),
    ("dataset", "datasets"),
    ("label", "labels"),
    ("annotation", "annotations"),
    ("comment", "comments"),
    ("export", "exports"),
    ("source", "sources"),
    ("content", "contents"),
    ("grant", "grants"),
    ("invitation", "invitations"),
];

/// The collection of a kind.
pub fn collection(kind: &str) -> &'static str {
    let beside = [("rule", "rules"), ("audit_event", "audit-events"), ("session", "auth/sessions")];
    let mut all = KINDS.iter().chain(&beside);
    all.find(|(known, _)| *known == kind).unwrap_or_else(|| panic!("`{kind}` has no collection")).1
}
