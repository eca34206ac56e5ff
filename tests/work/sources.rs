//! Sources: what names them, which tags open them to whom, which one is the latest, the trash; and a book that is read.

use bailiwick_tests::{Actor, Answer, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, NOTHING, wrong};

on_every_storage!(
    a_source_is_named_by_what_it_is,
    a_change_names_what_it_changes,
    tags_open_a_source_to_whom_the_rules_say,
    the_latest_is_listed_unasked,
    what_is_in_the_trash_is_gone_for_all_but_members,
    one_of_two_equal_sources_is_made,
    contents_are_checked_by_the_schema_of_their_type,
    ten_thousand_verses_come_at_once_or_not_at_all,
    a_book_is_read_searched_and_withdrawn,
);

on_servers!(
    tags_open_a_source_to_whom_the_rules_say,
    what_is_in_the_trash_is_gone_for_all_but_members,
    the_latest_is_listed_unasked,
    one_of_two_equal_sources_is_made,
    ten_thousand_verses_come_at_once_or_not_at_all,
    a_book_is_read_searched_and_withdrawn,
);

pub(super) fn kjv(revision: &str, more: Value) -> Value {
    let mut body = json!({
        "content_type": "scripture", "language": "en", "abbreviation": "KJV", "revision": revision
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

impl House {
    pub(super) async fn make_source(&self, body: Value) -> Answer {
        self.ed.post(&format!("/projects/{}/sources", self.home), body).await
    }

    /// A scripture of the project.
    pub(super) async fn source(&self, revision: &str, more: Value) -> String {
        self.make_source(kjv(revision, more)).await.is(201).id()
    }
}

/// The names of what somebody lists.
pub(super) async fn names(who: &Actor, path: &str) -> Vec<String> {
    let listed = who.get(path).await.is(200);
    let items = listed.body["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

pub(super) fn verse(chapter: i64, verse: i64, text: &str) -> Value {
    json!({ "book": "GEN", "chapter": chapter, "verse": verse, "text": text })
}

async fn a_source_is_named_by_what_it_is(storage: Storage) {
    let house = House::set(storage).await;
    let made = house.make_source(kjv("1.10", json!({ "license": "CC0-1.0", "year": 1611 }))).await.is(201);
    assert_eq!(made.body["name"], "en_KJV_1.10_scripture");
    assert_eq!((&made.body["latest"], &made.body["status"]), (&json!(true), &json!("active")));
    house.make_source(kjv("1.10", json!({}))).await.is(409);
    let other =
        json!({ "content_type": "commentary", "language": "EN", "abbreviation": "KJV", "revision": "1.10" });
    let other = house.make_source(other).await.is(201);
    assert_eq!(other.body["name"], "en_KJV_1.10_commentary");
    for (field, bad) in [
        ("language", json!("not a language")),
        ("abbreviation", json!("a/b")),
        ("abbreviation", json!("")),
        ("revision", json!("1.a")),
        ("revision", json!("1..2")),
        ("revision", json!(1)),
        ("content_type", json!("song")),
        ("year", json!(123_456)),
        ("license", json!("x".repeat(201))),
        ("labels", json!(["newest"])),
        ("metadata", json!([])),
        ("entitlements", json!(["open-acess"])),
        ("entitlements", json!(["public"])),
        ("status", json!("trashed")),
    ] {
        let mut body = kjv("9", json!({}));
        body[field] = bad;
        let answer = house.make_source(body).await.is(422);
        let pointer = answer.body["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(pointer.starts_with(&format!("/{field}")), "{pointer}");
    }
    assert_eq!(house.root.all("/sources?latest=all&status=all").await.len(), 2);
}

async fn a_change_names_what_it_changes(storage: Storage) {
    let house = House::set(storage).await;
    let more = json!({
        "entitlements": ["open-access", "content"], "labels": ["published"], "year": 1611,
        "metadata": { "publisher": "Barker", "pages": { "first": 1, "last": 9 } }
    });
    let source = house.source("1", more).await;
    let path = format!("/sources/{source}");
    let changed = house.ed.patch(&path, json!({ "license": "CC0-1.0" })).await.is(200).body;
    assert_eq!(changed["entitlements"], json!(["content", "open-access"]));
    assert_eq!(changed["metadata"], json!({ "publisher": "Barker", "pages": { "first": 1, "last": 9 } }));
    assert_eq!((&changed["labels"], &changed["year"]), (&json!(["published"]), &json!(1611)));
    let patch = json!({ "metadata": { "publisher": null, "pages": { "last": 10 } }, "year": null, "revision": "1.1" });
    let changed = house.ed.patch(&path, patch).await.is(200).body;
    assert_eq!(changed["metadata"], json!({ "pages": { "first": 1, "last": 10 } }));
    assert_eq!((&changed["year"], &changed["name"]), (&json!(null), &json!("en_KJV_1.1_scripture")));
    wrong(house.ed.patch(&path, json!({ "entitlements": ["content", "opn"] })).await, "/entitlements/1");
    let told = house.ed.get(&format!("{path}/history")).await.is(200);
    assert_eq!(told.body["items"].as_array().unwrap().len(), 3);
    let now = house.ed.get(&path).await.is(200).body;
    assert_eq!(now["entitlements"], json!(["content", "open-access"]));
}

async fn tags_open_a_source_to_whom_the_rules_say(storage: Storage) {
    let house = House::set(storage).await;
    let anon = house.site.anon();
    let open = house.source("1", json!({ "entitlements": ["open-access"] })).await;
    let known = house.source("2", json!({ "entitlements": ["publishable"] })).await;
    let closed = house.source("3", json!({})).await;
    let mine = house.source("4", json!({ "entitlements": ["content"] })).await;
    for source in [&open, &known, &closed, &mine] {
        house
            .ed
            .post(&format!("/sources/{source}/contents"), json!({ "body": verse(1, 1, "x") }))
            .await
            .is(201);
    }
    let sees = async |who: &Actor| names(who, "/sources?latest=all&sort=edition").await;
    let name = |revision: &str| format!("en_KJV_{revision}_scripture");
    assert_eq!(sees(&anon).await, [name("1")]);
    assert_eq!(sees(&house.nobody).await, [name("1"), name("2")]);
    assert_eq!(sees(&house.vic).await, ["1", "2", "3", "4"].map(name));
    for (who, refused, seen, unseen) in [
        (&anon, 401, vec![&open], vec![&known, &closed, &mine]),
        (&house.nobody, 404, vec![&open, &known], vec![&closed]),
    ] {
        assert_eq!(who.all("/contents").await.len(), seen.len());
        for source in seen {
            who.get(&format!("/sources/{source}")).await.is(200);
            assert_eq!(names(who, &format!("/sources/{source}/contents")).await, ["GEN 1:1"]);
        }
        for source in unseen {
            who.get(&format!("/sources/{source}")).await.is(refused);
            who.get(&format!("/sources/{source}/contents")).await.is(refused);
        }
    }
    // Nothing of it is more than reading.
    house.nobody.patch(&format!("/sources/{open}"), json!({ "license": "mine" })).await.is(403);
    house
        .nobody
        .post(&format!("/sources/{open}/contents"), json!({ "body": verse(1, 2, "x") }))
        .await
        .is(403);
    // A public project opens all; who may see the project may not see the trash.
    house.mia.patch(&format!("/projects/{}", house.home), json!({ "visibility": "public" })).await.is(200);
    assert_eq!(sees(&anon).await, ["1", "2", "3", "4"].map(name));
    house.mia.patch(&format!("/projects/{}", house.home), json!({ "visibility": "private" })).await.is(200);
    // To take the tag away is to close it, with all that it holds.
    house.ed.patch(&format!("/sources/{open}"), json!({ "entitlements": [] })).await.is(200);
    assert!(sees(&anon).await.is_empty() && anon.all("/contents").await.is_empty());
}

async fn the_latest_is_listed_unasked(storage: Storage) {
    let house = House::set(storage).await;
    for revision in ["1.9", "1.10", "1.2"] {
        house.source(revision, json!({})).await;
    }
    let list = format!("/projects/{}/sources", house.home);
    let name = |revision: &str| format!("en_KJV_{revision}_scripture");
    assert_eq!(names(&house.ed, &list).await, [name("1.10")]);
    let ordered = names(&house.ed, &format!("{list}?latest=all&sort=edition")).await;
    assert_eq!(ordered, ["1.2", "1.9", "1.10"].map(name));
    assert_eq!(
        names(&house.ed, &format!("{list}?latest=false&sort=-edition")).await,
        ["1.9", "1.2"].map(name)
    );
    let old =
        house.ed.all(&format!("{list}?latest=all&revision=1.9")).await[0]["id"].as_str().unwrap().to_owned();
    house.ed.patch(&format!("/sources/{old}"), json!({ "labels": ["latest"] })).await.is(200);
    assert_eq!(names(&house.ed, &list).await, [name("1.9")]);
    assert_eq!(names(&house.ed, &format!("{list}?label=latest")).await, [name("1.9")]);
    wrong(house.ed.get(&format!("{list}?latest=maybe")).await, "latest");
    wrong(house.ed.get(&format!("{list}?status=lost")).await, "status");
    let page = house.ed.get(&format!("{list}?latest=all&sort=edition&limit=1&count=true")).await.is(200);
    assert_eq!(page.body["total"], 3);
}

async fn what_is_in_the_trash_is_gone_for_all_but_members(storage: Storage) {
    let house = House::set(storage).await;
    let anon = house.site.anon();
    let source = house.source("1", json!({ "entitlements": ["open-access"] })).await;
    let path = format!("/sources/{source}");
    let content =
        house.ed.post(&format!("{path}/contents"), json!({ "body": verse(1, 1, "x") })).await.is(201).id();
    let part = format!("/contents/{content}");
    house.vic.act(&format!("{path}/trash")).await.is(403);
    house.ed.act(&format!("{part}/trash")).await.is(200);
    anon.get(&part).await.is(401);
    assert!(names(&anon, &format!("{path}/contents")).await.is_empty());
    assert_eq!(names(&house.ed, &format!("{path}/contents?status=trashed")).await, ["GEN 1:1"]);
    let edited = house.ed.patch(&part, json!({ "position": 3 })).await.is(409);
    assert_eq!(edited.body["guard"], "trashed", "{edited:#?}");
    house.ed.act(&format!("{part}/restore")).await.is(200);
    anon.get(&part).await.is(200);
    let gone = house.ed.act(&format!("{path}/trash")).await.is(200).body;
    assert_eq!(gone["links"]["restore"]["methods"], json!(["POST"]));
    assert_eq!(gone["links"]["import"]["methods"], json!(["GET"]));
    assert_eq!(gone["links"]["self"]["methods"], json!(["GET", "DELETE"]));
    assert_eq!(gone["links"]["contents"]["methods"], json!(["GET"]));
    for hidden in [&path, &part] {
        anon.get(hidden).await.is(401);
    }
    assert!(anon.all("/contents").await.is_empty() && anon.all("/sources?status=all").await.is_empty());
    assert!(names(&house.vic, "/sources").await.is_empty());
    house.ed.patch(&path, json!({ "license": "x" })).await.is(409);
    house.ed.post(&format!("{path}/contents"), json!({ "body": verse(1, 2, "x") })).await.is(409);
    house.ed.post(&format!("{path}/import"), json!({ "bodies": [verse(1, 2, "x")] })).await.is(409);
    // So is what lies in it.
    for refused in [
        house.ed.patch(&part, json!({ "position": 4 })).await,
        house.ed.act(&format!("{part}/trash")).await,
        house.ed.act(&format!("{part}/restore")).await,
    ] {
        assert_eq!(refused.is(409).body["guard"], "trashed");
    }
    let seen = house.ed.get(&part).await.is(200).body;
    assert_eq!(seen["links"]["self"]["methods"], json!(["GET", "DELETE"]), "{seen:#}");
    assert!(seen["links"].get("trash").is_none() && seen["links"].get("restore").is_none());
    let beside = house.source("2", json!({})).await;
    let made = format!("/sources/{beside}/contents");
    let made = house.ed.post(&made, json!({ "body": verse(1, 1, "x") })).await.is(201);
    house.ed.act(&format!("/sources/{beside}/trash")).await.is(200);
    house.ed.delete(&format!("/contents/{}", made.id())).await.is(204);
    house.ed.act(&format!("{path}/restore")).await.is(200);
    anon.get(&part).await.is(200);
    house.ed.patch(&part, json!({ "position": 4 })).await.is(200);
    // For good: only with what hangs under it.
    house.ed.delete(&path).await.is(409);
    house.ed.delete(&format!("{path}?cascade=true")).await.is(204);
    house.root.get(&part).await.is(404);
    house.root.get(&path).await.is(404);
}

async fn one_of_two_equal_sources_is_made(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("/projects/{}/sources", house.home);
    let mut asking = Vec::new();
    for who in [&house.ed, &house.mia, &house.ed, &house.mia] {
        let (who, path) = (who.clone(), path.clone());
        asking.push(tokio::spawn(async move { who.post(&path, kjv("7", json!({}))).await.status.as_u16() }));
    }
    let mut answers = Vec::new();
    for one in asking {
        answers.push(one.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409]);
}

async fn contents_are_checked_by_the_schema_of_their_type(storage: Storage) {
    let house = House::set(storage).await;
    for (content_type, good, name, bad, at) in [
        (
            "scripture",
            verse(1, 31, "And"),
            "GEN 1:31",
            json!({ "book": "Genesis", "chapter": 1, "verse": 1, "text": "" }),
            "/book",
        ),
        (
            "commentary",
            json!({ "book": "GEN", "chapter": 1, "verse": 1, "last_verse": 3, "text": "Of light" }),
            "GEN 1:1-3",
            json!({ "book": "GEN", "text": 3 }),
            "/text",
        ),
        (
            "dictionary",
            json!({ "word": "ark", "meaning": "a chest" }),
            "ark",
            json!({ "word": "", "meaning": "none" }),
            "/word",
        ),
        (
            "media",
            json!({ "title": "map", "url": "https://example.org/map.png", "media_type": "image/png" }),
            "map",
            json!({ "title": "map", "url": "javascript:alert(1)", "media_type": "image/png" }),
            "/url",
        ),
        (
            "document",
            json!({ "title": "Preface", "text": "To the reader" }),
            "Preface",
            json!({ "title": "a/b", "text": "" }),
            "/title",
        ),
    ] {
        let body =
            json!({ "content_type": content_type, "language": "en", "abbreviation": "A", "revision": "1" });
        let source = house.make_source(body).await.is(201).id();
        let path = format!("/sources/{source}/contents");
        let made = house.ed.post(&path, json!({ "body": good })).await.is(201);
        assert_eq!((&made.body["name"], &made.body["body"]), (&json!(name), &good));
        house.ed.post(&path, json!({ "body": good })).await.is(409);
        wrong(house.ed.post(&path, json!({ "body": bad })).await, &format!("/body{at}"));
        wrong(house.ed.post(&path, json!({ "body": good, "position": -1 })).await, "/position");
        let mut more = good.clone();
        more["else"] = json!(1);
        wrong(house.ed.post(&path, json!({ "body": more })).await, "/body");
        let content = format!("/contents/{}", made.id());
        wrong(
            house.ed.patch(&content, json!({ "body": { at.trim_start_matches('/'): null } })).await,
            "/body",
        );
        let kept = house.ed.patch(&content, json!({ "position": 5 })).await.is(200).body;
        assert_eq!((&kept["body"], &kept["position"]), (&good, &json!(5)));
        assert_eq!(names(&house.ed, &path).await, [name]);
    }
    house.ed.post(&format!("/sources/{NOTHING}/contents"), json!({ "body": {} })).await.is(404);
}

async fn ten_thousand_verses_come_at_once_or_not_at_all(storage: Storage) {
    let house = House::set(storage).await;
    let source = house.source("1", json!({})).await;
    let path = format!("/sources/{source}");
    let all: Vec<Value> =
        (0..10_000).map(|n| verse(n / 100, n % 100, &format!("the {n}th of them"))).collect();
    let mut one_bad = all.clone();
    one_bad[8_123]["chapter"] = json!("one");
    let import =
        async |bodies: &[Value]| house.ed.post(&format!("{path}/import"), json!({ "bodies": bodies })).await;
    wrong(import(&one_bad).await, "/bodies/8123/chapter");
    let mut twice = all.clone();
    twice[9_999] = twice[17].clone();
    wrong(import(&twice).await, "/bodies/9999");
    wrong(import(&[]).await, "/bodies");
    let count = async || {
        house.ed.get(&format!("{path}/contents?limit=1&count=true")).await.is(200).body["total"].clone()
    };
    assert_eq!(count().await, 0);
    house.vic.post(&format!("{path}/import"), json!({ "bodies": [all[0]] })).await.is(403);
    house.nobody.post(&format!("{path}/import"), json!({ "bodies": [all[0]] })).await.is(404);
    let dry = house.ed.post(&format!("{path}/import?dry_run=true"), json!({ "bodies": [all[0]] })).await;
    assert_eq!((dry.status.as_u16(), count().await), (201, json!(0)), "{dry:#?}");
    assert_eq!(import(&all).await.is(201).body["contents"], 10_000);
    assert_eq!(count().await, 10_000);
    wrong(import(&all[..1]).await, "/bodies/0");
    let ordered = names(&house.vic, &format!("{path}/contents?sort=position&limit=3")).await;
    assert_eq!(ordered, ["GEN 0:0", "GEN 0:1", "GEN 0:2"]);
    let found = names(&house.vic, &format!("{path}/contents?text=THE%208123th")).await;
    assert_eq!(found, ["GEN 81:23"]);
}

/// The first book of Cicero's De finibus, which the crate `lipsum` carries: a paragraph a document.
async fn a_book_is_read_searched_and_withdrawn(storage: Storage) {
    let house = House::set(storage).await;
    let anon = house.site.anon();
    let paragraphs: Vec<&str> =
        lipsum::LIBER_PRIMUS.split("\n\n").filter(|text| !text.trim().is_empty()).collect();
    assert!(paragraphs.len() > 50, "{} paragraphs", paragraphs.len());
    let body = json!({
        "content_type": "document", "language": "la", "abbreviation": "FIN", "revision": "1", "year": -45,
        "license": "public domain", "entitlements": ["open-access"], "metadata": { "author": "Cicero" }
    });
    let source = house.make_source(body).await.is(201).id();
    let bodies: Vec<Value> = paragraphs
        .iter()
        .enumerate()
        .map(|(at, text)| json!({ "title": format!("I {}", at + 1), "text": text }))
        .collect();
    let path = format!("/sources/{source}");
    let made = house.ed.post(&format!("{path}/import"), json!({ "bodies": bodies })).await.is(201);
    assert_eq!(made.body["contents"], paragraphs.len());
    let read = anon.all(&format!("{path}/contents?sort=position&limit=20")).await;
    let texts: Vec<&str> = read.iter().map(|content| content["body"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, paragraphs);
    let holds = |text: &str| text.to_ascii_lowercase().contains("dolorem ipsum");
    let expected = paragraphs.iter().filter(|text| holds(text)).count();
    let found = anon.all(&format!("{path}/contents?text=Dolorem%20ipsum")).await;
    assert_eq!(found.len(), expected);
    assert!(expected > 0);
    // What it was before is not for readers who come by an access rule.
    let first = format!("/contents/{}", read[0]["id"].as_str().unwrap());
    house.ed.patch(&first, json!({ "body": { "text": "Rewritten." } })).await.is(200);
    let told = async |who: &Actor| who.get(&format!("{first}/history")).await.is(200).body.to_string();
    let opening = &paragraphs[0][..20];
    assert!(told(&house.vic).await.contains(opening));
    assert!(!told(&anon).await.contains(opening) && !told(&house.nobody).await.contains(opening));
    house.ed.patch(&path, json!({ "entitlements": ["content"] })).await.is(200);
    anon.get(&path).await.is(401);
    assert!(anon.all("/contents").await.is_empty());
    house.nobody.get(&path).await.is(404);
    house.vic.get(&path).await.is(200);
}
