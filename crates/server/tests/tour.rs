//! The README's tour, command by command, holds as it is written: on SQLite and in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use std::process::Command;

use support::Server;

const README: &str = include_str!("../../../README.md");

/// A block of commands and what the README says that it prints.
struct Step {
    commands: String,
    prints: Option<String>,
}

fn steps() -> Vec<Step> {
    let tour = README.split("## A tour with curl").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = tour;
    while let Some((_, after)) = rest.split_once("```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (block, after) = after.split_once("```").unwrap();
        match language {
            "sh" => steps.push(Step { commands: block.to_owned(), prints: None }),
            "text" => steps.last_mut().unwrap().prints = Some(block.to_owned()),
            other => panic!("a block of {other}"),
        }
        rest = after;
    }
    steps
}

/// Whether text is what the README says, where `…` stands for anything.
fn fits(said: &str, printed: &str) -> bool {
    let mut parts = said.trim_end().split('…');
    let Some(mut rest) = parts.next().and_then(|first| printed.trim_end().strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || rest.is_empty() || printed.trim_end().ends_with(part),
    }
}

fn take(storage: &[&str]) {
    let place = tempfile::tempdir().unwrap();
    let mut arguments = vec!["--demo"];
    arguments.extend(storage);
    let server = Server::start(&place, &arguments);
    let steps = steps();
    assert!(steps.len() > 7, "the tour has {} steps", steps.len());
    let script: String =
        steps.iter().map(|step| format!("{}\necho; echo '=== end of step'\n", step.commands)).collect();
    let script = script.replace("127.0.0.1:8080", &server.address);
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut seen = 0;
    for (step, printed) in steps.iter().zip(printed.split("=== end of step\n")) {
        if let Some(said) = &step.prints {
            seen += 1;
            assert!(
                fits(said, printed),
                "{}\nis said to print\n{said}\nand prints\n{printed}",
                step.commands
            );
        }
    }
    assert!(seen > 6, "only {seen} steps say what they print");
}

#[test]
fn the_tour_holds_on_sqlite() {
    take(&[]);
}

#[test]
fn the_tour_holds_in_memory() {
    take(&["--database", "memory:"]);
}

#[test]
fn a_wrong_answer_would_be_noticed() {
    assert!(fits("a…c", "a b c"));
    assert!(!fits("a…c", "a b d"));
    assert!(!fits("204\n412\n", "204\n200\n"));
    assert!(!fits("…\"version\":1…", "\"version\":2"));
}
