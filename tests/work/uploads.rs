//! Uploads: what is refused, and that nothing of it stays.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::house::{House, NOTHING, one, upload, wrong};

on_every_storage!(
    a_file_is_what_was_sent,
    bytes_that_are_not_what_is_said_are_refused,
    a_name_is_a_name_and_no_path,
    too_many_bytes_are_refused,
    an_upload_that_broke_off_leaves_nothing,
    an_upload_that_comes_twice_is_one_file,
    who_may_make_no_file_sends_none,
);

on_servers!(
    a_file_is_what_was_sent,
    bytes_that_are_not_what_is_said_are_refused,
    an_upload_that_broke_off_leaves_nothing,
    an_upload_that_comes_twice_is_one_file,
);

/// The beginning of a picture of this size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn files(house: &House) -> String {
    format!("/projects/{}/files", house.home)
}

/// Fails where a row or bytes that belong to nothing have stayed.
async fn nothing_stayed(house: &House, rows: usize) {
    assert_eq!(house.root.all("/files").await.len(), rows, "a refused upload left a row");
    let later = house.site.app.clock.now() + Duration::days(30);
    let strays = house.site.app.store.strays(later, 10).await.unwrap();
    assert!(strays.is_empty(), "a refused upload left bytes: {strays:?}");
}

async fn a_file_is_what_was_sent(storage: Storage) {
    let house = House::set(storage).await;
    let picture = png(640, 480);
    let dataset = house.dataset("scans", &[]).await;
    let path = format!("{}?name=scan%20one.png&dataset_id={dataset}", files(&house));
    let made = upload(&house.ed, &path, "image/png", picture.clone()).await.is(201);
    let location = made.headers["location"].to_str().unwrap();
    assert_eq!(location, format!("/api/v1/files/{}", made.id()));
    let shown = house.vic.get(location).await.is(200).body;
    assert_eq!((&shown["name"], &shown["media_type"]), (&json!("scan one.png"), &json!("image/png")));
    assert_eq!((&shown["width"], &shown["height"], &shown["bytes"]), (&json!(640), &json!(480), &json!(33)));
    assert_eq!(shown["sha256"].as_str().unwrap().len(), 64);
    // Bytes of which nothing is known are what they are said to be.
    for (number, bytes) in
        [&b"words"[..], &[0; 300][..], &[0xfe, 0x93, 0x07][..], &b""[..]].iter().enumerate()
    {
        let path = format!("{}?name=plain-{number}", files(&house));
        let made = upload(&house.ed, &path, "application/octet-stream", bytes.to_vec()).await.is(201);
        assert_eq!(made.body["media_type"], "application/octet-stream");
    }
    // What was said of it is compared, in upper case too.
    let said = shown["sha256"].as_str().unwrap().to_uppercase();
    let again = format!("{}?name=two.png&sha256={said}", files(&house));
    upload(&house.ed, &again, "image/png", picture).await.is(201);
    let held = house.vic.get(&format!("/datasets/{dataset}/files")).await.is(200);
    assert_eq!(held.ids(), [made.id()]);
    // A type is taken without what stands behind it, and bytes without one are bytes.
    let text =
        upload(&house.ed, &format!("{}?name=t", files(&house)), "Text/Plain; charset=utf-8", "é").await;
    assert_eq!(text.is(201).body["media_type"], "text/plain");
    // Nothing at all is a file, too.
    let empty = upload(&house.ed, &format!("{}?name=empty", files(&house)), "text/plain", "").await.is(201);
    assert_eq!(empty.body["bytes"], 0);
    assert_eq!(house.vic.get(&format!("/files/{}/content", empty.id())).await.is(200).body, "");
    nothing_stayed(&house, 8).await;
}

async fn bytes_that_are_not_what_is_said_are_refused(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("{}?name=x", files(&house));
    for (mime, bytes) in [
        ("image/png", b"words".to_vec()),
        ("image/jpeg", png(1, 1)),
        ("text/html", png(1, 1)),
        ("application/pdf", b"<html></html>".to_vec()),
        ("image/png", b"%PDF-1.7".to_vec()),
    ] {
        let refused = upload(&house.ed, &path, mime, bytes).await;
        let text = mime.starts_with("text/");
        // Text is a word for many things: it is kept, and never shown as anything but a download.
        if text && refused.status == 201 {
            house.ed.delete(&format!("/files/{}", refused.id())).await.is(204);
            house.go_on().await;
            continue;
        }
        wrong(refused, "Content-Type");
    }
    for mime in ["picture", "image/", "/png", "a/b/c", "image/p n g", "font/woff"] {
        wrong(upload(&house.ed, &path, mime, "words").await, "Content-Type");
    }
    // Of other bytes; what is no hash.
    for hash in [&"0".repeat(64), "", "abc", &"x".repeat(64)] {
        wrong(upload(&house.ed, &format!("{path}&sha256={hash}"), "text/plain", "words").await, "sha256");
    }
    for id in ["none", NOTHING] {
        wrong(
            upload(&house.ed, &format!("{path}&dataset_id={id}"), "text/plain", "words").await,
            "dataset_id",
        );
    }
    wrong(upload(&house.ed, &format!("{path}&colour=red"), "text/plain", "words").await, "colour");
    house
        .ed
        .clone()
        .with("content-encoding", "gzip")
        .send_raw(reqwest::Method::POST, &path, "text/plain", "words")
        .await
        .is(415);
    nothing_stayed(&house, 0).await;
}

