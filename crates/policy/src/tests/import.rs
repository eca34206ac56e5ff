//! Files of Vachan Engine become ours: what is carried over, what is left out, and what bad files get.

use std::collections::BTreeSet;

use bailiwick_domain::access::App;
use bailiwick_domain::ports::PolicySource;
use bailiwick_domain::{Kind, Operation, Policy};

use crate::compile::Checked;
use crate::files::Files;
use crate::{FilePolicy, Imported, Original, import_vachan};

const RULES: &str = include_str!("vachan/access_rules.json");
const ROUTES: &str = include_str!("vachan/api-permissions.csv");

fn imported(rules: &str, routes: &str) -> Imported {
    read(rules, routes).unwrap()
}

fn read(rules: &str, routes: &str) -> Result<Imported, bailiwick_domain::ports::PolicyError> {
    let rules = Original { name: "in/access_rules.json", text: rules };
    import_vachan(rules, Original { name: "in/api-permissions.csv", text: routes }, None)
}

/// All that a policy opens: app, what is done, entitlement, tag, to whom.
fn opened(policy: &Policy) -> BTreeSet<String> {
    let access = policy.access();
    let mut all = BTreeSet::new();
    for app in access.apps().map(App::name) {
        for &kind in Kind::ALL {
            for &operation in Operation::ALL {
                for opening in access.openings(&App::new(app), kind, operation) {
                    let (on, tag) = (opening.entitlement.name(), &opening.action);
                    let to = (opening.roles, opening.words);
                    all.insert(format!("{app} {kind}:{operation} {on} {tag} {to:?}"));
                }
            }
        }
    }
    all
}

#[test]
fn what_comes_out_is_what_is_shipped() {
    let imported = imported(RULES, ROUTES);
    assert_eq!(imported.roles, [""; 0]);
    let mut files = Files::built_in();
    files.access.text = imported.access_rules;
    let checked = Checked::read(&files).unwrap();
    assert_eq!(checked.warnings, [""; 0]);
    let shipped = FilePolicy::built_in().unwrap().current();
    assert_eq!(opened(&checked.compile().unwrap()), opened(&shipped));
}

#[test]
fn the_same_comes_out_of_the_same_whatever_the_order() {
    let imported = imported(RULES, ROUTES);
    let (head, rows) = ROUTES.split_once('\n').unwrap();
    // The row that comes too late to count stays last.
    let late = "/v2/resources/bibles/*/versification";
    let mut rows: Vec<&str> = rows.lines().filter(|row| !row.starts_with(late)).collect();
    rows.reverse();
    let turned = format!("{head}\n{}\n", rows.join("\n"));
    assert_eq!(read(RULES, &turned).unwrap().access_rules, imported.access_rules);
    let rule =
        r#""read-via-api": { "to": ["registeredUser"], "why": "Imported from access_rules.json, line 32." }"#;
    assert!(imported.access_rules.contains(rule), "{}", imported.access_rules);
}

#[test]
fn what_is_left_out_is_told_with_its_line_and_why() {
    let told = imported(RULES, ROUTES).left_out;
    let says = |line: &str| assert!(told.iter().any(|told| told == line), "{line}\n{told:#?}");
    says(
        "in/access_rules.json:37: `downloadable`, `download-n-save` is left out: no operation here needs `download-n-save`",
    );
    says("in/access_rules.json:36: `downloadable` is declared and opens nothing: sources may carry it");
    says(
        "in/access_rules.json:40: `derivable`, `translate` is left out: no operation here needs `translate`",
    );
    says(
        "in/access_rules.json:42: `translation-project` is left out with all its tags: projects carry public or private, and \
         grants say who does what in one",
    );
    says(
        "in/access_rules.json:2: `meta-content` is left out with all its tags: it stands for a sort of route, and no kind here carries it",
    );
    says(
        "in/api-permissions.csv:26: `POST /v2/resources` with `create` is left out: a source is made by a grant here: it is \
         judged on its project, which carries public or private alone",
    );
    says(
        "in/api-permissions.csv:38: `GET /v2/resources/bibles/*/versification` with `read-via-api` is left out for \
         `Vachan-online`: by line 17, `content:view` needs `view-on-web` already",
    );
    says(
        "in/api-permissions.csv:45: `GET /v2/resources/get-sentence` with `read-via-api` is left out: it is a second question \
         to the same request, about `Research-Material`; one is asked here",
    );
    says(
        "in/api-permissions.csv:47: `GET /v2/user/login` with `login` is left out: no kind here that carries what sources carry",
    );
    // Nothing is told of what was carried over, and something of all else.
    let lines = |file: &str| -> BTreeSet<usize> {
        let of = told.iter().filter_map(|told| told.strip_prefix(file)?.split(':').nth(1)?.parse().ok());
        of.collect()
    };
    let carried = [2..=7, 14..=25, 27..=34].into_iter().flatten();
    let all: BTreeSet<usize> = (2..=47).collect();
    assert_eq!(lines("in/api-permissions.csv"), &all - &carried.collect());
}

