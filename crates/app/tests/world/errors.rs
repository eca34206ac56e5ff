//! Bad files, each with the errors that it must give in lines that begin with `#! `.

use std::path::Path;

use crate::CLINICS;
use crate::site::Site;

#[tokio::test]
async fn every_fault_is_told_with_its_line_and_nothing_is_applied() {
    let site = Site::memory().await;
    site.apply(CLINICS).await;
    let (export, traces) = (site.export().await, site.traces().await);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/world_errors");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 30, "the table of bad files is gone");
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let prune = name.starts_with("prune");
        let expected: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("#! "))
            .map(|line| format!("world.yaml:{line}"))
            .collect();
        let found = site.try_apply(&site.operator(), &text, prune).await.err().unwrap_or_default();
        if found != expected || found.is_empty() {
            wrong.push(format!("{name} gives\n  {}\nnot\n  {}", found.join("\n  "), expected.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((site.export().await, site.traces().await), (export, traces), "something was applied");
}
