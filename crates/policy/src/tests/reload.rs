//! Reloading: all or nothing.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bailiwick_domain::ports::{PolicyError, PolicySource};
use bailiwick_domain::{Kind, Operation, Policy};

use crate::files::{ACCESS, Files, MODEL, ROLES};
use crate::{FilePolicy, check};

fn write(directory: &Path, files: &Files) {
    fs::write(directory.join(MODEL), &files.model.text).unwrap();
    fs::write(directory.join(ROLES), &files.roles.text).unwrap();
    fs::write(directory.join(ACCESS), &files.access.text).unwrap();
}

fn may_delete_jobs(policy: &FilePolicy) -> bool {
    policy.current().role("reviewer").unwrap().rights.scope(Kind::Job, Operation::Delete).is_some()
}

/// What a server does when its files are to be put in force.
async fn reload(policy: &FilePolicy) -> Result<Arc<Policy>, PolicyError> {
    let text = policy.read().await?;
    let compiled = policy.compile(&text).await?;
    assert_eq!(compiled.version(), text.version);
    policy.enforce(compiled);
    Ok(policy.current())
}

#[tokio::test]
async fn good_files_come_into_force_and_bad_ones_leave_the_old_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = Files::built_in();
    write(directory.path(), &files);
    let policy = FilePolicy::load(directory.path()).unwrap();
    let before = policy.current();
    assert!(!may_delete_jobs(&policy));

    files.roles.text =
        files.roles.text.replace("p, reviewer, task, edit, global", "p, reviewer, job, delete, global");
    write(directory.path(), &files);
    reload(&policy).await.unwrap();
    assert!(may_delete_jobs(&policy));
    assert_ne!(policy.current().version(), before.version());
    assert!(before.role("reviewer").unwrap().rights.scope(Kind::Job, Operation::Delete).is_none());

    let good = policy.current();
    files.roles.text.push_str("# why\np, container, job, veiw, own\n");
    write(directory.path(), &files);
    let why = reload(&policy).await.unwrap_err().to_string();
    let last = files.roles.text.lines().count();
    assert!(why.contains(&format!("roles.csv:{last}: `veiw` is no operation: ")), "{why}");
    assert_eq!(policy.current().version(), good.version());

    fs::remove_file(directory.path().join(ACCESS)).unwrap();
    let why = reload(&policy).await.unwrap_err().to_string();
    assert!(why.contains("access_rules.json:1: the file can't be read: "), "{why}");
    assert_eq!(policy.current().version(), good.version());
}

#[tokio::test]
async fn the_built_in_files_need_no_directory() {
    let policy = FilePolicy::built_in().unwrap();
    let before = policy.current();
    assert_eq!(reload(&policy).await.unwrap().version(), before.version());
}

#[test]
fn checking_counts_what_is_there() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &Files::built_in());
    let summary = check(Some(directory.path())).unwrap();
    assert_eq!((summary.roles, summary.includes, summary.access_rules), (22, 9, 22));
    assert_eq!(summary.version, FilePolicy::built_in().unwrap().current().version());
}
