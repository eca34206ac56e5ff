//! A whole day, played by a script.

use bailiwick_tests::{Site, Storage, on_every_storage};

on_every_storage!(a_day_played_in_python,);

/// docs/computations.md points to it.
async fn a_day_played_in_python(storage: Storage) {
    const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/federated_mean.py");
    let site = Site::start(storage).await;
    site.apply(include_str!("../../crates/server/src/demo.yaml")).await;
    for user in
        ["north-clinic/ada", "north-clinic/ben", "south-clinic/dan", "south-clinic/eva", "open-lab/finn"]
    {
        site.set_password(user, "try-bailiwick").await;
    }
    let play = tokio::process::Command::new("python3").args([DAY, &site.origin]).output().await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&play.stdout), String::from_utf8_lossy(&play.stderr));
    assert!(play.status.success() && told.ends_with("done\n"), "{told}");
    assert!(told.contains("the mean of 9 ages in three places: 53.00"), "{told}");
}
