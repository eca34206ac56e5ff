//! The table and casbin say the same, over everything that can be asked.

use std::collections::BTreeMap;

use bailiwick_domain::access::{Opening, RoleSet, Words};
use bailiwick_domain::{Kind, Operation, Policy, Rule};

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
    files.access.text = ACCESS.to_owned();
    files
}

/// What is opened by role and by word.
const ACCESS: &str = r#"{
  "entitlements": { "public": "Open.", "kept": "Kept." },
  "tags": { "read": "Reading.", "write": "Writing." },
  "apps": { "default": { "job:view": "read", "source:view": "read" }, "other": { "content:edit": "write" } },
  "rules": {
    "public": { "read": { "to": ["createdUser", "r3", "r7"], "why": "Some." } },
    "kept": { "read": { "to": ["registeredUser"], "why": "All." }, "write": { "to": ["r12"], "why": "One." } }
  }
}"#;

/// What a policy opens, by entitlement and tag, in whatever app and for whatever is done.
fn opened(policy: &Policy) -> BTreeMap<(String, String), Opening> {
    let access = policy.access();
    let mut all = BTreeMap::new();
    for (app, kind) in access.apps().flat_map(|app| Kind::ALL.iter().map(move |kind| (app, *kind))) {
        for opening in Operation::ALL.iter().flat_map(|&operation| access.openings(app, kind, operation)) {
            all.insert((opening.entitlement.name().to_owned(), opening.action.clone()), opening.clone());
        }
    }
    all
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
    let opened = opened(&policy);
    for (entitlement, tag) in checked.access.entitlements.iter().flat_map(|entitlement| {
        checked.access.tags.iter().map(move |tag| (entitlement.name.clone(), tag.name.clone()))
    }) {
        let opens = |word: &str| casbin.opens(word, &entitlement, &tag).unwrap();
        let opening = opened.get(&(entitlement.clone(), tag.clone()));
        let words = opening.map_or_else(Words::default, |opening| opening.words);
        assert_eq!(words.everybody, opens("everybody"), "{entitlement} {tag}");
        assert_eq!(words.registered_user, opens("registeredUser"), "{entitlement} {tag}");
        assert_eq!(words.created_user, opens("createdUser"), "{entitlement} {tag}");
        for (index, role) in policy.roles().iter().enumerate() {
            let only = RoleSet::default().with(u8::try_from(index).unwrap());
            let table = opening.is_some_and(|opening| !opening.roles.both(only).is_empty());
            assert_eq!(table, opens(&role.name), "{entitlement} {tag} {}", role.name);
        }
    }
    assert_eq!(opened.len(), checked.access.rules.len());
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

#[test]
fn a_model_that_is_read_word_by_word_and_one_that_casbin_is_asked_about_say_the_same() {
    for files in [Files::built_in(), deep()] {
        let mut asked = files.clone();
        asked.model.text =
            asked.model.text.replace("r2.word == p2.word", "r2.word == p2.word && r2.word != \"\"");
        assert!(Judge::compares(&files.model).unwrap() && !Judge::compares(&asked.model).unwrap());
        let table = |files: &Files| opened(&Checked::read(files).unwrap().compile().unwrap());
        assert_eq!(table(&files), table(&asked));
    }
}

#[test]
fn a_model_that_says_more_than_that_words_are_equal_is_not_read_word_by_word() {
    let mut files = deep();
    files.model.text =
        files.model.text.replace("r2.word == p2.word", "r2.word == p2.word && r2.word != \"r7\"");
    let policy = Checked::read(&files).unwrap().compile().unwrap();
    let opened = opened(&policy);
    let opening = &opened[&("public".to_owned(), "read".to_owned())];
    let only = |name: &str| RoleSet::default().with(policy.index(name).unwrap());
    assert_eq!(opening.roles, only("r3"));
    for (was, is) in [
        ("p2 = word, entitlement, action", "p2 = entitlement, word, action"),
        ("r2 = word, entitlement, action", "r2 = word, action, entitlement"),
        ("r2.action == p2.action && ", ""),
        ("r2.action == p2.action && ", "r2.action == p2.action || "),
    ] {
        let mut files = Files::built_in();
        assert_eq!(files.model.text.matches(was).count(), 1, "{was}");
        files.model.text = files.model.text.replace(was, is);
        assert!(!Judge::compares(&files.model).unwrap(), "{is}");
    }
}
