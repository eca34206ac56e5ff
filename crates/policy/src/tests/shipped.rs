//! What the built-in roles may do, said a second time and in another way.

use bailiwick_domain::access::{App, Entitlement, RoleSet};
use bailiwick_domain::ports::PolicySource;
use bailiwick_domain::{Kind, Operation, Policy, Rights, Rule, Scope};

use crate::{FilePolicy, markdown};

use Operation::{Create, Delete, Edit, Receive, Send, View};

fn policy() -> std::sync::Arc<Policy> {
    FilePolicy::built_in().unwrap().current()
}

fn every(kinds: &[Kind], operations: &[Operation]) -> Vec<Rule> {
    let rules = kinds
        .iter()
        .flat_map(|&kind| operations.iter().map(move |&operation| Rule::new(kind, operation, Scope::Global)));
    rules.filter(|rule| rule.absent_because().is_none()).collect()
}

fn viewer() -> Vec<Rule> {
    let hidden = [Kind::Grant, Kind::ApiKey, Kind::AuditEvent, Kind::Export, Kind::ClientApp];
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| !hidden.contains(kind)).collect();
    every(&kinds, &[View])
}

fn editor() -> Vec<Rule> {
    let work = [
        Kind::Job,
        Kind::Task,
        Kind::File,
        Kind::Dataset,
        Kind::Label,
        Kind::Annotation,
        Kind::Source,
        Kind::Content,
    ];
    [viewer(), every(&work, &[Create, Edit, Delete]), speaker()].concat()
}

/// Says something, and puts its own words better or takes them back.
fn speaker() -> Vec<Rule> {
    let own = [Edit, Delete].map(|operation| Rule::new(Kind::Comment, operation, Scope::Own));
    [every(&[Kind::Comment], &[Create]), own.to_vec()].concat()
}

fn manager() -> Vec<Rule> {
    let managed = [Kind::Grant, Kind::ApiKey, Kind::ManagedEntity];
    let own = [
        every(&[Kind::Project], &[Edit]),
        every(&managed, &[View, Create, Edit, Delete]),
        every(&[Kind::AuditEvent], &[View]),
        every(&[Kind::Export], &[View, Create, Delete]),
        every(&[Kind::Comment], &[Edit, Delete]),
    ];
    [editor(), own.concat()].concat()
}

fn owner() -> Vec<Rule> {
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| {
            !matches!(kind, Kind::Organization | Kind::Collaboration | Kind::ClientApp | Kind::Rule)
        })
        .collect();
    let everything = every(&kinds, &[View, Create, Edit, Delete, Send, Receive]);
    [manager(), everything, every(&[Kind::Organization], &[Edit])].concat()
}

#[track_caller]
fn holds_exactly(role: &str, rules: Vec<Rule>) {
    assert_eq!(policy().role(role).unwrap().rights, Rights::of(rules), "{role}");
}

#[test]
fn viewer_views_all_but_grants_keys_and_audit_events() {
    holds_exactly("viewer", viewer());
}

#[test]
fn annotator_does_its_own_tasks_and_nothing_else() {
    let own = |kind, operations: &[Operation]| -> Vec<Rule> {
        operations.iter().map(|&operation| Rule::new(kind, operation, Scope::Own)).collect()
    };
    let rules = [
        own(Kind::Task, &[View, Edit]),
        own(Kind::File, &[View]),
        own(Kind::Label, &[View]),
        own(Kind::Annotation, &[View, Create, Edit, Delete]),
        own(Kind::Comment, &[View, Create, Edit, Delete]),
    ];
    holds_exactly("annotator", rules.concat());
}

#[test]
fn reviewer_is_a_viewer_who_edits_tasks_and_annotations() {
    let edits = every(&[Kind::Task, Kind::Annotation], &[Edit]);
    holds_exactly("reviewer", [viewer(), edits, speaker()].concat());
}

#[test]
fn editor_is_a_viewer_who_shapes_the_work() {
    holds_exactly("editor", editor());
}

#[test]
fn manager_is_an_editor_who_runs_the_project() {
    holds_exactly("manager", manager());
}

#[test]
fn owner_may_do_everything_inside_an_organization() {
    holds_exactly("owner", owner());
}

#[test]
fn root_holds_the_whole_catalogue() {
    holds_exactly("root", Rule::catalogue().collect());
}

