//! What to send to every route: a route without a case fails the tests that go over all routes.

use bailiwick_http::{Registered, routes};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Stage, collection};

/// An id that nothing has.
pub const NOTHING: &str = "01920000-0000-7000-8000-000000000001";

/// What a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An object of this kind, named by the path.
    Path(&'static str),
    /// An object of this kind, named by body or query.
    Claim(&'static str),
    /// No object in particular.
    Nothing,
}

/// A route with what to send to it.
pub struct Case {
    /// The operation id.
    pub deed: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with `{id}`.
    pub path: String,
    /// What it is about.
    pub about: About,
    /// Whether it can be sent without effect.
    pub dry_run: bool,
    body: Option<Value>,
    query: &'static str,
}

impl Case {
    /// Every route of the server.
    pub fn all() -> Vec<Self> {
        let all: Vec<_> = routes().iter().map(Self::of).collect();
        for (deed, ..) in TABLE {
            assert!(all.iter().any(|case| case.deed == *deed), "{deed} has a case and no route");
        }
        all
    }

    fn of(route: &Registered) -> Self {
        let found = TABLE.iter().find(|(deed, ..)| *deed == route.deed);
        let &(deed, about, body, query) = found.unwrap_or_else(|| panic!("{} has no case", route.deed));
        Self {
            deed,
            method: route.method.as_str().parse().unwrap(),
            path: route.path.clone(),
            about,
            dry_run: route.rule.takes.dry_run,
            body: (!body.is_empty()).then(|| serde_json::from_str(body).unwrap()),
            query,
        }
    }

    /// The path to an object.
    pub fn to(&self, id: &str) -> String {
        let path = self.path.replace("{id}", id).replace("{other_id}", NOTHING);
        format!("{path}{}", self.query.replace("ID", id))
    }

    /// [`Self::to`], without effect if the route can do that.
    pub fn dry(&self, id: &str) -> String {
        let path = self.to(id);
        match (self.dry_run, path.contains('?')) {
            (false, _) => path,
            (true, false) => format!("{path}?dry_run=true"),
            (true, true) => format!("{path}&dry_run=true"),
        }
    }

    /// The body, about an object; it names others of the stage.
    pub fn body(&self, id: &str, stage: &Stage) -> Option<Value> {
        self.body.as_ref().map(|body| filled(body, id, stage))
    }

    /// Whether it hangs on one object of this kind: its own methods, its deeds, what hangs under it.
    pub fn is_of(&self, kind: &str) -> bool {
        self.about == About::Path(match_kind(kind))
            && self.path.starts_with(&format!("/{}/", collection(kind)))
    }
}

fn match_kind(kind: &str) -> &'static str {
    let paths = TABLE.iter().filter_map(|(_, about, ..)| match about {
        About::Path(known) => Some(*known),
        _ => None,
    });
    paths.into_iter().find(|known| *known == kind).unwrap_or("")
}

fn filled(body: &Value, id: &str, stage: &Stage) -> Value {
    match body {
        Value::String(text) => match text.as_str() {
            "ID" => json!(id),
            "NOTHING" => json!(NOTHING),
            "PRINCIPAL" => json!(stage.id("user", "north/mate")),
            // One that the organization of the project is in.
            "COLLABORATION" if id == stage.id("project", "west/far") => {
                json!(stage.id("collaboration", "outback"))
            }
            "COLLABORATION" => json!(stage.id("collaboration", "alliance")),
            "ASKED" => json!(stage.id("organization", "west")),
            "VIEWER" => json!(bailiwick_domain::rule::id_of_name("role", "viewer")),
            _ => body.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, id, stage)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, id, stage))).collect()
        }
        other => other.clone(),
    }
}

use About::{Claim, Nothing, Path};

