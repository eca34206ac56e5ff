//! The commands of docs/backup.md, run as they stand there: what was restored is every row of what was backed up.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]
#![cfg(feature = "database")]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use bailiwick_domain::ports::{Scheme, Session};
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_testkit::databases::{Rows, connect, dump};
use bailiwick_testkit::fixture::{Sample, SeededRandom, World};
use support::{printed, run};
use tempfile::TempDir;

const PAGE: &str = include_str!("../../../docs/backup.md");

/// The commands of a section of the page, in order.
fn commands(section: &str) -> Vec<&'static str> {
    let section = PAGE.split(&format!("\n## {section}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// Runs commands in a directory, where `bailiwick` is the binary.
fn sh(place: &Path, script: &str, variables: &HashMap<&str, String>) {
    let binary = Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap().display();
    let path = format!("{binary}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).current_dir(place).env("PATH", path).envs(variables);
    let output = command.env_remove("BAILIWICK_DATABASE").output().unwrap();
    assert!(output.status.success(), "{script}{}", String::from_utf8_lossy(&output.stderr));
}

/// Something in every table but those that take nothing here.
async fn fill(url: &str) {
    let store = SeaStore::connect(url, &Options::default()).await.unwrap();
    store.migrate().await.unwrap();
    let world = World::new(store, ());
    let sample = Sample::on(&world).await;
    let north = world.organization("Straße 🦀 \\ ' \" \u{a0}").await;
    world.project(&north, "a\u{301} \u{200b}").await;
    let now = world.now();
    let unit = world.begin().await;
    unit.set_password(sample.ada.id, "$argon2id$").await.unwrap();
    unit.set_setting("secret_key", Some(&"00ff".into())).await.unwrap();
    let session = Session {
        id: world.id(),
        user_id: sample.ada.id,
        scheme: Scheme::Cookie,
        secret_hash: "5e".repeat(32),
        csrf_hash: "c5".repeat(32),
        created_at: now,
        last_seen_at: now,
        idle_at: now,
        expires_at: now,
        user_agent: "\u{0}\n\t🦀".replace('\u{0}', ""),
        client_app_id: None,
    };
    unit.add_session(&session).await.unwrap();
    unit.commit().await.unwrap();
}

async fn rows(url: &str) -> Rows {
    let db = connect(url).await;
    let rows = dump(&db).await;
    db.close().await.unwrap();
    rows
}

/// Fills one database, backs it up, restores into the other, compares; the server takes what was restored.
async fn round(section: &str, from: &str, into: &str, variables: HashMap<&str, String>) {
    fill(from).await;
    let before = rows(from).await;
    let filled = before.values().filter(|rows| !rows.is_empty()).count();
    assert!(filled >= 12, "only {filled} tables have rows");
    let place = tempfile::tempdir().unwrap();
    let [backup, restore] = commands(section)[..] else { panic!("{section}: a backup and a restore") };
    sh(place.path(), backup, &variables);
    // What comes later is not in it.
    let store = SeaStore::connect(from, &Options::default()).await.unwrap();
    let mut later = World::new(store, ());
    later.random = SeededRandom::new(2);
    later.organization("later").await;
    drop(later);
    sh(place.path(), restore, &variables);
    let after = rows(into).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (table, rows) in before {
        assert_eq!(after[&table], rows, "{table}");
    }
    assert!(!printed(&place, &["--database", into, "migrate"]).contains("pending"));
    assert!(printed(&place, &["--database", into, "export"]).contains("north"));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_backup_of_sqlite_is_restored_whole() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str| place.path().join(name).display().to_string();
    let (from, into) = (file("from.db"), file("into.db"));
    let variables = [("FROM", from.clone()), ("INTO", into.clone())].into();
    round("SQLite", &format!("sqlite://{from}"), &format!("sqlite://{into}"), variables).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_backup_of_postgres_is_restored_whole() {
    use bailiwick_testkit::servers::Server;
    let (from, into) = (Server::Postgres.bare().await, Server::Postgres.bare().await);
    let variables = [("FROM", from.url.clone()), ("INTO", into.url.clone())].into();
    round("Postgres", &from.url, &into.url, variables).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_backup_of_mysql_is_restored_whole() {
    use bailiwick_testkit::servers::Server;
    let (from, into) = (Server::MySql.bare().await, Server::MySql.bare().await);
    let (login, name) = from.url.split_once("://").unwrap().1.rsplit_once('/').unwrap();
    let (user, place) = login.split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = place.split_once(':').unwrap_or((place, "3306"));
    let at = format!("--host={host} --port={port} --user={user} --password={password}");
    let into_name = into.url.rsplit('/').next().unwrap().to_owned();
    let variables = [("AT", at), ("FROM", name.to_owned()), ("INTO", into_name)].into();
    round("MariaDB and MySQL", &from.url, &into.url, variables).await;
}

/// A command that only looks makes no database where there is none.
#[cfg(feature = "sqlite")]
#[test]
fn looking_makes_no_database() {
    let place: TempDir = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("world.yaml"), "organizations: [{name: acme}]").unwrap();
    let looks: [&[&str]; 5] = [
        &["export"],
        &["migrate", "--status"],
        &["apply", "world.yaml", "--dry-run"],
        &["backup", "copy.db"],
        &["user", "set-password", "acme/ann"],
    ];
    for arguments in looks {
        let output = run(&place, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains("`bailiwick migrate` makes it"),
            "{arguments:?}: {error}"
        );
        let there = std::fs::read_dir(place.path()).unwrap().count();
        assert_eq!(there, 1, "{arguments:?} made a file");
    }
    // Nor does looking change one that is there.
    printed(&place, &["migrate"]);
    let bytes = || std::fs::read(place.path().join("bailiwick.db")).unwrap();
    let before = bytes();
    for arguments in [&["export"][..], &["migrate", "--status"]] {
        printed(&place, arguments);
        assert!(bytes() == before, "{arguments:?} changed the database");
    }
    printed(&place, &["backup", "copy.db"]);
    assert!(!run(&place, &["backup", "copy.db"]).status.success(), "a file that is there stays as it is");
}

/// What a command wrote is in the file alone: who copies that has all.
#[cfg(feature = "sqlite")]
#[test]
fn a_command_leaves_no_log_beside_the_file() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("world.yaml"), "organizations: [{name: acme}]").unwrap();
    for arguments in [&["apply", "world.yaml"][..], &["apply", "world.yaml", "--dry-run"], &["export"]] {
        printed(&place, arguments);
        assert!(!place.path().join("bailiwick.db-wal").exists(), "{arguments:?}");
    }
    std::fs::copy(place.path().join("bailiwick.db"), place.path().join("copy.db")).unwrap();
    assert!(printed(&place, &["--database", "sqlite://copy.db", "export"]).contains("acme"));
}

#[test]
fn an_address_that_this_build_does_not_know_is_told_what_it_knows() {
    let place = tempfile::tempdir().unwrap();
    let error = run(&place, &["--database", "oracle://scott:tiger@there/db", "migrate"]).stderr;
    let error = String::from_utf8(error).unwrap();
    assert!(error.contains("no storage `oracle:`") && !error.contains("tiger"), "{error}");
    for (feature, scheme) in [
        (cfg!(feature = "sqlite"), "sqlite"),
        (cfg!(feature = "postgres"), "postgres"),
        (cfg!(feature = "memory"), "memory"),
    ] {
        assert!(!feature || error.contains(scheme), "{error}");
    }
}
