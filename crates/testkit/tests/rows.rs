//! Every row of the decision tables, through the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bailiwick_testkit::decisions::{Expect, Row, read_folder};
use bailiwick_testkit::judge::answer;
use bailiwick_testkit::oracle::Verdict;

fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/decisions");
    std::env::var_os("DECISIONS_DIR").map_or_else(own, PathBuf::from)
}

fn agrees(row: &Row, verdict: &Verdict) -> bool {
    match (row.expect, verdict) {
        (Expect::Allow, Verdict::Allow) => true,
        (Expect::Deny, Verdict::Deny(answer)) => row.answer.is_none_or(|expected| expected == *answer),
        (Expect::List, Verdict::List(ids)) => {
            row.ids.iter().flatten().cloned().collect::<BTreeSet<_>>() == *ids
        }
        _ => false,
    }
}

#[test]
fn the_gate_agrees_with_every_row() {
    let folder = folder();
    let tables = read_folder(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut differences = Vec::new();
    for (file, row) in tables.iter().flat_map(|(file, rows)| rows.iter().map(move |row| (file, row))) {
        let verdict = answer(&row.world, row.caller.as_deref(), &row.ask);
        let (agreeing, differing) = counts.entry(file).or_default();
        if agrees(row, &verdict) {
            *agreeing += 1;
        } else {
            *differing += 1;
            let expected = (row.expect, row.answer, &row.ids);
            differences.push(format!("{file} {}: expected {expected:?}, got {verdict:?}", row.id));
        }
    }
    for (file, (agreeing, differing)) in &counts {
        println!("{file}: {} rows, {agreeing} agreeing, {differing} differing", agreeing + differing);
    }
    assert!(counts.values().any(|(agreeing, _)| *agreeing > 0), "no rows in {}", folder.display());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
