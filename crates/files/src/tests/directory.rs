//! What holds of files in a directory alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::writer::PART;

/// Every file below a directory, by its path in it.
fn below(directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn place() -> (ObjectFiles, TempDir) {
    let directory = TempDir::new().unwrap();
    (ObjectFiles::open(&format!("file:{}", directory.path().display())).unwrap(), directory)
}

#[tokio::test]
async fn ids_stay_in_the_directory_each_at_a_place_of_its_own() {
    let outer = TempDir::new().unwrap();
    let files = ObjectFiles::open(&format!("file://{}/in here/100%", outer.path().display())).unwrap();
    let ids = [Uuid::nil(), Uuid::max(), id(0x2e2e_2f2e_2e2f), id(0x0192_0000_0000_7000_8000_0000_0000_00ab)];
    for id in ids {
        store(&files, id, &[1]).await;
    }
    let mut wanted: Vec<PathBuf> = [
        "00/00000000-0000-0000-0000-000000000000",
        "2f/00000000-0000-0000-0000-2e2e2f2e2e2f",
        "ab/01920000-0000-7000-8000-0000000000ab",
        "ff/ffffffff-ffff-ffff-ffff-ffffffffffff",
    ]
    .map(|path| Path::new("in here/100%").join(path))
    .into();
    wanted.sort();
    assert_eq!(below(outer.path()), wanted);
    for id in ids {
        files.remove(id).await.unwrap();
    }
    assert_eq!(below(outer.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn writers_that_do_not_finish_leave_no_file_behind() {
    let (files, directory) = place();
    let all = bytes(2 * PART);
    let writer = begin(&files, id(1), &all, PART / 2).await;
    assert_eq!(below(directory.path()), [Path::new("01").join(format!("{}#1", id(1)))]);
    writer.give_up().await.unwrap();
    assert_eq!(below(directory.path()), Vec::<PathBuf>::new());

    drop(begin(&files, id(1), &all, PART / 2).await);
    for _ in 0..100 {
        if below(directory.path()).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a dropped writer left {:?}", below(directory.path()));
}

#[tokio::test]
async fn a_file_that_another_hand_cut_short_is_an_error_and_not_an_endless_wait() {
    let (files, directory) = place();
    store(&files, id(1), &bytes(1000)).await;
    let path = directory.path().join("01").join(id(1).to_string());
    let reader = files.read(id(1), 0, 1000).await.unwrap();
    std::fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap();
    assert!(matches!(rest(reader).await, Err(FileStoreError::Unavailable(_))));
    assert!(matches!(read(&files, id(1), 0, 1000).await, Err(FileStoreError::Unavailable(_))));
}

#[tokio::test]
async fn what_was_left_by_a_crash_is_in_nobody_s_way() {
    let (files, directory) = place();
    let staged = directory.path().join("01").join(format!("{}#1", id(1)));
    std::fs::create_dir(directory.path().join("01")).unwrap();
    std::fs::write(&staged, "half").unwrap();
    assert!(is_gone(&files, id(1)).await);
    for (number, size) in [(1, 10), (0x101, 2 * PART)] {
        store(&files, id(number), &bytes(size)).await;
        assert!(read(&files, id(number), 0, size as u64).await.unwrap() == bytes(size));
    }
    assert_eq!(std::fs::read(staged).unwrap(), b"half");
}

#[cfg(unix)]
#[tokio::test]
async fn what_can_not_be_reached_is_unavailable() {
    let (files, directory) = place();
    // A file where a directory should be.
    std::fs::write(directory.path().join("01"), "").unwrap();
    let mut writer = files.write(id(1)).await.unwrap();
    writer.part(vec![1]).await.unwrap();
    assert!(matches!(writer.finish().await, Err(FileStoreError::Unavailable(_))));
    assert!(matches!(read(&files, id(1), 0, 1).await, Err(FileStoreError::Unavailable(_))));
}