/// Operation id, what it is about, body, query.
type Row = (&'static str, About, &'static str, &'static str);

const TABLE: &[Row] = &[
    ("create_organization", Nothing, r#"{"name": "new"}"#, ""),
    ("list_organizations", Nothing, "", ""),
    ("show_organization", Path("organization"), "", ""),
    ("edit_organization", Path("organization"), "{}", ""),
    ("delete_organization", Path("organization"), "", ""),
    ("suspend_organization", Path("organization"), "", ""),
    ("wake_organization", Path("organization"), "", ""),
    ("create_collaboration", Nothing, r#"{"name": "new"}"#, ""),
    ("list_collaborations", Nothing, "", ""),
    ("show_collaboration", Path("collaboration"), "", ""),
    ("edit_collaboration", Path("collaboration"), "{}", ""),
    ("delete_collaboration", Path("collaboration"), "", ""),
    ("enter_collaboration", Path("collaboration"), "", ""),
    ("leave_collaboration", Path("collaboration"), "", ""),
    ("create_proposal", Path("collaboration"), r#"{"organization_id": "ASKED"}"#, ""),
    ("list_proposals", Nothing, "", ""),
    ("list_collaboration_proposals", Path("collaboration"), "", ""),
    ("show_proposal", Path("proposal"), "", ""),
    ("accept_proposal", Path("proposal"), "", ""),
    ("decline_proposal", Path("proposal"), "", ""),
    ("withdraw_proposal", Path("proposal"), "", ""),
    ("create_node", Path("organization"), r#"{"name": "new", "collaboration_id": "COLLABORATION"}"#, ""),
    ("list_nodes", Nothing, "", ""),
    ("list_organization_nodes", Path("organization"), "", ""),
    ("show_node", Path("node"), "", ""),
    ("edit_node", Path("node"), "{}", ""),
    ("delete_node", Path("node"), "", ""),
    ("suspend_node", Path("node"), "", ""),
    ("wake_node", Path("node"), "", ""),
    ("renew_node_secret", Path("node"), "", ""),
    ("kill_node_runs", Path("node"), "", ""),
    ("create_user", Path("organization"), r#"{"username": "new"}"#, ""),
    ("list_users", Nothing, "", ""),
    ("list_organization_users", Path("organization"), "", ""),
    ("show_user", Path("user"), "", ""),
    ("edit_user", Path("user"), "{}", ""),
    ("delete_user", Path("user"), "", ""),
    ("suspend_user", Path("user"), "", ""),
    ("wake_user", Path("user"), "", ""),
    ("create_role", Path("organization"), r#"{"name": "new"}"#, ""),
    ("list_roles", Nothing, "", ""),
    ("list_organization_roles", Path("organization"), "", ""),
    ("show_role", Path("role"), "", ""),
    ("edit_role", Path("role"), "{}", ""),
    ("delete_role", Path("role"), "", ""),
    ("list_rules", Nothing, "", ""),
    ("show_rule", Path("rule"), "", ""),
    (
        "create_grant",
        Claim("project"),
        r#"{
            "principal": {"kind": "user", "id": "PRINCIPAL"}, "role_id": "VIEWER",
            "anchor": {"level": "project", "id": "ID"}
        }"#,
        "",
    ),
    ("list_grants", Nothing, "", ""),
    ("show_grant", Path("grant"), "", ""),
    ("edit_grant", Path("grant"), "{}", ""),
    ("delete_grant", Path("grant"), "", ""),
    (
        "create_invitation",
        Claim("project"),
        r#"{
            "address": "guest@example.org", "role_id": "VIEWER", "anchor": {"level": "project", "id": "ID"}
        }"#,
        "",
    ),
    ("list_invitations", Nothing, "", ""),
    ("show_invitation", Path("invitation"), "", ""),
    ("delete_invitation", Path("invitation"), "", ""),
    ("accept_invitation", Nothing, r#"{"token": "none", "username": "new", "password": "long enough"}"#, ""),
    ("list_grant_candidates", Claim("project"), "", "?anchor=project:ID"),
    ("create_organization_api_key", Path("organization"), r#"{"name": "new"}"#, ""),
    ("create_project_api_key", Path("project"), r#"{"name": "new"}"#, ""),
    ("list_api_keys", Nothing, "", ""),
    ("list_organization_api_keys", Path("organization"), "", ""),
    ("list_project_api_keys", Path("project"), "", ""),
    ("show_api_key", Path("api_key"), "", ""),
    ("edit_api_key", Path("api_key"), "{}", ""),
    ("delete_api_key", Path("api_key"), "", ""),
    ("suspend_api_key", Path("api_key"), "", ""),
    ("wake_api_key", Path("api_key"), "", ""),
    ("renew_api_key_secret", Path("api_key"), "", ""),
    ("create_project", Path("organization"), r#"{"name": "new"}"#, ""),
    ("list_projects", Nothing, "", ""),
    ("list_organization_projects", Path("organization"), "", ""),
    ("show_project", Path("project"), "", ""),
    ("edit_project", Path("project"), "{}", ""),
    ("delete_project", Path("project"), "", ""),
    ("archive_project", Path("project"), "", ""),
    ("unarchive_project", Path("project"), "", ""),
    ("share_project", Path("project"), r#"{"collaboration_id": "COLLABORATION"}"#, ""),
    ("unshare_project", Path("project"), "", ""),
    ("create_job", Path("project"), r#"{"name": "new"}"#, ""),
    ("list_jobs", Nothing, "", ""),
    ("list_project_jobs", Path("project"), "", ""),
    ("show_job", Path("job"), "", ""),
    ("edit_job", Path("job"), "{}", ""),
    ("delete_job", Path("job"), "", ""),
    ("create_task", Path("job"), r#"{"name": "new"}"#, ""),
    ("list_tasks", Nothing, "", ""),
    ("list_job_tasks", Path("job"), "", ""),
    ("show_task", Path("task"), "", ""),
    ("edit_task", Path("task"), "{}", ""),
    ("delete_task", Path("task"), "", ""),
    ("assign_task", Path("task"), r#"{"user_id": null}"#, ""),
    ("kill_task", Path("task"), "", ""),
    ("list_runs", Nothing, "", ""),
    ("list_task_runs", Path("task"), "", ""),
    ("show_run", Path("run"), "", ""),
    ("edit_run", Path("run"), "{}", ""),
    ("delete_run", Path("run"), "", ""),
    ("show_run_input", Path("run"), "", ""),
    ("show_run_result", Path("run"), "", ""),
    ("show_run_log", Path("run"), "", ""),
    ("store_run_result", Path("run"), "", ""),
    ("append_run_log", Path("run"), r#"{"text": "NOTHING"}"#, ""),
    ("list_audit_events", Nothing, "", ""),
    ("show_audit_event", Path("audit_event"), "", ""),
    (
        "bootstrap",
        Nothing,
        r#"{"secret": "none", "organization": "new", "username": "new", "password": "long enough"}"#,
        "",
    ),
    ("sign_in", Nothing, r#"{"username": "north/mate", "password": "wrong password"}"#, ""),
    ("sign_out", Nothing, "", ""),
    ("issue_tokens", Nothing, r#"{"username": "north/mate", "password": "wrong password"}"#, ""),
    ("issue_node_token", Nothing, r#"{"node_id": "NOTHING", "secret": "none"}"#, ""),
    ("issue_container_token", Claim("run"), r#"{"run_id": "ID"}"#, ""),
    ("refresh_tokens", Nothing, r#"{"token": "none"}"#, ""),
    ("revoke_token", Nothing, r#"{"token": "none"}"#, ""),
    ("list_sessions", Nothing, "", ""),
    ("end_session", Path("session"), "", ""),
    (
        "change_password",
        Nothing,
        r#"{"current_password": "wrong password", "new_password": "a longer one yet"}"#,
        "",
    ),
    ("register", Nothing, r#"{"email": "guest@example.org"}"#, ""),
    ("prove_registration", Nothing, r#"{"token": "none", "username": "new", "password": "long enough"}"#, ""),
    ("change_email", Nothing, r#"{"email": "guest@example.org", "current_password": "wrong password"}"#, ""),
    ("prove_email", Nothing, r#"{"token": "none"}"#, ""),
    ("recover_password", Nothing, r#"{"account": "north/nobody-of-this-name"}"#, ""),
    ("reset_password", Nothing, r#"{"token": "none", "new_password": "long enough"}"#, ""),
    ("show_otp", Nothing, "", ""),
    ("enrol_otp", Nothing, r#"{"current_password": "wrong password"}"#, ""),
    ("confirm_otp", Nothing, r#"{"code": "000000"}"#, ""),
    ("disable_otp", Nothing, r#"{"current_password": "wrong password", "code": "000000"}"#, ""),
    ("whoami", Nothing, "", ""),
    (
        "check_authz",
        Claim("project"),
        r#"{"checks": [{"operation": "view", "kind": "project", "id": "ID"}]}"#,
        "",
    ),
    ("explain_authz", Claim("project"), "", "?operation=view&kind=project&id=ID"),
    ("list_authz_who", Claim("project"), "", "?operation=view&kind=project&id=ID"),
    ("reload_policy", Nothing, "", ""),
];
