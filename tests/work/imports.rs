//! Imports of files: how far they are, what is wrong with a file, what takes an import back, several servers.

use std::sync::Arc;

use bailiwick_app::App;
use bailiwick_app::sources::imports;
use bailiwick_policy::FilePolicy;
use bailiwick_tests::{Actor, Answer, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, upload};

on_every_storage!(
    a_long_text_is_imported_step_by_step,
    a_bad_line_is_named_and_nothing_is_made,
    what_can_not_go_on_is_taken_back,
    a_right_that_is_lost_takes_the_import_back,
    an_import_ends_with_its_source,
    one_file_at_a_time_is_imported,
    two_servers_make_each_content_once,
);

on_servers!(
    a_long_text_is_imported_step_by_step,
    what_can_not_go_on_is_taken_back,
    an_import_ends_with_its_source,
    one_file_at_a_time_is_imported,
    two_servers_make_each_content_once,
);

/// How many contents one step makes.
const STEP: usize = 500;

/// A file of so many verses, one of which may be another text.
pub fn verses(count: usize, but: &[(usize, &str)]) -> String {
    let mut text = String::new();
    for number in 1..=count {
        let (chapter, verse) = (number / 200, number % 200);
        let line = format!(
            r#"{{"book":"GEN","chapter":{chapter},"verse":{verse},"text":"the {number}th of them"}}"#
        );
        let other = but.iter().find(|(at, _)| *at == number).map(|(_, other)| *other);
        text.push_str(other.unwrap_or(&line));
        text.push('\n');
    }
    text
}

fn named(number: usize) -> String {
    format!("GEN {}:{}", number / 200, number % 200)
}

/// Goes a step further, if there is anything to do.
pub async fn step(app: &Arc<App>) -> bool {
    imports::go_on(app).await.unwrap()
}

/// A source, and how a file is imported into it.
pub struct Scripture<'h> {
    house: &'h House,
    pub path: String,
}

impl House {
    /// A file of the project.
    pub async fn lines(&self, name: &str, text: impl Into<reqwest::Body>) -> String {
        self.lines_in(&self.home, name, text).await
    }

    pub async fn lines_in(&self, project: &str, name: &str, text: impl Into<reqwest::Body>) -> String {
        let path = format!("/projects/{project}/files?name={name}");
        upload(&self.root, &path, "application/jsonl", text).await.is(201).id()
    }

    pub async fn scripture(&self, revision: &str, entitlements: &[&str]) -> Scripture<'_> {
        let body = json!({
            "content_type": "scripture", "language": "en", "abbreviation": "KJV", "revision": revision,
            "entitlements": entitlements
        });
        let source = self.mia.post(&format!("/projects/{}/sources", self.home), body).await.is(201).id();
        Scripture { house: self, path: format!("/sources/{source}") }
    }
}

impl Scripture<'_> {
    pub fn import(&self) -> String {
        format!("{}/import", self.path)
    }

    pub async fn ask(&self, who: &Actor, file: &str) -> Answer {
        who.post(&self.import(), json!({ "file_id": file })).await
    }

    /// Begun by the editor.
    async fn begun(&self, file: &str) {
        self.ask(&self.house.ed, file).await.is(202);
    }

    pub async fn progress(&self) -> Value {
        self.house.root.get(&self.import()).await.is(200).body
    }

    /// Status, contents and how many are there.
    #[track_caller]
    pub fn stands(progress: &Value, status: &str, contents: Option<usize>, done: usize) {
        let told = (&progress["status"], &progress["contents"], &progress["done"]);
        assert_eq!(told, (&json!(status), &json!(contents), &json!(done)), "{progress:#}");
    }

    /// How many contents there are, in the trash or not.
    async fn count(&self) -> Value {
        let path = format!("{}/contents?limit=1&count=true&status=all", self.path);
        self.house.root.get(&path).await.is(200).body["total"].clone()
    }
}

