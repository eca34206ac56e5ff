//! Three annotators, a reviewer and a manager, played by a script.

use std::path::Path;
use std::time::Duration;

use bailiwick_app::work;
use bailiwick_tests::{Site, Storage, on_every_storage};
use tokio::process::Command;

on_every_storage!(images_are_annotated_in_a_day_played_in_python,);

async fn images_are_annotated_in_a_day_played_in_python(storage: Storage) {
    let place = tempfile::tempdir().unwrap();
    play(storage, 60, &place.path().join("coco.json")).await;
}

/// A thousand images, exported, and read by pycocotools.
#[tokio::test]
async fn a_public_coco_reader_takes_what_a_day_played_in_python_gave() {
    const READ: &str = "\
import sys
from pycocotools.coco import COCO
coco = COCO(sys.argv[1])
(patch,) = coco.getCatIds(catNms=['patch'])
assert len(coco.getImgIds()) == 1000, len(coco.getImgIds())
assert len(coco.getImgIds(catIds=[patch])) == 1000
for said in coco.loadAnns(coco.getAnnIds(catIds=[patch])):
    (image,) = coco.loadImgs(said['image_id'])
    x, y, width, height = said['bbox']
    assert (image['width'], image['height']) == (64, 48), image
    assert 0 <= x and x + width <= 64 and 0 <= y and y + height <= 48, said
    assert coco.annToMask(said).sum() > 0, said
print('read')
";
    let place = tempfile::tempdir().unwrap();
    let coco = place.path().join("coco.json");
    play(Storage::Sqlite, 1_000, &coco).await;
    let read = Command::new("python3").args(["-c", READ]).arg(&coco).output().await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    assert!(read.status.success() && told.ends_with("read\n"), "{told}");
}

/// The day of docs/work.md, with so many images.
async fn play(storage: Storage, images: usize, coco: &Path) {
    const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/annotate_images.py");
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
    let mut play = Command::new("python3");
    let play = play.args([DAY, &site.origin, &images.to_string()]).arg(coco).output();
    let play = tokio::select! { ended = play => ended.unwrap(), () = working => unreachable!() };
    let told = format!("{}{}", String::from_utf8_lossy(&play.stdout), String::from_utf8_lossy(&play.stderr));
    let begins = format!("{images} images, one task for each");
    assert!(play.status.success() && told.contains(&begins), "{told}");
    assert!(told.contains("every one of them right"), "{told}");
}
