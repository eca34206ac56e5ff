//! Three annotators, a reviewer and a manager, played by a script.

use std::time::Duration;

use bailiwick_app::work;
use bailiwick_tests::{Site, Storage, on_every_storage};

on_every_storage!(images_annotated_by_a_day_played_in_python,);

/// docs/work.md points to it.
async fn images_annotated_by_a_day_played_in_python(storage: Storage) {
    const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/annotate_images.py");
    const IMAGES: &str = "60";
    let site = Site::start(storage).await;
    site.apply(include_str!("../crates/server/src/demo.yaml")).await;
    for user in ["north-clinic/ada", "north-clinic/ben", "south-clinic/eva"] {
        site.set_password(user, "try-bailiwick").await;
    }
    let working = async {
        loop {
            work::go_on(&site.app).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let place = tempfile::tempdir().unwrap();
    let coco = place.path().join("coco.json");
    let mut play = tokio::process::Command::new("python3");
    let play = play.args([DAY, &site.origin, IMAGES]).arg(&coco).output();
    let play = tokio::select! { ended = play => ended.unwrap(), () = working => unreachable!() };
    let told = format!("{}{}", String::from_utf8_lossy(&play.stdout), String::from_utf8_lossy(&play.stderr));
    assert!(play.status.success(), "{told}");
    assert!(
        told.contains("60 images, one task for each") && told.contains("every one of them right"),
        "{told}"
    );
}