#[test]
fn names_that_change_nothing_and_roles_that_are_not_there_are_told() {
    let rules = RULES
        .replace(
            r#""publishable": {"#,
            r#""embargo": { "view-on-web": ["Censor", "projectOwner", "Censor"] }, "publishable": {"#,
        )
        .replace(r#""read-via-api": ["registeredUser"]"#, r#""read-via-api": ["AgUser", "registeredUser"]"#)
        .replace("BcsDeveloper", "SuperAdmin2");
    let imported = imported(&rules, ROUTES);
    let told = imported.left_out.join("\n");
    assert!(told.contains("`embargo`, `view-on-web`: `Censor` stands there twice"), "{told}");
    assert!(
        told.contains("`publishable`, `read-via-api`: `AgUser` is left out beside `registeredUser`"),
        "{told}"
    );
    let heading = "# [BcsDeveloper] For access rules: develops methods on sources.";
    let line = Files::built_in().roles.text.lines().position(|line| line == heading).unwrap() + 1;
    let add = |role: &str| {
        format!("policies/roles.csv: to be added at the end: # [{role}] For access rules that were imported.")
    };
    assert_eq!(
        imported.roles,
        [
            format!(
                "policies/roles.csv:{line}: to be taken out, since nothing gives this role anything: {heading}"
            ),
            add("Censor"),
            add("SuperAdmin2"),
            add("projectOwner"),
        ]
    );
    // With these lines, and not without, what came out can be loaded.
    let mut files = Files::built_in();
    files.access.text = imported.access_rules;
    assert!(Checked::read(&files).is_err());
    files.roles.text = files.roles.text.replace(heading, "");
    for line in &imported.roles[1..] {
        files.roles.text.push_str(line.split_once("end: ").unwrap().1);
        files.roles.text.push('\n');
    }
    Checked::read(&files).unwrap().compile().unwrap();
}

#[test]
fn of_empty_files_public_projects_remain() {
    let (head, _) = ROUTES.split_once('\n').unwrap();
    let imported = imported("{}", head);
    assert_eq!(imported.left_out, [""; 0]);
    // Nothing names the roles of client apps any more.
    assert_eq!(imported.roles.len(), 9);
    assert!(imported.access_rules.contains(r#""public": {"#) && !imported.access_rules.contains("Imported"));
}

#[test]
fn bad_rules_are_named_by_line_and_pointer() {
    for (was, is, fault) in [
        (
            "\"meta-content\": {",
            "\"meta-content\": 7, \"x\": {",
            "2: /meta-content: invalid type: integer `7`, expected an object",
        ),
        (
            r#""create": ["registeredUser"],"#,
            r#""create": "registeredUser","#,
            "3: /meta-content/create: invalid type: string \"registeredUser\", expected a sequence",
        ),
        (
            r#""create": ["registeredUser"],"#,
            r#""create": ["registeredUser", 7],"#,
            "3: /meta-content/create/1: 7 is no role: a name of letters, digits, `_` and `-` would be right",
        ),
        (
            r#"["SuperAdmin", "resourceCreatedUser"],
        "read-via-api""#,
            r#"["Super Admin"],
        "read-via-api""#,
            "4: /meta-content/edit/0: \"Super Admin\" is no role: a name of letters, digits, `_` and `-` would be right",
        ),
        (
            "\"delete/deactivate\": [\"SuperAdmin\", \"resourceCreatedUser\"]\n    },\n    \"content\"",
            "\"edit\": []\n    },\n    \"content\"",
            "10: /meta-content: `edit` stands here again; it stood on line 4",
        ),
        (
            "\"publishable\": {",
            "\"publish able\": {",
            "31: /publish able: `publish able` is no name for an entitlement: letters, digits, `_`, `-`, `/` and `.` make one",
        ),
    ] {
        let file = RULES.replacen(was, is, 1);
        assert_ne!(file, RULES, "{was}");
        assert_eq!(read(&file, ROUTES).unwrap_err().0, [format!("in/access_rules.json:{fault}")]);
    }
    let broken = read(&RULES[..200], ROUTES).unwrap_err().0;
    let last = RULES[..200].lines().count();
    let fault = format!("in/access_rules.json:{last}: the file: EOF while parsing a string");
    assert_eq!(broken, [fault]);
}

#[test]
fn bad_routes_are_named_by_line_and_column() {
    let row = "/v2/resources,POST,None,None,None,create";
    for (is, fault) in [
        (
            "resources,POST,None,None,None,create",
            "column Endpoints: `resources` is no path: one that begins with `/` would be right",
        ),
        (
            "/v2/resources,FETCH,None,None,None,create",
            "column Method: `FETCH` is no method: GET, POST, PUT, PATCH or DELETE would be right",
        ),
        (
            "/v2/resources,POST,my app,None,None,create",
            "column RequestApp: `my app` is no name for an app: None for all, or letters, digits, `_`, `-`, `/` and `.` would be right",
        ),
        (
            "/v2/resources,POST,None,None,None,",
            "column Permission: `` is no name for a tag: letters, digits, `_`, `-`, `/` and `.` would be right",
        ),
        ("/v2/resources,POST,None,None,create", "6 columns belong here; there are 5"),
    ] {
        assert_eq!(ROUTES.matches(row).count(), 1);
        let told = read(RULES, &ROUTES.replace(row, is)).unwrap_err().0;
        assert_eq!(told, [format!("in/api-permissions.csv:26: {fault}")]);
    }
    let right = "Endpoints,Method,RequestApp,FilterResults,ResourceType,Permission";
    let told = read(RULES, &ROUTES.replace("RequestApp", "App")).unwrap_err().0;
    assert_eq!(
        told,
        [format!(
            "in/api-permissions.csv:1: there is no column RequestApp: a first line `{right}` would be right"
        )]
    );
    let told = read(RULES, "").unwrap_err().0;
    assert_eq!(told, [format!("in/api-permissions.csv:1: it is empty: a line `{right}` would be right")]);
}