#[test]
fn nodes_and_containers_hold_fixed_roles_and_nobody_else_does() {
    let rules = |rules: &[&str]| rules.iter().map(|rule| rule.parse().unwrap()).collect::<Vec<Rule>>();
    let shared = [
        "organization:view:collaboration",
        "collaboration:view:organization",
        "node:view:organization",
        "task:view:collaboration",
    ];
    let node = ["organization:edit:organization", "node:edit:own", "run:view:own", "run:edit:own"];
    let container = ["run:view:collaboration", "task:create:collaboration"];
    holds_exactly(Policy::NODE, [rules(&shared), rules(&node)].concat());
    holds_exactly(Policy::CONTAINER, [rules(&shared), rules(&container)].concat());
    let fixed: Vec<String> =
        policy().roles().iter().filter(|role| role.fixed).map(|role| role.name.clone()).collect();
    assert_eq!(fixed, [Policy::NODE, Policy::CONTAINER]);
}

const APPS: [(&str, &str); 6] = [
    ("default", "read-via-api"),
    ("Autographa", "refer-for-translation"),
    ("SanketMAST", "refer-for-translation"),
    ("Vachan-online", "view-on-web"),
    ("VachanAdmin", "read-via-vachanadmin"),
    ("VachanContentDashboard", "read-via-vachancontentdashboard"),
];

#[test]
fn a_public_project_and_its_work_are_viewed_by_everybody_in_every_app_and_changed_by_nobody() {
    let policy = policy();
    let work = [Kind::Project, Kind::Job, Kind::Task, Kind::File, Kind::Dataset, Kind::Label];
    let viewed = [&work[..], &[Kind::Source, Kind::Content]].concat();
    let apps: Vec<&str> = policy.access().apps().map(App::name).collect();
    assert_eq!(apps, APPS.map(|(app, _)| app));
    for (app, read) in APPS {
        for &kind in Kind::ALL {
            for &operation in Operation::ALL {
                let openings = policy.access().openings(&App::new(app), kind, operation);
                let of = |of: &Entitlement| {
                    openings.iter().filter(|opening| opening.entitlement == *of).collect::<Vec<_>>()
                };
                let public = of(&Entitlement::PUBLIC);
                if operation == View && viewed.contains(&kind) {
                    assert_eq!(public.len(), 1, "{app} {kind}");
                    assert!(public[0].words.everybody && public[0].roles.is_empty());
                    assert_eq!(public[0].action, if work.contains(&kind) { "read" } else { read });
                } else {
                    assert!(public.is_empty(), "{app} {kind}:{operation}");
                }
                assert!(of(&Entitlement::PRIVATE).is_empty(), "{app} {kind}:{operation}");
                if !matches!(kind, Kind::Source | Kind::Content) {
                    assert_eq!(openings.len(), public.len(), "{app} {kind}:{operation}");
                }
            }
        }
        assert!(policy.access().openings(&App::new(app), Kind::Source, Create).is_empty(), "{app}");
    }
}

#[test]
fn roles_of_client_apps_give_nothing_but_what_access_rules_open_to_them() {
    let policy = policy();
    let named = policy.access().named();
    let mut count = 0;
    for (index, role) in (0..).zip(policy.roles()) {
        let only = RoleSet::default().with(index);
        let is_named = !named.both(only).is_empty();
        assert_eq!(is_named, role.rights == Rights::default(), "{}", role.name);
        assert!(!is_named || (role.roles == only && !role.fixed), "{}", role.name);
        count += usize::from(is_named);
    }
    assert_eq!(count, 9);
}

#[test]
fn the_printed_tables_hold_every_role_and_cell() {
    let page = markdown(&policy());
    assert!(
        page.contains("| annotator | Does the tasks assigned to it, and sees no more than they need. | |\n")
    );
    assert!(page.contains("| kind | operation | viewer | annotator | reviewer | editor | manager | owner | root | organization_viewer | researcher | organization_admin | collaboration_admin | node | container | SuperAdmin | VachanAdmin | VachanContentAdmin | VachanContentViewer | BcsDeveloper | AgAdmin | AgUser | SanketMASTAdmin | SanketMASTUser |\n"));
    assert!(page.contains(
        "| task | edit | | own | global | global | global | global | global | | | | | | | | | | | | | | | |\n"
    ));
    assert!(page.contains("| public | job:view | read | everybody | access_rules.json:119 | default, Autographa, SanketMAST, Vachan-online, VachanAdmin, VachanContentDashboard |\n"));
}
