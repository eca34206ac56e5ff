//! Lists: pages, cursors, order, filters, counts.

use std::collections::BTreeSet;

use bailiwick_tests::{Actor, Answer, KINDS, Site, Stage, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

on_every_storage!(
    pages_hold_everything_once_in_every_order,
    a_cursor_is_good_for_its_list_and_its_caller,
    limits_are_kept,
    filters_find_what_they_name,
    what_no_list_takes_is_refused,
    counts_obey_the_same_reach,
    pages_stay_whole_while_objects_come_and_go,
    what_comes_along_is_what_the_list_says,
);

on_servers!(
    pages_hold_everything_once_in_every_order,
    a_cursor_is_good_for_its_list_and_its_caller,
    limits_are_kept,
    filters_find_what_they_name,
    what_no_list_takes_is_refused,
    counts_obey_the_same_reach,
    pages_stay_whole_while_objects_come_and_go,
    what_comes_along_is_what_the_list_says,
);

async fn pages_hold_everything_once_in_every_order(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let lists: [(&str, &[&str]); 17] = [
        ("organizations", &["name", "status"]),
        ("users", &["username", "status"]),
        ("roles", &["name"]),
        ("grants", &[]),
        ("api-keys", &["name", "status"]),
        ("client-apps", &["name", "status"]),
        ("projects", &["name", "visibility"]),
        ("jobs", &["name", "status"]),
        ("tasks", &["name", "status"]),
        ("files", &["name", "media_type", "sha256"]),
        ("datasets", &["name"]),
        ("labels", &["name", "shape"]),
        ("annotations", &[]),
        ("comments", &[]),
        ("exports", &["status"]),
        ("sources", &["name", "content_type", "language", "abbreviation", "edition"]),
        ("contents", &["name"]),
    ];
    for (list, fields) in lists {
        let every: BTreeSet<String> =
            root.get(&format!("/{list}?limit=500")).await.ids().into_iter().collect();
        for field in ["id", "created_at", "updated_at"].iter().chain(fields) {
            let sort = if *field == "username" { "name" } else { field };
            let mut orders = Vec::new();
            for direction in ["", "-"] {
                let items = root.all(&format!("/{list}?limit=2&sort={direction}{sort}")).await;
                let ids: BTreeSet<String> =
                    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
                assert_eq!((ids.len(), &ids), (items.len(), &every), "{list} by {direction}{sort}");
                let mut values: Vec<_> = items
                    .iter()
                    .map(|item| (in_order(field, &item[*field]), item["id"].as_str().unwrap()))
                    .collect();
                if direction == "-" {
                    values.reverse();
                }
                assert!(values.is_sorted(), "{list} by {direction}{sort}: {values:#?}");
                orders.push(values.into_iter().map(|(_, id)| id.to_owned()).collect::<Vec<_>>());
            }
            assert_eq!(orders[0], orders[1]);
        }
    }
}

/// A value as text that is ordered as lists are: the last digits of a time are left out where they are noughts.
fn in_order(field: &str, value: &Value) -> String {
    let text = value.as_str().unwrap();
    if !field.ends_with("_at") {
        return text.to_owned();
    }
    let at = OffsetDateTime::parse(text, &Rfc3339).unwrap();
    format!("{:030}", at.unix_timestamp_nanos())
}

fn next(page: &Answer) -> String {
    let cursor = page.body["next"].as_str().unwrap().to_owned();
    let link = page.headers["link"].to_str().unwrap();
    let address = page.body["links"]["next"]["link"].as_str().unwrap();
    assert_eq!(link, format!("<{address}>; rel=\"next\""));
    assert!(address.ends_with(&format!("cursor={cursor}")), "{address}");
    cursor
}

#[track_caller]
fn wrong(answer: Answer, pointer: &str) {
    let answer = answer.is(422);
    assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
}

async fn a_cursor_is_good_for_its_list_and_its_caller(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (owner, root) = (stage.actor("owner"), stage.actor("root"));
    let page = owner.get("/tasks?limit=2").await.is(200);
    let cursor = next(&page);
    let second = owner.get(&format!("/tasks?limit=2&cursor={cursor}")).await.is(200);
    assert!(second.ids().iter().all(|id| !page.ids().contains(id)));
    assert_eq!(second.ids(), owner.get(&format!("/tasks?cursor={cursor}&limit=2")).await.is(200).ids());

    let refused = async |who: &Actor, address: String| wrong(who.get(&address).await, "cursor");
    refused(root, format!("/tasks?limit=2&cursor={cursor}")).await;
    refused(&stage.site.anon(), format!("/tasks?limit=2&cursor={cursor}")).await;
    refused(owner, format!("/jobs?limit=2&cursor={cursor}")).await;
    for filter in ["status=available", "sort=-id", "sort=name", "q=loose", "count=true"] {
        refused(owner, format!("/tasks?limit=2&{filter}&cursor={cursor}")).await;
    }
    let job = stage.id("job", "north/home/workup");
    refused(owner, format!("/jobs/{job}/tasks?limit=2&cursor={cursor}")).await;
    for bad in ["", "x", "AAAA", "%00", "..", "null", &"A".repeat(5_000)] {
        refused(owner, format!("/tasks?limit=2&cursor={bad}")).await;
    }
    for at in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        refused(owner, format!("/tasks?limit=2&cursor={altered}")).await;
    }
    for cut in [1, 10, cursor.len() - 1] {
        refused(owner, format!("/tasks?limit=2&cursor={}", &cursor[..cut])).await;
    }
}