async fn a_name_is_a_name_and_no_path(storage: Storage) {
    let house = House::set(storage).await;
    wrong(upload(&house.ed, &files(&house), "text/plain", "words").await, "name");
    for name in
        ["", "a/b", "..%2F..%2Fetc%2Fpasswd", "%2Fetc", ".", "..", "a%00b", "%20a", "a%0Ab", &"x".repeat(201)]
    {
        wrong(
            upload(&house.ed, &format!("{}?name={name}", files(&house)), "text/plain", "words").await,
            "name",
        );
    }
    upload(&house.ed, &format!("{}?name=..a", files(&house)), "text/plain", "words").await.is(201);
    let taken =
        upload(&house.ed, &format!("{}?name=..a", files(&house)), "text/plain", "others").await.is(409);
    assert_eq!(taken.body["type"], "urn:bailiwick:problem:taken");
    nothing_stayed(&house, 1).await;
    // Another project has names of its own.
    let next = one(&house.root, "projects", "next").await;
    house.file_in(&house.root, &next, "..a").await;
    let renamed = house.file("b").await;
    house.ed.patch(&format!("/files/{renamed}"), json!({ "name": "..a" })).await.is(409);
    house.ed.patch(&format!("/files/{renamed}"), json!({ "name": "a/b" })).await.is(422);
    house.ed.patch(&format!("/files/{renamed}"), json!({ "bytes": 1 })).await.is(422);
}

async fn too_many_bytes_are_refused(storage: Storage) {
    let house = House::set(storage).await;
    let limit = usize::try_from(house.site.app.file_rules.limit).unwrap();
    let path = format!("{}?name=x", files(&house));
    // Said to be too long, it is refused before it is sent.
    let head = format!("content-length: {}\r\n", limit + 1);
    let answer = on_the_wire(&house, &path, &head, b"words").await;
    assert!(answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 422"), "{answer}");
    nothing_stayed(&house, 0).await;
}

/// What the server answers to a request whose client sends these bytes and then no more.
async fn on_the_wire(house: &House, path: &str, head: &str, bytes: &[u8]) -> String {
    let anon = house.site.anon();
    let login = json!({ "username": "north/ed", "password": "password of north/ed" });
    let token =
        anon.post("/auth/tokens", login).await.is(201).body["access_token"].as_str().unwrap().to_owned();
    let address = house.site.origin.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: text/plain\r\n{head}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(10), read).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn an_upload_that_broke_off_leaves_nothing(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("{}?name=x", files(&house));
    let long = vec![b'x'; 700_000];
    for (head, bytes) in [
        ("content-length: 100\r\n", b"words".as_slice()),
        ("content-length: 1000000\r\n", &long),
        ("transfer-encoding: chunked\r\n", b"5\r\nwords\r\n"),
        ("transfer-encoding: chunked\r\n", b"zz\r\n"),
    ] {
        let answer = on_the_wire(&house, &path, head, bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{head}: {answer}");
    }
    assert!(house.root.all("/files").await.is_empty());
    // A handler that nobody waits for any more takes nothing away: what it had stored goes a day later.
    house.clock.advance(Duration::days(2));
    house.go_on().await;
    let later = house.site.app.clock.now() + Duration::days(30);
    assert!(house.site.app.store.strays(later, 10).await.unwrap().is_empty());
    // The name is free.
    let ed = house.site.user("north/ed").await;
    upload(&ed, &path, "text/plain", "words").await.is(201);
}

async fn an_upload_that_comes_twice_is_one_file(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("{}?name=x", files(&house));
    let ed = house.ed.clone().with("idempotency-key", "k");
    let first = upload(&ed, &path, "text/plain", "words").await.is(201);
    let again = upload(&ed, &path, "text/plain", "words").await.is(201);
    assert_eq!(first.body, again.body);
    wrong(upload(&ed, &path, "text/plain", "other words").await, "Idempotency-Key");
    wrong(upload(&ed, &path.replace("=x", "=y"), "text/plain", "words").await, "Idempotency-Key");
    assert_eq!(house.root.all("/files").await.len(), 1);
    assert_eq!(house.vic.get(&format!("/files/{}/content", first.id())).await.is(200).body, "words");
    // Nobody keeps the bytes that came for nothing.
    house.clock.advance(Duration::days(2));
    house.go_on().await;
    let later = house.site.app.clock.now() + Duration::days(30);
    assert!(house.site.app.store.strays(later, 10).await.unwrap().is_empty());
    let vic = house.site.user("north/vic").await;
    assert_eq!(vic.get(&format!("/files/{}/content", first.id())).await.is(200).body, "words");
    // A dry run stores nothing.
    let ed = house.site.user("north/ed").await;
    let dry = upload(&ed, &path.replace("=x", "=dry&dry_run=true"), "text/plain", "words").await.is(201);
    assert_eq!(dry.headers["dry-run"], "true");
    let root = house.site.user("north/root").await;
    assert_eq!(root.all("/files").await.len(), 1);
}

async fn who_may_make_no_file_sends_none(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("{}?name=x", files(&house));
    for (who, status) in [(&house.vic, 403), (&house.rae, 403), (&house.ann, 404), (&house.nobody, 404)] {
        upload(who, &path, "text/plain", vec![b'x'; 300_000]).await.is(status);
    }
    upload(&house.site.anon(), &path, "text/plain", "words").await.is(401);
    house.root.act(&format!("/projects/{}/archive", house.home)).await.is(200);
    let archived = upload(&house.ed, &path, "text/plain", "words").await.is(409);
    assert_eq!(archived.body["guard"], "archived");
    nothing_stayed(&house, 0).await;
}