async fn a_long_text_is_imported_step_by_step(storage: Storage) {
    const VERSES: usize = 25_000;
    // More than one step reads of lines that say something.
    const BLANK: usize = 1_200_000;
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    Scripture::stands(&into.progress().await, "none", None, 0);
    let before = json!({ "book": "EXO", "chapter": 1, "verse": 1, "text": "before" });
    house.ed.post(&format!("{}/contents", into.path), json!({ "body": before, "position": 6 })).await.is(201);
    let file =
        house.lines("kjv", format!("{}{}\r\n \n", "\n".repeat(BLANK), verses(VERSES, &[]).trim_end())).await;
    let begun = into.ask(&house.ed, &file).await.is(202).body;
    Scripture::stands(&begun, "checking", None, 0);
    let ed = house.user("ed").await;
    let told = (&begun["file_id"], &begun["by"], &begun["faults"], &begun["detail"]);
    assert_eq!(told, (&json!(file), &json!(ed), &json!([]), &json!(null)));
    assert_eq!(begun["began_at"], "2026-03-04T05:06:07.123457Z");
    assert!(step(&house.site.app).await);
    let checked = into.progress().await;
    Scripture::stands(&checked, "making", Some(VERSES), 0);
    assert_eq!(checked["by"], *ed);
    // What follows requests makes no more than so many in one go, so that others have their turn.
    for done in [10_000, 20_000] {
        house.go_on().await;
        Scripture::stands(&into.progress().await, "making", Some(VERSES), done);
        assert_eq!(into.count().await, done + 1);
    }
    into.ask(&house.ed, &file).await.is(409);
    house.go_on().await;
    Scripture::stands(&into.progress().await, "done", Some(VERSES), VERSES);
    assert_eq!(into.count().await, VERSES + 1);
    assert!(!step(&house.site.app).await);
    the_text_stands_in_its_order(&house, &into, VERSES).await;
    // Once more all names are taken: as many faults are told as help.
    into.begun(&file).await;
    house.go_on().await;
    let failed = into.progress().await;
    Scripture::stands(&failed, "failed", None, 0);
    let first = json!({ "line": BLANK + 1, "pointer": "", "detail": "the source has `GEN 0:1` already" });
    assert_eq!((&failed["faults"][0], failed["faults"].as_array().unwrap().len()), (&first, 50));
    assert_eq!(into.count().await, VERSES + 1);
}

async fn the_text_stands_in_its_order(house: &House, into: &Scripture<'_>, verses: usize) {
    let path = format!("{}/contents", into.path);
    for (sort, numbers) in [("position", [1, 2, 3]), ("-position", [verses, verses - 1, verses - 2])] {
        let page = house.vic.get(&format!("{path}?sort={sort}&limit=4&text=th%20of")).await.is(200).body;
        for (item, number) in page["items"].as_array().unwrap().iter().zip(numbers) {
            assert_eq!((&item["name"], &item["position"]), (&json!(named(number)), &json!(number + 6)));
            assert_eq!(item["body"]["text"], format!("the {number}th of them"));
        }
    }
    let last = house.root.get(&format!("{path}?sort=-position&limit=1")).await.is(200).body;
    let last = &last["items"][0];
    assert_eq!(last["maker_id"], *house.user("ed").await);
    let content = format!("/contents/{}", last["id"].as_str().unwrap());
    let history = house.root.get(&format!("{content}/history")).await.is(200).body;
    let deed = &history["items"][0];
    assert_eq!((&deed["deed"], &deed["by"]), (&json!("import_contents"), &last["maker_id"]));
}