async fn limits_are_kept(storage: Storage) {
    let site = Site::start(storage).await;
    site.apply(include_str!("src/stage.yaml")).await;
    let root = site.user("north/root").await;
    for limit in ["0", "501", "-1", "1.5", "", "all", "18446744073709551616", "0x10", "%31%20"] {
        wrong(root.get(&format!("/tasks?limit={limit}")).await, "limit");
    }
    assert_eq!(root.get("/tasks?limit=1").await.is(200).ids().len(), 1);
    root.get("/tasks?limit=500").await.is(200);
    let made: Vec<_> = (0..60).map(|number| format!("      - name: p{number:02}\n")).collect();
    site.apply(&format!("organizations:\n  - name: big\n    projects:\n{}", made.concat())).await;
    let organizations = root.get("/organizations?name=big").await.is(200);
    let projects = format!("/projects?organization_id={}", organizations.ids()[0]);
    let page = root.get(&projects).await.is(200);
    assert_eq!(page.ids().len(), 50);
    assert!(page.body["next"].is_string(), "a list is cut silently");
    assert_eq!(root.all(&projects).await.len(), 60);
    let last = root.get(&format!("{projects}&limit=60")).await.is(200);
    assert!(last.body["next"].is_null() && !last.headers.contains_key("link"));
}

