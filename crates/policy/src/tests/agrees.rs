//! The table and casbin say the same, over everything that can be asked.

use bailiwick_domain::access::{App, RoleSet};
use bailiwick_domain::{Kind, Rule};

use crate::compile::Checked;
use crate::files::Files;
use crate::judge::Judge;

/// Includes twelve deep, a wide and a narrow scope, access rules by role and by word.
const DEEP: usize = 12;

fn deep() -> Files {
    let mut files = Files::built_in();
    let mut roles = "# [r0] first\n# why\np, r0, content, view, collaboration\n".to_owned();
    for at in 1..=DEEP {
        let before = at - 1;
        roles.push_str(&format!(
            "# [r{at}] next\n# why\ng, r{at}, r{before}\n# why\np, r{at}, {}, view, organization\n",
            Kind::ALL[at]
        ));
    }
    files.roles.text = roles;
    files.access.text = files.access.text.replace(r#"["everybody"]"#, r#"["createdUser", "r3", "r7"]"#);
    files
}

fn agrees(files: &Files) {
    let checked = Checked::read(files).unwrap();
    let policy = checked.compile().unwrap();
    let lines = format!("{}\n{}", files.roles.text, checked.access_lines());
    let casbin = Judge::over(&files.model, &lines).unwrap();
    let mut allowed = 0;
    for role in policy.roles() {
        for rule in Rule::catalogue() {
            let table = role.rights.scope(rule.kind, rule.operation).is_some_and(|scope| scope >= rule.scope);
            assert_eq!(table, casbin.allows(&role.name, rule).unwrap(), "{} {rule}", role.name);
            allowed += usize::from(table);
        }
        for (index, other) in policy.roles().iter().enumerate() {
            let only = RoleSet::default().with(u8::try_from(index).unwrap());
            let table = !role.roles.both(only).is_empty();
            assert_eq!(table, casbin.includes(&role.name, &other.name), "{} {}", role.name, other.name);
        }
    }
    assert!(allowed > 10);
    let openings = policy.access().openings(&App::DEFAULT, Kind::Job, bailiwick_domain::Operation::View);
    assert_eq!(openings.len(), 1);
    for opening in openings {
        let opens = |word: &str| casbin.opens(word, opening.entitlement.name(), &opening.action).unwrap();
        assert_eq!(opening.words.everybody, opens("everybody"));
        assert_eq!(opening.words.registered_user, opens("registeredUser"));
        assert_eq!(opening.words.created_user, opens("createdUser"));
        for (index, role) in policy.roles().iter().enumerate() {
            let only = RoleSet::default().with(u8::try_from(index).unwrap());
            assert_eq!(!opening.roles.both(only).is_empty(), opens(&role.name), "{}", role.name);
        }
    }
}

#[test]
fn the_shipped_table_and_casbin_agree_over_the_whole_domain() {
    agrees(&Files::built_in());
}

#[test]
fn table_and_casbin_agree_on_deep_includes_and_narrow_scopes() {
    agrees(&deep());
}

#[test]
fn includes_are_followed_to_the_end() {
    let files = deep();
    let policy = Checked::read(&files).unwrap().compile().unwrap();
    let last = policy.role(&format!("r{DEEP}")).unwrap();
    assert_eq!(
        last.rights.scope(Kind::Content, bailiwick_domain::Operation::View),
        Some(bailiwick_domain::Scope::Collaboration)
    );
}
