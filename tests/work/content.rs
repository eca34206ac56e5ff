//! The bytes of files, and links to them.

use bailiwick_tests::{Actor, Answer, Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;

use super::house::{House, NOTHING, alike, upload};

on_every_storage!(
    bytes_come_whole_or_in_part,
    no_browser_runs_them,
    a_link_ends_with_the_right_of_who_made_it,
    a_link_lasts_five_minutes,
    what_is_deleted_is_gone,
);

on_servers!(bytes_come_whole_or_in_part, a_link_ends_with_the_right_of_who_made_it, what_is_deleted_is_gone);

async fn bytes_come_whole_or_in_part(storage: Storage) {
    let house = House::set(storage).await;
    let file = house.file("x").await;
    let path = format!("/files/{file}/content");
    let whole = house.vic.get(&path).await.is(200);
    assert_eq!((&whole.body, &whole.headers["content-length"]), (&json!("I am x."), &"7".parse().unwrap()));
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    let tag = whole.headers["etag"].to_str().unwrap().to_owned();
    let with = async |name: &'static str, value: &str| house.vic.clone().with(name, value).get(&path).await;
    for (range, part, said) in [
        ("bytes=0-0", "I", "bytes 0-0/7"),
        ("bytes=2-3", "am", "bytes 2-3/7"),
        ("bytes=5-", "x.", "bytes 5-6/7"),
        ("bytes=-2", "x.", "bytes 5-6/7"),
        ("bytes=5-100", "x.", "bytes 5-6/7"),
        ("bytes=-100", "I am x.", "bytes 0-6/7"),
    ] {
        let answer = with("range", range).await.is(206);
        assert_eq!((&answer.body, &answer.headers["content-range"]), (&json!(part), &said.parse().unwrap()));
    }
    for range in ["bytes=7-", "bytes=100-200", "bytes=-0"] {
        let refused = with("range", range).await.is(416);
        assert_eq!(refused.headers["content-range"], "bytes */7", "{range}");
    }
    // Several parts, other units and nonsense are answered with the whole.
    for range in ["bytes=0-0,2-3", "lines=1-2", "bytes=x-y", "bytes", "3"] {
        assert_eq!(with("range", range).await.is(200).body, "I am x.", "{range}");
    }
    for seen in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let same = with("if-none-match", &seen).await.is(304);
        assert_eq!((&same.body, &same.headers["etag"]), (&json!(""), &whole.headers["etag"]));
    }
    assert_eq!(with("if-none-match", "\"other\"").await.is(200).body, "I am x.");
    let ranged = house.vic.clone().with("range", "bytes=0-0");
    ranged.clone().with("if-range", &tag).get(&path).await.is(206);
    ranged.with("if-range", "\"other\"").get(&path).await.is(200);
    for (who, status) in [(&house.nobody, 404), (&house.ann, 404), (&house.site.anon(), 401)] {
        who.get(&path).await.is(status);
    }
    alike(&house.nobody.get(&path).await, &house.nobody.get(&format!("/files/{NOTHING}/content")).await);
}

async fn no_browser_runs_them(storage: Storage) {
    let house = House::set(storage).await;
    let page = format!("/projects/{}/files?name=%22%3B%20p%C3%A9%20%3Cb%3E.html", house.home);
    let page =
        upload(&house.ed, &page, "text/html", "<html><script>alert(1)</script></html>").await.is(201).id();
    let link = house.vic.act(&format!("/files/{page}/downloads")).await.is(201).body["link"].clone();
    for answer in [
        house.vic.get(&format!("/files/{page}/content")).await,
        house.vic.clone().with("range", "bytes=0-3").get(&format!("/files/{page}/content")).await,
        house.site.anon().get(link.as_str().unwrap()).await,
    ] {
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert!(answer.status.is_success());
        let name = "attachment; filename*=UTF-8''%22%3B%20p%C3%A9%20%3Cb%3E.html";
        assert_eq!(header("content-disposition"), name);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("sandbox"), "{answer:?}");
        assert!(!header("cache-control").contains("public"));
    }
}

async fn link(house: &House, by: &Actor, file: &str) -> String {
    let made = by.act(&format!("/files/{file}/downloads")).await.is(201);
    assert!(made.body["expires_at"].as_str().unwrap() > "2026-03-04T05:1");
    let link = made.body["link"].as_str().unwrap().to_owned();
    assert_eq!(follow(house, &link).await.is(200).body, "I am x.");
    link
}

/// By nobody in particular.
async fn follow(house: &House, link: &str) -> Answer {
    house.site.anon().get(link).await
}

async fn a_link_ends_with_the_right_of_who_made_it(storage: Storage) {
    let house = House::set(storage).await;
    let file = house.file("x").await;
    for (who, status) in [(&house.nobody, 404), (&house.ann, 404), (&house.site.anon(), 401)] {
        who.act(&format!("/files/{file}/downloads")).await.is(status);
    }
    let (vics, raes) = (link(&house, &house.vic, &file).await, link(&house, &house.rae, &file).await);
    // Whoever follows it: their own credentials count for nothing, good or bad.
    house.nobody.get(&vics).await.is(200);
    house.site.anon().bearer("nobody's").get(&vics).await.is(200);
    let part = house.site.anon().with("range", "bytes=0-3").get(&vics).await.is(206);
    assert_eq!(part.body, "I am");
    // The grant goes, and the link with it.
    house.revoke_all("vic").await;
    let ended = follow(&house, &vics).await.is(401);
    alike(&ended, &follow(&house, "/api/v1/downloads/none").await);
    // The user goes.
    let rae = format!("/users/{}", house.user("rae").await);
    house.root.act(&format!("{rae}/suspend")).await.is(200);
    follow(&house, &raes).await.is(401);
    house.root.act(&format!("{rae}/wake")).await.is(200);
    follow(&house, &raes).await.is(200);
    house.root.delete(&format!("{rae}?cascade=true")).await.is(204);
    follow(&house, &raes).await.is(401);
    // A link that was altered is none.
    let own = link(&house, &house.ed, &file).await;
    follow(&house, &own[..own.len() - 1]).await.is(401);
    follow(&house, &format!("{own}x")).await.is(401);
    // Deleted, the file is gone for every link.
    house.ed.delete(&format!("/files/{file}")).await.is(204);
    follow(&house, &own).await.is(401);
}

async fn a_link_lasts_five_minutes(storage: Storage) {
    let house = House::set(storage).await;
    let file = house.file("x").await;
    let link = link(&house, &house.vic, &file).await;
    house.clock.advance(Duration::minutes(5) - Duration::microseconds(1));
    follow(&house, &link).await.is(200);
    house.clock.advance(Duration::microseconds(1));
    follow(&house, &link).await.is(401);
}

async fn what_is_deleted_is_gone(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let file = format!("/files/{}", launched.files[0]);
    // A task is about it.
    let refused = house.ed.delete(&file).await.is(409);
    assert_eq!(refused.body["guard"], "dependents");
    let alone = house.file("x").await;
    house.ed.delete(&format!("/files/{alone}")).await.is(204);
    house.ed.get(&format!("/files/{alone}")).await.is(404);
    house.ed.get(&format!("/files/{alone}/content")).await.is(404);
    house.go_on().await;
    let later = house.site.app.clock.now() + Duration::days(30);
    assert!(house.site.app.store.strays(later, 10).await.unwrap().is_empty(), "its bytes have stayed");
    house.vic.get(&format!("{file}/content")).await.is(200);
}
