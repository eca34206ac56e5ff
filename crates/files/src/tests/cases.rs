//! What holds wherever files lie.

use std::time::Duration;

use super::*;
use crate::writer::PART;

/// More than one part, and not a whole number of parts.
const LARGE: usize = 12 * 1024 * 1024 + 1;

pub async fn bytes_come_back(files: ObjectFiles) {
    let sizes = [
        (0, 1),
        (1, 1),
        (1000, 7),
        (PART, 1024 * 1024),
        (PART + 1, PART + 1),
        (LARGE, 65_521),
        (2 * PART, PART),
        (3 * PART + 5, 2 * PART + 3),
    ];
    for (number, (size, piece)) in (1..).zip(sizes) {
        let all = bytes(size);
        begin(&files, id(number), &all, piece).await.finish().await.unwrap();
        let found = read(&files, id(number), 0, size as u64).await.unwrap();
        assert!(found == all, "{size} bytes in pieces of {piece}");
        assert!(size > 0 || !is_gone(&files, id(number)).await, "a file without bytes is one");
    }
}

pub async fn ranges_come_back(files: ObjectFiles) {
    let all = bytes(LARGE);
    store(&files, id(1), &all).await;
    let ranges =
        [(0, 1), (0, 0), (1, 2), (PART - 1, 2), (PART, 1), (LARGE - 1, 1), (LARGE, 0), (12_345, 3_000_000)];
    for (from, length) in ranges {
        let found = read(&files, id(1), from as u64, length as u64).await.unwrap();
        assert!(found == all[from..from + length], "{length} from {from} on");
    }
    assert!(read(&files, id(2), 7, 0).await.unwrap().is_empty(), "no bytes need no file");
}

pub async fn more_than_there_is_is_refused(files: ObjectFiles) {
    store(&files, id(1), &bytes(10)).await;
    for (from, length) in [(0, 11), (9, 2), (10, 1), (11, 1), (1, u64::MAX), (u64::MAX, 1)] {
        let found = read(&files, id(1), from, length).await;
        assert!(matches!(found, Err(FileStoreError::Unavailable(_))), "{length} from {from} on: {found:?}");
    }
}

pub async fn nothing_is_there_before_the_end(files: ObjectFiles) {
    for (number, size) in [(1, 0), (2, 10), (3, LARGE)] {
        let all = bytes(size);
        let writer = begin(&files, id(number), &all, 1024 * 1024).await;
        assert!(is_gone(&files, id(number)).await, "{size}");
        writer.finish().await.unwrap();
        assert!(read(&files, id(number), 0, size as u64).await.unwrap() == all, "{size}");
    }
}

pub async fn what_is_given_up_is_not_there(files: ObjectFiles) {
    for size in [0, 10, LARGE] {
        begin(&files, id(1), &bytes(size), 1024 * 1024).await.give_up().await.unwrap();
        assert!(is_gone(&files, id(1)).await, "{size}");
    }
    store(&files, id(1), &[1]).await;
}

pub async fn what_is_dropped_is_not_there(files: ObjectFiles) {
    for size in [0, 10, LARGE] {
        drop(begin(&files, id(1), &bytes(size), 1024 * 1024).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(is_gone(&files, id(1)).await, "{size}");
    }
    store(&files, id(1), &[1]).await;
}

pub async fn what_is_stored_stays(files: ObjectFiles) {
    for (number, first) in [(1, 10), (2, LARGE)] {
        let all = bytes(first);
        store(&files, id(number), &all).await;
        for second in [0, 11, LARGE + 1] {
            let writer = begin(&files, id(number), &vec![7; second], 1024 * 1024).await;
            let finished = writer.finish().await;
            assert!(matches!(finished, Err(FileStoreError::Unavailable(_))), "{finished:?}");
            let found = read(&files, id(number), 0, first as u64).await.unwrap();
            assert!(found == all, "{second} over {first}");
        }
    }
}

pub async fn writers_do_not_disturb_each_other(files: ObjectFiles) {
    let both = [bytes(LARGE), bytes(LARGE).into_iter().rev().collect::<Vec<_>>()];
    let mut one = files.write(id(1)).await.unwrap();
    // The same directory.
    let mut other = files.write(id(0x101)).await.unwrap();
    for (left, right) in both[0].chunks(99_991).zip(both[1].chunks(99_991)) {
        let (left, right) = tokio::join!(one.part(left.to_vec()), other.part(right.to_vec()));
        left.and(right).unwrap();
    }
    let (left, right) = tokio::join!(one.finish(), other.finish());
    left.and(right).unwrap();
    for (id, all) in [id(1), id(0x101)].into_iter().zip(&both) {
        assert!(read(&files, id, 0, LARGE as u64).await.unwrap() == *all);
    }
}

pub async fn the_second_writer_of_an_id_is_refused(files: ObjectFiles) {
    for (number, size) in [(1, 10), (2, LARGE)] {
        let all = bytes(size);
        let first = begin(&files, id(number), &all, 1024 * 1024).await;
        let second = begin(&files, id(number), &vec![7; size], 1024 * 1024).await;
        first.finish().await.unwrap();
        assert!(second.finish().await.is_err(), "{size}");
        assert!(read(&files, id(number), 0, size as u64).await.unwrap() == all, "{size}");
    }
}

pub async fn what_is_removed_is_gone(files: ObjectFiles) {
    assert!(is_gone(&files, id(1)).await);
    files.remove(id(1)).await.unwrap();
    store(&files, id(1), &bytes(10)).await;
    store(&files, id(2), &bytes(20)).await;
    files.remove(id(1)).await.unwrap();
    files.remove(id(1)).await.unwrap();
    assert!(is_gone(&files, id(1)).await);
    assert_eq!(read(&files, id(2), 0, 20).await.unwrap(), bytes(20));
}

pub async fn a_reader_reads_on_alone(files: ObjectFiles) {
    let all = bytes(LARGE);
    store(&files, id(1), &all).await;
    let mut slow = files.read(id(1), 0, LARGE as u64).await.unwrap();
    let first = slow.next().await.unwrap().unwrap();
    assert!(read(&files, id(1), 5, 5).await.unwrap() == all[5..10]);
    assert!([first, rest(slow).await.unwrap()].concat() == all);
}
