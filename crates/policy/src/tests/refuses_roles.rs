//! What a bad `roles.csv` gets: file, line, what stands there and what would be right.

use crate::compile::Checked;
use crate::files::Files;

/// A small good file, for the faults to stand in.
const GOOD: &str = "# [reader] reads
# why
p, reader, job, view, global
# [writer] writes
# why
g, writer, reader
# why
p, writer, job, edit, organization
";

/// Access rules that name no role.
const NOTHING_OPEN: &str = r#"{ "entitlements": {}, "tags": {}, "apps": {}, "rules": {} }"#;

fn faults(roles: &str) -> Vec<String> {
    let mut files = Files::built_in();
    files.roles.text = roles.to_owned();
    files.access.text = NOTHING_OPEN.to_owned();
    Checked::read(&files).err().map_or_else(Vec::new, |error| error.0)
}

/// The file with one line exchanged has this one fault.
#[track_caller]
fn refused(line: usize, instead: &str, at: usize, says: &str) {
    let mut lines: Vec<&str> = GOOD.lines().collect();
    lines[line - 1] = instead;
    assert_eq!(faults(&lines.join("\n")), [format!("policies/roles.csv:{at}: {says}")]);
}

#[test]
fn the_file_that_the_faults_stand_in_is_good() {
    assert_eq!(faults(GOOD), Vec::<String>::new());
}

#[test]
fn an_unknown_word() {
    refused(
        3,
        "p, reader, job, veiw, global",
        3,
        "`veiw` is no operation: view, create, edit, delete, send or receive would be right",
    );
    refused(
        3,
        "p, reader, job, view, wide",
        3,
        "`wide` is no scope: own, organization, collaboration or global would be right",
    );
    let [kind] = faults(&GOOD.replace("reader, job", "reader, jobs")).try_into().unwrap();
    assert!(kind.starts_with("policies/roles.csv:3: `jobs` is no kind: server, organization, "), "{kind}");
    refused(3, "q, reader, job, view, global", 3, "`q` begins no line: `p` or `g` does");
}

#[test]
fn quotes_which_casbin_would_take_off_again() {
    refused(
        3,
        "p, reader, job, \"view\", global",
        3,
        "`\"view\"` is no operation: view, create, edit, delete, send or receive would be right",
    );
}

#[test]
fn several_unknown_words_are_told_at_once() {
    assert_eq!(faults(&GOOD.replace("job, view, global", "jab, veiw, globe")).len(), 3);
}

#[test]
fn a_wrong_arity() {
    refused(
        3,
        "p, reader, job, view",
        3,
        "4 words belong here, as in `p, role, kind, operation, scope`; there are 3",
    );
    refused(
        6,
        "g, writer, reader, job",
        6,
        "2 words belong here, as in `g, role, included role`; there are 3",
    );
}

#[test]
fn a_rule_that_the_catalogue_does_not_hold() {
    refused(
        3,
        "p, reader, audit_event, edit, global",
        3,
        "there is no rule `audit_event:edit:global`: the server alone makes these",
    );
    refused(
        3,
        "p, reader, organization, create, own",
        3,
        "there is no rule `organization:create:own`: what hangs under the server is created with scope global alone",
    );
}

#[test]
fn a_duplicate() {
    let twice = format!("{GOOD}# why\np, writer, job, edit, organization\n");
    assert_eq!(
        faults(&twice),
        ["policies/roles.csv:10: `p, writer, job, edit, organization` says what line 8 says already"]
    );
}

#[test]
fn a_line_that_an_include_makes_dead() {
    refused(
        8,
        "p, writer, job, view, own",
        8,
        "`p, writer, job, view, own` is dead: line 3 gives this already, through an include",
    );
}

#[test]
fn a_line_that_a_wider_scope_makes_dead() {
    let narrow = format!("{GOOD}# why\np, writer, job, edit, own\n");
    assert_eq!(
        faults(&narrow),
        [
            "policies/roles.csv:10: `p, writer, job, edit, own` is dead: line 8 gives this already, with a wider scope"
        ]
    );
}

#[test]
fn an_include_that_another_include_makes_dead() {
    let chain = format!(
        "{GOOD}# [chief] leads\n# why\ng, chief, writer\n# why\ng, chief, reader\n# why\np, chief, job, delete, own\n"
    );
    assert_eq!(
        faults(&chain),
        ["policies/roles.csv:13: `g, chief, reader` is dead: `chief` holds all of `reader` without it"]
    );
}

#[test]
fn an_unknown_included_role() {
    refused(
        6,
        "g, writer, raeder",
        6,
        "there is no role `raeder` to include: reader or writer would be right",
    );
}

#[test]
fn a_cycle() {
    let cycle = GOOD
        .replace("p, reader, job, view, global", "p, reader, job, view, global\n# why\ng, reader, writer");
    assert_eq!(
        faults(&cycle),
        [
            "policies/roles.csv:5: `reader` would include itself: `writer` includes it already",
            "policies/roles.csv:8: `writer` would include itself: `reader` includes it already",
        ]
    );
}

#[test]
fn a_role_or_line_without_reason() {
    refused(
        1,
        "# [reader]",
        1,
        "role `reader` has no reason: a sentence behind its name says what it is for",
    );
    refused(
        2,
        "",
        3,
        "`p, reader, job, view, global` has no reason: a comment right above it says why it is there",
    );
}

#[test]
fn a_role_that_begins_nowhere_twice_or_elsewhere() {
    refused(
        8,
        "p, wirter, job, edit, organization",
        8,
        "there is no role `wirter`: a heading `# [wirter] what it is for` begins one",
    );
    refused(
        8,
        "p, reader, job, edit, organization",
        8,
        "`reader` does not stand under its heading `# [reader]`",
    );
    let again = format!("{GOOD}# [reader] reads\n");
    assert_eq!(faults(&again), ["policies/roles.csv:9: role `reader` begins again; it began on line 1"]);
}

#[test]
fn a_role_that_gives_nothing_or_has_a_name_that_is_taken() {
    let idle = format!("{GOOD}# [idle] idles\n");
    assert_eq!(
        faults(&idle),
        [
            "policies/roles.csv:9: role `idle` gives nothing: a p or g line, or an access rule, gives it something"
        ]
    );
    let [word] = faults(&GOOD.replace("writer", "createdUser")).try_into().unwrap();
    assert_eq!(
        word,
        "policies/roles.csv:4: `createdUser` is a word of access rules, so no role may have this name"
    );
}

#[test]
fn more_roles_than_the_table_holds() {
    let many: String = (0..129)
        .map(|at| format!("# [role{at}] one of many\n# why\np, role{at}, job, view, own\n"))
        .collect();
    assert_eq!(faults(&many), ["policies/roles.csv:385: there are more than 128 roles"]);
}

#[test]
fn a_model_that_casbin_can_not_read_or_that_says_something_else() {
    let refused = |from: &str, to: &str| {
        let mut files = Files::built_in();
        assert!(files.model.text.contains(from));
        files.model.text = files.model.text.replace(from, to);
        let compiled = Checked::read(&files).unwrap().compile();
        let message = compiled.unwrap_err().to_string();
        assert!(message.starts_with("policies/model.conf:1: "), "{message}");
    };
    refused("e = some(where (p.eft == allow))", "e = anything");
    refused("e = some(where (p.eft == allow))", "e = !some(where (p.eft == deny))");
    refused("m = r.kind ==", "m = r.kind = = ");
    refused("[matchers]", "[matcher]");
    refused("g(r.role, p.role)", "h(r.role, p.role)");
}
