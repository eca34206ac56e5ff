//! Rules of source files.

use std::path::Path;

use super::{files, read};

/// How many lines a file has at most.
const FILE: usize = 400;
/// How many lines a function has at most; those of tests are stories, and may be longer.
const FUNCTION: usize = 80;
/// How many lines the binary's main file has at most.
const MAIN: usize = 80;

/// What no source file holds, and why. Written in halves, so that this file holds none of it either.
const NEVER: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "what is not done is an issue, not a comment"),
    (concat!("FIX", "ME"), "what is broken is an issue, not a comment"),
    (concat!("todo", "!("), "no stubs"),
    (concat!("unimpl", "emented!("), "no stubs"),
    (concat!("#[ign", "ore"), "a test runs, or says at run time what it lacks"),
];

/// Files that break a rule, with the line.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in files("rs")? {
        let text = read(&path)?;
        let lines: Vec<&str> = text.lines().collect();
        let mut fault = |line: usize, what: &str| faults.push(format!("{}:{line}: {what}", path.display()));
        let most = if path == Path::new("crates/server/src/main.rs") { MAIN } else { FILE };
        if lines.len() > most {
            fault(lines.len(), &format!("a file of more than {most} lines wants to be two"));
        }
        if !is_compile_case(&path) && !text.starts_with("//!") {
            fault(1, "a file begins with a line that says what it is (`//!`)");
        }
        for (number, line) in lines.iter().enumerate() {
            for (word, why) in NEVER.iter().filter(|(word, _)| line.contains(word)) {
                fault(number + 1, &format!("`{word}`: {why}"));
            }
            let lint = line.trim_start().trim_start_matches("#!").trim_start_matches('#');
            let waives = lint.starts_with("[allow(") || lint.starts_with("[expect(");
            if waives && !attribute(lines.iter().skip(number)).contains("reason = ") {
                fault(number + 1, "a lint is waived with a reason");
            }
        }
        if !is_test(&path) {
            for (number, length) in long_functions(&lines) {
                fault(number, &format!("a function of {length} lines wants to be two (at most {FUNCTION})"));
            }
        }
    }
    Ok(faults)
}

/// Code that a test shows not to compile.
fn is_compile_case(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "compile_fail")
}

fn is_test(path: &Path) -> bool {
    let in_tests = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "testkit");
    in_tests || path.file_name().is_some_and(|name| name == "tests.rs")
}

/// An attribute, from its first line to the one that closes it.
fn attribute<'t>(lines: impl Iterator<Item = &'t &'t str>) -> String {
    let mut whole = String::new();
    for line in lines {
        whole.push_str(line);
        if line.trim_end().ends_with(']') {
            break;
        }
    }
    whole
}

/// First line and length of functions that are too long. The formatter puts the closing brace under the `fn`.
fn long_functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut long = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(indent) = function(line) else { continue };
        let end = lines.iter().skip(first).position(|line| {
            let same = line.len() - line.trim_start().len() == indent;
            same && (line.ends_with('}') || line.ends_with(';'))
        });
        let length = end.map_or(0, |end| end + 1);
        if length > FUNCTION {
            long.push((first + 1, length));
        }
    }
    long
}

/// The indentation of a line that begins a function.
fn function(line: &str) -> Option<usize> {
    let code = line.trim_start();
    let (before, _) = code.split_once("fn ")?;
    let is = before.split_whitespace().all(is_before_fn);
    is.then(|| line.len() - code.len())
}

fn is_before_fn(word: &str) -> bool {
    matches!(word, "pub" | "const" | "async") || word.starts_with("pub(")
}

#[cfg(test)]
mod tests {
    use super::{FUNCTION, attribute, long_functions};

    #[test]
    fn long_functions_are_found_by_their_closing_brace() {
        let body = "        let x = 1;\n".repeat(FUNCTION);
        let source = format!(
            "trait A {{\n    fn a(\n        &self,\n    );\n}}\nimpl B {{\n    pub(crate) async fn b<T>() {{\n{body}    }}\n}}\n"
        );
        let lines: Vec<&str> = source.lines().collect();
        assert_eq!(long_functions(&lines), [(7, FUNCTION + 2)]);
    }

    #[test]
    fn an_attribute_ends_where_it_is_closed() {
        let lines = ["#![expect(", "    clippy::unwrap_used,", "    reason = \"tests\"", ")]", "reason = 2"];
        assert!(attribute(lines.iter()).contains("reason = \"tests\""));
        assert!(!attribute(lines.iter()).contains('2'));
    }
}