async fn a_bad_line_is_named_and_nothing_is_made(storage: Storage) {
    const VERSES: usize = 25_000;
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let bad = r#"{"book":"GEN","chapter":"one","verse":1,"text":""}"#;
    let file = house.lines("late", verses(VERSES, &[(24_000, bad)])).await;
    into.begun(&file).await;
    house.go_on().await;
    let failed = into.progress().await;
    Scripture::stands(&failed, "failed", None, 0);
    let faults = failed["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{failed:#}");
    assert_eq!((&faults[0]["line"], &faults[0]["pointer"]), (&json!(24_000), &json!("/chapter")));
    assert!(failed["detail"].is_string());
    // Of several faults each is told, of one line as well.
    let several = [
        (2, r#"{"book":"GEN","chapter":0,"verse":1,"text":"again"}"#),
        (4, r#"{"book":"GEN","#),
        (5, "  \t"),
        (6, r#"{"book":"genesis","chapter":1,"verse":-1,"text":""}"#),
        (7, "[]"),
        (8, r#"{"book":"GEN","chapter":1,"verse":1,"text":"\u0000"}"#),
    ];
    let file = house.lines("several", verses(8, &several)).await;
    into.begun(&file).await;
    house.go_on().await;
    let failed = into.progress().await;
    let mut told: Vec<_> = failed["faults"].as_array().unwrap().iter().collect();
    told.sort_by_key(|fault| (fault["line"].as_i64(), fault["pointer"].to_string()));
    let told: Vec<_> = told
        .iter()
        .map(|fault| (fault["line"].as_i64().unwrap(), fault["pointer"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(2, ""), (4, ""), (6, "/book"), (6, "/verse"), (7, ""), (8, "/text")], "{failed:#}");
    assert_eq!(failed["faults"][0]["detail"], "`GEN 0:1` is line 1 already");
    for (name, text) in [("empty", ""), ("blank", "\n \n")] {
        let file = house.lines(name, text).await;
        into.begun(&file).await;
        house.go_on().await;
        assert_eq!(into.progress().await["detail"], "the file has no contents");
    }
    let long = format!("{}{{\"text\":\"{}\"}}\n{{", verses(1, &[]), "a".repeat(4 * 1024 * 1024));
    let file = house.lines("long", long).await;
    into.begun(&file).await;
    house.go_on().await;
    let failed = into.progress().await;
    let right = json!([{ "line": 2, "pointer": "", "detail": "at most 4194304 bytes on one line" }]);
    assert_eq!(failed["faults"], right);
    assert_eq!(into.count().await, 0);
}

/// Whatever it is, all that was made goes, and what others have made stays.
async fn what_can_not_go_on_is_taken_back(storage: Storage) {
    const VERSES: usize = 1_200;
    let house = House::set(storage).await;
    for (number, why) in [
        "the source is in the trash",
        "a content was made meanwhile that has the name of one in the file",
        "the file is gone, or who asked for it may view it no more",
        "the project is archived",
    ]
    .into_iter()
    .enumerate()
    {
        let into = house.scripture(&number.to_string(), &[]).await;
        let file = house.lines(&format!("kjv {number}"), verses(VERSES, &[])).await;
        into.begun(&file).await;
        for _ in 0..3 {
            assert!(step(&house.site.app).await);
        }
        Scripture::stands(&into.progress().await, "making", Some(VERSES), 2 * STEP);
        let contents = format!("{}/contents", into.path);
        // One of them has been deleted by hand.
        let made = house.ed.get(&format!("{contents}?sort=position&limit=1")).await.is(200).ids();
        house.ed.delete(&format!("/contents/{}", made[0])).await.is(204);
        let taken = json!({ "book": "GEN", "chapter": 1_100 / 200, "verse": 1_100 % 200, "text": "mine" });
        let project = format!("/projects/{}", house.home);
        match number {
            0 => drop(house.ed.act(&format!("{}/trash", into.path)).await.is(200)),
            1 => drop(house.ed.post(&contents, json!({ "body": taken })).await.is(201)),
            2 => drop(house.root.delete(&format!("/files/{file}")).await.is(204)),
            _ => drop(house.mia.act(&format!("{project}/archive")).await.is(200)),
        }
        assert!(step(&house.site.app).await);
        let hindered = into.progress().await;
        Scripture::stands(&hindered, "taking_back", Some(VERSES), 2 * STEP);
        assert_eq!(hindered["detail"], why);
        let blamed =
            json!([{ "line": 1_100, "pointer": "", "detail": "the source has `GEN 5:100` already" }]);
        assert_eq!(hindered["faults"], if number == 1 { blamed } else { json!([]) });
        assert!(step(&house.site.app).await);
        Scripture::stands(&into.progress().await, "taking_back", Some(VERSES), STEP);
        let stays = usize::from(number == 1);
        assert_eq!(into.count().await, STEP - 1 + stays);
        house.go_on().await;
        let failed = into.progress().await;
        Scripture::stands(&failed, "failed", Some(VERSES), 0);
        assert_eq!((&failed["detail"], into.count().await), (&json!(why), json!(stays)));
        assert!(!step(&house.site.app).await);
    }
}

/// By the operator: who asked may do nothing any more.
async fn a_right_that_is_lost_takes_the_import_back(storage: Storage) {
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let file = house.lines("kjv", verses(1_200, &[])).await;
    into.begun(&file).await;
    for _ in 0..2 {
        assert!(step(&house.site.app).await);
    }
    assert_eq!(into.count().await, STEP);
    let content = house.root.get(&format!("{}/contents?limit=1", into.path)).await.is(200).ids();
    house.revoke_all("ed").await;
    house.go_on().await;
    let failed = into.progress().await;
    Scripture::stands(&failed, "failed", Some(1_200), 0);
    assert_eq!(failed["detail"], "who asked for it may make no contents in the source any more");
    assert_eq!(into.count().await, 0);
    let log = house.root.all(&format!("/audit-events?object_id={}", content[0])).await;
    let ed = house.user("ed").await;
    let deeds: Vec<_> = log.iter().map(|event| (&event["deed"], &event["principal"]["id"])).collect();
    let deed = json!("import_contents");
    assert_eq!(deeds, [(&deed, &json!(ed)), (&deed, &json!(null))], "{log:#?}");
    // Before anything is made it fails at once: here because somebody is suspended.
    let into = house.scripture("2", &[]).await;
    into.ask(&house.mia, &file).await.is(202);
    let mia = house.user("mia").await;
    house.root.act(&format!("/users/{mia}/suspend")).await.is(200);
    assert!(step(&house.site.app).await);
    let failed = into.progress().await;
    Scripture::stands(&failed, "failed", None, 0);
    assert_eq!(failed["detail"], "who asked for it may act no more");
}

async fn an_import_ends_with_its_source(storage: Storage) {
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let file = house.lines("kjv", verses(1_200, &[])).await;
    into.begun(&file).await;
    for _ in 0..2 {
        assert!(step(&house.site.app).await);
    }
    house.mia.delete(&format!("{}?cascade=true", into.path)).await.is(204);
    assert!(!step(&house.site.app).await);
    house.root.get(&into.import()).await.is(404);
    assert!(house.root.all(&format!("/contents?project_id={}", house.home)).await.is_empty());
}

async fn one_file_at_a_time_is_imported(storage: Storage) {
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let other = house.scripture("2", &[]).await;
    let file = house.lines("kjv", verses(600, &[])).await;
    let mut asking = Vec::new();
    for who in [&house.ed, &house.mia, &house.ed, &house.mia] {
        let (who, path, body) = (who.clone(), into.import(), json!({ "file_id": file }));
        asking.push(tokio::spawn(async move { who.post(&path, body).await }));
    }
    let mut answers = Vec::new();
    for asked in asking {
        answers.push(asked.await.unwrap());
    }
    answers.sort_by_key(|answer| answer.status);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [202, 409, 409, 409], "{answers:#?}");
    let refused = &answers[3].body["detail"];
    assert_eq!(refused, "a file is being imported into this source: wait until that has ended");
    // Into another source, and by another way, there is no reason to wait.
    other.begun(&file).await;
    let more = json!({ "bodies": [{ "book": "EXO", "chapter": 1, "verse": 1, "text": "more" }] });
    house.ed.post(&into.import(), more).await.is(201);
    house.go_on().await;
    assert_eq!((into.count().await, other.count().await), (json!(601), json!(600)));
}

/// And a server that begins goes on where another one has ended.
async fn two_servers_make_each_content_once(storage: Storage) {
    const VERSES: usize = 2_300;
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let file = house.lines("kjv", verses(VERSES, &[])).await;
    into.begun(&file).await;
    for _ in 0..2 {
        assert!(step(&house.site.app).await);
    }
    let next = house.site.beside(Arc::new(FilePolicy::built_in().unwrap())).await;
    assert!(step(&next.app).await);
    Scripture::stands(&into.progress().await, "making", Some(VERSES), 2 * STEP);
    let to_the_end = async |app: &Arc<App>| while step(app).await {};
    tokio::join!(to_the_end(&house.site.app), to_the_end(&next.app));
    Scripture::stands(&into.progress().await, "done", Some(VERSES), VERSES);
    assert_eq!(into.count().await, VERSES);
    let last = house.vic.get(&format!("{}/contents?sort=-position&limit=1", into.path)).await.is(200).body;
    let last = &last["items"][0];
    assert_eq!((&last["name"], &last["position"]), (&json!(named(VERSES)), &json!(VERSES - 1)));
    let content = last["id"].as_str().unwrap();
    assert_eq!(house.root.all(&format!("/audit-events?object_id={content}")).await.len(), 1);
}
