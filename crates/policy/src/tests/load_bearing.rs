//! Every line of the shipped policy matters: without it some cell of the table changes.

use bailiwick_domain::access::{App, Opening};
use bailiwick_domain::{Kind, Operation, Policy, Rights};

use crate::compile::Checked;
use crate::files::Files;

fn table(policy: &Policy) -> Vec<Rights> {
    policy.roles().iter().map(|role| role.rights.clone()).collect()
}

#[test]
fn without_any_one_line_some_cell_of_the_table_changes() {
    let files = Files::built_in();
    let mut checked = Checked::read(&files).unwrap();
    let whole = table(&checked.compile().unwrap());
    for at in 0..checked.roles.lines.len() {
        let line = checked.roles.lines.remove(at);
        let without = table(&checked.compile().unwrap());
        assert_ne!(whole, without, "`{}` on line {} changes nothing", line.text, line.line);
        checked.roles.lines.insert(at, line);
    }
}

fn openings(policy: &Policy) -> Vec<(App, Kind, Operation, Opening)> {
    let mut all = Vec::new();
    for app in std::iter::once(&App::DEFAULT).chain(policy.access().apps()) {
        for &kind in Kind::ALL {
            for &operation in Operation::ALL {
                let found = policy.access().openings(app, kind, operation);
                all.extend(found.iter().map(|opening| (app.clone(), kind, operation, opening.clone())));
            }
        }
    }
    all
}

#[test]
fn without_any_one_access_rule_or_need_less_is_open() {
    let files = Files::built_in();
    let mut checked = Checked::read(&files).unwrap();
    let whole = openings(&checked.compile().unwrap());
    for at in 0..checked.access.needs.len() {
        let need = checked.access.needs.remove(at);
        assert!(openings(&checked.compile().unwrap()).len() < whole.len(), "{need:?}");
        checked.access.needs.insert(at, need);
    }
    for at in 0..checked.access.rules.len() {
        let rule = checked.access.rules.remove(at);
        assert!(openings(&checked.compile().unwrap()).len() < whole.len(), "{rule:?}");
        checked.access.rules.insert(at, rule);
    }
}