async fn filters_find_what_they_name(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let names = async |address: &str| -> Vec<String> {
        let mut names: Vec<String> = root
            .all(address)
            .await
            .iter()
            .map(|item| item["name"].as_str().or(item["username"].as_str()).unwrap_or("").to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("/projects?q=HO").await, ["home"]);
    assert_eq!(names("/projects?visibility=public").await, ["open"]);
    assert_eq!(names("/projects?archived=true").await, ["old"]);
    assert_eq!(names("/users?q=sU").await, ["sue"]);
    assert_eq!(names("/roles?built_in=false&name=reader").await, ["reader", "reader"]);
    assert_eq!(names("/projects?q=%25").await, [""; 0]);
    assert_eq!(names("/projects?q=_").await, [""; 0]);
    assert_eq!(names("/projects?q='").await, [""; 0]);
    assert_eq!(names("/projects?name=Home").await, [""; 0]);
    let mate = stage.id("user", "north/mate");
    assert_eq!(names(&format!("/tasks?assignee_id={mate}")).await, ["for mate"]);
    let viewer = stage.id("role", "viewer");
    let grants = root.all(&format!("/grants?role_id={viewer}&level=project")).await;
    assert_eq!(grants.len(), 2);
    let unknown = uuid::Uuid::from_u128(7);
    assert_eq!(names(&format!("/projects?organization_id={unknown}")).await, [""; 0]);

    let at = root.get(&stage.ids.address("organization", "west")).await.body["created_at"].clone();
    let at = at.as_str().unwrap();
    let made = root.post("/organizations", json!({ "name": "later" })).await.is(201);
    let after = root.get(&format!("/organizations?created_after={at}")).await.is(200);
    assert!(
        after.ids().contains(&made.id())
            && !after.ids().contains(&stage.id("organization", "west").to_owned())
    );
    root.get("/organizations?created_after=2099-01-01T00:00:00Z")
        .await
        .is(200)
        .ids()
        .is_empty()
        .then_some(())
        .unwrap();
    let offset = root.get("/organizations?created_after=2026-01-01T00:00:00%2B02:00").await;
    offset.is(200);
}

async fn what_no_list_takes_is_refused(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    for (query, pointer) in [
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
        ("sort=id&sort=id", "sort"),
        ("q=a&q=a", "q"),
        ("name=a&name=b", "name"),
        ("cursor=a&cursor=b", "cursor"),
        ("sort=description", "sort"),
        ("sort=password", "sort"),
        ("sort=", "sort"),
        ("sort=--id", "sort"),
        ("sort=id,name", "sort"),
        ("organization_id=north", "organization_id"),
        ("organization_id=", "organization_id"),
        ("archived=yes", "archived"),
        ("count=1", "count"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-13-01T00:00:00Z", "created_after"),
        ("LIMIT=1", "LIMIT"),
        ("limit%5B%5D=1", "limit[]"),
        ("dry_run=true", "dry_run"),
    ] {
        wrong(root.get(&format!("/projects?{query}")).await, pointer);
    }
    // A nested list's own filter is not to be given again, elsewhere least of all.
    let nested = format!("{}/projects", stage.ids.address("organization", "north"));
    let other = stage.id("organization", "west");
    let both = root.get(&format!("{nested}?organization_id={other}")).await;
    assert!(both.status == 422 || both.is(200).ids().is_empty());
}

async fn counts_obey_the_same_reach(storage: Storage) {
    let stage = Stage::set(storage).await;
    for player in &stage.cast {
        for list in KINDS.iter().map(|(_, collection)| *collection).chain(["rules"]) {
            let every = player.actor.all(&format!("/{list}?limit=100")).await.len();
            let page = player.actor.get(&format!("/{list}?limit=1&count=true")).await.is(200);
            assert_eq!(page.body["total"], every, "{}: {list}", player.name);
            assert!(player.actor.get(&format!("/{list}?limit=1")).await.body.get("total").is_none());
        }
    }
    let hidden = stage.id("organization", "west");
    let page = stage.actor("owner").get(&format!("/users?organization_id={hidden}&count=true")).await.is(200);
    assert_eq!(page.body["total"], 0);
    // Nor does the order or a filter tell what a caller may not view.
    let assignee = stage.id("user", "north/annotator");
    let by_assignee = stage.actor("partner").all(&format!("/tasks?assignee_id={assignee}")).await;
    let named: Vec<&Value> = by_assignee.iter().filter(|task| task["assignee_id"].is_null()).collect();
    assert!(named.is_empty(), "a filter tells an assignee that the view hides");
}

async fn pages_stay_whole_while_objects_come_and_go(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let before: Vec<String> = root.get("/tasks?sort=name&limit=500").await.ids();
    let first = root.get("/tasks?sort=name&limit=5").await.is(200);
    // The last of the page goes, and another comes before it.
    root.delete(&format!("/tasks/{}?cascade=true", first.ids()[4])).await.is(204);
    let tasks = format!("{}/tasks", stage.ids.address("job", "north/home/empty"));
    let made = root.post(&tasks, json!({ "name": "!" })).await.is(201).id();
    let mut seen = first.ids();
    let mut address = first.body["links"]["next"]["link"].as_str().map(str::to_owned);
    while let Some(next) = address {
        let page = root.get(&next).await.is(200);
        seen.extend(page.ids());
        address = page.body["links"]["next"]["link"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, before);
    assert!(!seen.contains(&made));
}

/// For everybody: the first page of the list comes along with whom they may view, and the rest has its address.
async fn what_comes_along_is_what_the_list_says(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let job = stage.ids.address("job", "north/home/workup");
    for n in 0..60 {
        root.post(&format!("{job}/tasks"), json!({ "name": format!("more-{n}") })).await.is(201);
    }
    let mut seen = BTreeSet::new();
    for (kind, children) in [("project", "jobs"), ("job", "tasks"), ("task", "runs")] {
        for (_, id) in stage.ids.all().filter(|(of, _)| *of == kind) {
            let address = format!("/{kind}s/{id}");
            for player in &stage.cast {
                let plain = player.actor.get(&address).await;
                let with = player.actor.get(&format!("{address}?include={children}")).await;
                assert_eq!(with.status, plain.status, "{} {address}", player.name);
                if plain.status != 200 {
                    continue;
                }
                let list = player.actor.get(&format!("{address}/{children}")).await.is(200).body;
                let mut along = with.body.clone();
                let included = along.as_object_mut().unwrap().remove("included").unwrap();
                assert_eq!((&along, &included[children]), (&plain.body, &list), "{} {address}", player.name);
                assert!(plain.body.get("included").is_none());
                seen.insert((kind, !list["items"].as_array().unwrap().is_empty()));
            }
        }
        let id = stage.ids.all().find(|(of, _)| *of == kind).unwrap().1;
        let address = format!("/{kind}s/{id}");
        for bad in ["include=users", "include=", &format!("include={children}&include={children}")] {
            wrong(root.get(&format!("{address}?{bad}")).await, "include");
        }
    }
    assert!(seen.contains(&("job", true)) && seen.contains(&("project", true)), "{seen:?}");
    let first = root.get(&format!("{job}?include=tasks")).await.is(200);
    let next = first.body["included"]["tasks"]["links"]["next"]["link"].as_str().unwrap().to_owned();
    assert!(!root.get(&next).await.is(200).ids().is_empty());
}
