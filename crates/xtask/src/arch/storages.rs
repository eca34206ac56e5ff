//! Each storage alone: the server that is built for one contains no driver of another.

use std::collections::BTreeSet;

use crate::run::{cargo, printed};

/// Storages by feature, each with the packages that only it needs.
const DRIVERS: &[(&str, &[&str])] = &[
    ("sqlite", &["sqlx-sqlite", "libsqlite3-sys"]),
    ("postgres", &["sqlx-postgres"]),
    ("mysql", &["sqlx-mysql"]),
    ("memory", &["bailiwick-memory"]),
];

/// What no server contains that has no database.
const DATABASE: &[&str] = &["sea-orm", "sqlx", "bailiwick-persistence", "bailiwick-migrations"];

/// The features, each of which is enough by itself.
pub fn features() -> impl Iterator<Item = &'static str> {
    DRIVERS.iter().map(|(feature, _)| *feature)
}

/// Drivers that are missing, or that should not be there.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for &(feature, own) in DRIVERS {
        let tree = format!(
            "tree --locked --package bailiwick-server --no-default-features --features {feature} --edges normal \
             --prefix none --format {{p}}"
        );
        let tree = printed(&mut cargo(&tree))?;
        let there: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let missing = own.iter().filter(|package| !there.contains(*package));
        faults.extend(missing.map(|package| format!("server with {feature} alone lacks {package}")));
        let of_others = DRIVERS.iter().filter(|(other, _)| *other != feature).flat_map(|(_, theirs)| *theirs);
        let no_database = DATABASE.iter().filter(|_| feature == "memory");
        let strange = of_others.chain(no_database).filter(|package| there.contains(*package));
        faults.extend(strange.map(|package| format!("server with {feature} alone contains {package}")));
    }
    Ok(faults)
}
