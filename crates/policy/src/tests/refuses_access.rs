//! What a bad `access_rules.json` gets: file, line, what stands there and what would be right.

use crate::compile::Checked;
use crate::files::Files;

const ROLES: &str = "# [reader] reads\n# why\np, reader, job, view, global\n";

/// A small good file, for the faults to stand in.
const GOOD: &str = r#"{
  "entitlements": { "public": "Open.",
    "closed": "Closed." },
  "tags": {
    "read": "Reading." },
  "apps": { "default": {
    "job:view": "read" } },
  "rules": { "public": {
    "read": { "to": ["everybody", "reader"], "why": "It is open." } } }
}"#;

fn faults(access: &str) -> Vec<String> {
    let mut files = Files::built_in();
    ROLES.clone_into(&mut files.roles.text);
    access.clone_into(&mut files.access.text);
    Checked::read(&files).err().map_or_else(Vec::new, |error| error.0)
}

/// The file with one piece exchanged has this one fault.
#[track_caller]
fn refused(from: &str, to: &str, says: &str) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    assert_eq!(faults(&GOOD.replace(from, to)), [format!("policies/access_rules.json:{says}")]);
}

#[test]
fn the_file_that_the_faults_stand_in_is_good() {
    assert_eq!(faults(GOOD), Vec::<String>::new());
}

#[test]
fn an_unknown_role() {
    refused(
        r#""reader"]"#,
        r#""raeder"]"#,
        "9: `raeder` is no built-in role and no word: everybody, registeredUser, createdUser or reader would be right",
    );
}

#[test]
fn an_unknown_entitlement() {
    refused(
        r#""rules": { "public""#,
        r#""rules": { "pubic""#,
        "8: there is no entitlement `pubic`: public or closed would be right, or a new one under `entitlements`",
    );
}

#[test]
fn an_unknown_tag() {
    refused(
        r#""read": { "to""#,
        r#""raed": { "to""#,
        "9: there is no tag `raed`: read would be right, or a new one under `tags`",
    );
    refused(
        r#""job:view": "read""#,
        r#""job:view": "read", "job:edit": "write""#,
        "7: there is no tag `write`: read would be right, or a new one under `tags`",
    );
}

#[test]
fn an_unknown_kind_or_operation() {
    for wrong in ["jobs:view", "job:read", "job", "job:view:own"] {
        refused(
            "job:view",
            wrong,
            &format!("7: `{wrong}` is not of the form kind:operation, such as `job:view`"),
        );
    }
}

#[test]
fn a_kind_or_operation_that_nothing_can_open() {
    let carriers = "project, job, task, run, file, dataset, annotation, comment, export, label, source, content or managed_entity";
    refused(
        "job:view",
        "user:view",
        &format!("7: `user:view`: a user carries no entitlement; {carriers} does"),
    );
    refused("job:view", "run:create", "7: `run:create` is nothing that can be done");
    refused("job:view", "job:send", "7: `job:send` is nothing that can be done");
    refused(
        "job:view",
        "project:create",
        "7: `project:create` is judged on an organization, which carries no entitlement",
    );
}

#[test]
fn a_tag_that_no_operation_uses() {
    refused(
        r#""read": "Reading.""#,
        r#""read": "Reading.",
    "write": "Writing.""#,
        "6: no operation uses the tag `write`: an entry under `apps` does",
    );
}

#[test]
fn a_key_that_comes_twice() {
    refused(
        r#""job:view": "read""#,
        r#""job:view": "read",
    "job:view": "read""#,
        "8: `job:view` stands here again; it stood on line 7",
    );
    refused(
        r#""why": "It is open." }"#,
        r#""why": "It is open." },
    "read": { "to": ["reader"], "why": "Again." }"#,
        "10: `read` stands here again; it stood on line 9",
    );
    refused(r#""everybody", "reader""#, r#""reader", "reader""#, "9: `reader` stands here twice");
}

#[test]
fn an_entitlement_or_rule_that_grants_nothing() {
    refused(
        r#""rules": {"#,
        r#""rules": { "closed": {},"#,
        "8: entitlement `closed` grants nothing: leave it out, or open a tag",
    );
    refused(
        r#"["everybody", "reader"]"#,
        "[]",
        "9: `read` is opened to nobody: leave it out, or name a role or word",
    );
}

#[test]
fn an_entry_without_reason() {
    refused("It is open.", " ", "9: `read` has no reason: a sentence as `why` says why it is opened");
    refused("Closed.", "", "3: entitlement `closed` has no reason: a sentence says what it is");
    let [missing] = faults(&GOOD.replace(r#", "why": "It is open.""#, "")).try_into().unwrap();
    assert_eq!(missing, "policies/access_rules.json:9: missing field `why`");
}

#[test]
fn a_section_that_is_missing_or_unknown() {
    assert_eq!(
        faults(&GOOD.replace("apps", "aps")),
        [
            "policies/access_rules.json:1: the section `apps` is missing; it may be `{}`",
            "policies/access_rules.json:6: `aps` is no section: entitlements, tags, apps or rules would be right",
        ]
    );
}

#[test]
fn broken_json_and_wrong_types() {
    let [broken] = faults(&GOOD.replace(r#""Reading." }"#, r#""Reading.""#)).try_into().unwrap();
    assert!(broken.starts_with("policies/access_rules.json:10: "), "{broken}");
    refused(
        r#"["everybody", "reader"]"#,
        r#""everybody""#,
        r#"9: invalid type: string "everybody", expected a sequence"#,
    );
    assert_eq!(faults(""), ["policies/access_rules.json:1: EOF while parsing a value"]);
}

#[test]
fn a_name_that_casbin_would_read_otherwise() {
    refused(
        "\"closed\"",
        "\"closed, p\"",
        "3: `closed, p` is no name for an entitlement: letters, digits, `_`, `-`, `/` and `.` make one",
    );
}
