//! What stands in the files, changes nothing and stops no load.

use std::fs;

use crate::check;
use crate::compile::Checked;
use crate::files::{ACCESS, Files, MODEL, ROLES};

const GOOD: &str = r#"{
  "entitlements": { "public": "Open.", "kept": "Kept." },
  "tags": { "read": "Reading.", "make": "Making." },
  "apps": {
    "default": { "job:view": "read", "source:view": "read",
      "content:create": "make" }
  },
  "rules": {
    "public": { "read": { "to": ["everybody"], "why": "It is open." } },
    "kept": {
      "read": { "to": ["viewer"], "why": "It is looked at." },
      "make": { "to": ["editor", "createdUser"], "why": "It grows." }
    }
  }
}"#;

fn files(access: &str) -> Files {
    let mut files = Files::built_in();
    access.clone_into(&mut files.access.text);
    // The roles of client apps, which these rules do not name.
    let roles = files.roles.text.split("# Roles of client apps").next().unwrap().to_owned();
    files.roles.text = roles;
    files
}

/// The file with one piece exchanged is good, with these warnings.
#[track_caller]
fn warned(from: &str, to: &str, says: &[&str]) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    let files = files(&GOOD.replace(from, to));
    let checked = Checked::read(&files).unwrap();
    checked.compile().unwrap();
    let says: Vec<String> = says.iter().map(|says| format!("policies/access_rules.json:{says}")).collect();
    assert_eq!(checked.warnings, says);
}

#[test]
fn the_shipped_files_warn_of_nothing() {
    let files = Files::built_in();
    assert_eq!(Checked::read(&files).unwrap().warnings, [""; 0]);
    warned("Open.", "Open.", &[]);
}

#[test]
fn an_operation_that_no_rule_opens() {
    warned(
        r#""read": { "to": ["viewer"], "why": "It is looked at." },
      "make": { "to": ["editor", "createdUser"], "why": "It grows." }"#,
        r#""read": { "to": ["viewer"], "why": "It is looked at." }"#,
        &["6: `content:create` of `default` is opened to nobody: no rule opens `make`"],
    );
}

#[test]
fn an_operation_on_what_carries_no_entitlement_that_opens_it() {
    let judged = "is opened to nobody: it is judged on what carries public or private, and no rule opens `make` on these";
    warned(
        r#""content:create": "make""#,
        r#""content:create": "make",
      "job:edit": "make", "source:create": "make""#,
        &[
            &format!("7: `job:edit` of `default` {judged}"),
            &format!("7: `source:create` of `default` {judged}"),
        ],
    );
    warned(r#""content:create": "make""#, r#""content:create": "make", "source:edit": "make""#, &[]);
}

#[test]
fn a_rule_that_no_operation_comes_to() {
    warned(
        r#""content:create": "make""#,
        r#""job:create": "make""#,
        &[
            "6: `job:create` of `default` is opened to nobody: it is judged on what carries public or private, and no rule \
             opens `make` on these",
            "12: `make` on `kept` opens nothing: all that needs it is judged on what carries public or private alone",
        ],
    );
}

#[test]
fn a_name_beside_a_word_that_means_it_too() {
    warned(
        r#"["editor", "createdUser"]"#,
        r#"["editor", "registeredUser", "createdUser"]"#,
        &[
            "12: `editor` changes nothing beside `registeredUser`, which means it too",
            "12: `createdUser` changes nothing beside `registeredUser`, which means it too",
        ],
    );
    warned(
        r#"["editor", "createdUser"]"#,
        r#"["everybody", "registeredUser"]"#,
        &["12: `registeredUser` changes nothing beside `everybody`, which means it too"],
    );
}

#[test]
fn faults_come_alone() {
    let files = files(&GOOD.replace("\"viewer\"", "\"veiwer\", \"everybody\""));
    let error = Checked::read(&files).err().unwrap();
    assert!(error.0.len() == 1 && error.0[0].contains("`veiwer` is no built-in role"), "{error}");
}

#[test]
fn checking_tells_them() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(&GOOD.replace("\"editor\", \"createdUser\"", "\"everybody\", \"editor\""));
    for (name, source) in [(MODEL, &files.model), (ROLES, &files.roles), (ACCESS, &files.access)] {
        fs::write(directory.path().join(name), &source.text).unwrap();
    }
    let [warning] = check(Some(directory.path())).unwrap().warnings.try_into().unwrap();
    assert!(
        warning.ends_with(
            "access_rules.json:12: `editor` changes nothing beside `everybody`, which means it too"
        )
    );
}
