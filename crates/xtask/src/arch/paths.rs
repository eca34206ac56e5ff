//! What documents name is there: files in backticks, and links to other pages.

use std::path::Path;

use super::{files, read};
use crate::run::root;

/// Where a path begins that a document may name.
const ROOTS: &[&str] = &["crates/", "migrations/", "policies/", "tests/", "docs/", "deploy/", ".ci/"];

/// Names of files that are not there.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for page in files("md")? {
        let text = read(&page)?;
        let home = page.parent().unwrap_or(Path::new(""));
        for (number, line) in text.lines().enumerate() {
            let named = quoted(line).filter(|path| ROOTS.iter().any(|root| path.starts_with(root)));
            let missing = named.filter(|path| !is_there(Path::new(path))).map(str::to_owned);
            let linked = links(line).filter(|path| !is_there(&home.join(path))).map(str::to_owned);
            faults.extend(
                missing
                    .chain(linked)
                    .map(|path| format!("{}:{}: there is no {path}", page.display(), number + 1)),
            );
        }
    }
    Ok(faults)
}

fn is_there(path: &Path) -> bool {
    root().join(path).exists()
}

/// What stands between backticks, where it is a single path. `*`, `NAME` and the like stand for many.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    let plain = |text: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "/._-".contains(letter))
    };
    line.split('`').skip(1).step_by(2).filter(move |text| plain(text))
}

/// Where links lead that stay inside the workspace.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', '#']).next()?;
        let outside = target.is_empty() || target.contains(':') || target.contains('{');
        (!outside).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::{links, quoted};

    #[test]
    fn what_a_line_names() {
        let line = "Read `crates/app/src/lib.rs` and `crates/*/src`, then [the tour](tour.md#way) or [it](https://a.b).";
        assert_eq!(quoted(line).collect::<Vec<_>>(), ["crates/app/src/lib.rs"]);
        assert_eq!(links(line).collect::<Vec<_>>(), ["tour.md"]);
    }
}
