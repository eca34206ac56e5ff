//! What who lists through which app: the tags and role words of the access rules that are shipped, over all of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use bailiwick_tests::{Actor, Site, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::App;

on_every_storage!(who_lists_what_through_which_app);
on_servers!(who_lists_what_through_which_app);

/// Each app, and the tag by which sources are read in it.
const APPS: [(&str, &str); 6] = [
    ("default", "read-via-api"),
    ("Autographa", "refer-for-translation"),
    ("SanketMAST", "refer-for-translation"),
    ("Vachan-online", "view-on-web"),
    ("VachanAdmin", "read-via-vachanadmin"),
    ("VachanContentDashboard", "read-via-vachancontentdashboard"),
];

/// To whom an entitlement opens a tag.
const OPENS: [(&str, &str, &[&str]); 10] = [
    ("content", "read-via-api", &["SuperAdmin", "VachanAdmin", "BcsDeveloper", "VachanContentAdmin"]),
    ("content", "read-via-vachanadmin", &["SuperAdmin", "VachanAdmin"]),
    (
        "content",
        "read-via-vachancontentdashboard",
        &["SuperAdmin", "VachanContentAdmin", "VachanContentViewer"],
    ),
    ("open-access", "read-via-api", &["everybody"]),
    ("open-access", "view-on-web", &["everybody"]),
    ("open-access", "refer-for-translation", TRANSLATORS),
    ("publishable", "read-via-api", &["registeredUser"]),
    ("publishable", "view-on-web", &["everybody"]),
    ("publishable", "refer-for-translation", TRANSLATORS),
    ("research-use", "read-via-api", &["SuperAdmin", "BcsDeveloper"]),
];
const TRANSLATORS: &[&str] = &["SuperAdmin", "AgAdmin", "SanketMASTAdmin", "AgUser", "SanketMASTUser"];

/// Who asks, by their role; those who have none come first.
const ASKING: [&str; 11] = [
    "anonymous",
    "registered",
    "SuperAdmin",
    "VachanAdmin",
    "VachanContentAdmin",
    "VachanContentViewer",
    "BcsDeveloper",
    "AgAdmin",
    "AgUser",
    "SanketMASTAdmin",
    "SanketMASTUser",
];

/// The sources, by what they are called, each with its tags.
const SOURCES: [(&str, &[&str]); 12] = [
    ("kept", &["content"]),
    ("free", &["content", "open-access"]),
    ("shown", &["content", "publishable"]),
    ("saved", &["content", "downloadable"]),
    ("derived", &["content", "derivable"]),
    ("studied", &["content", "research-use"]),
    ("changed", &["content", "editable"]),
    ("only-free", &["open-access"]),
    ("only-shown", &["publishable"]),
    ("only-studied", &["research-use"]),
    ("both", &["publishable", "research-use"]),
    ("bare", &[]),
];

const WORLD: &str = "
organizations:
  - name: press
    users: [{ username: root }, { username: registered }]
    projects: [{ name: shelf }]
grants: [{ user: press/root, role: root, at: server }]
";

/// Whether the rules open a source of these tags.
fn opens(who: &str, tag: &str, entitlements: &[&str]) -> bool {
    let is = |word: &&str| match *word {
        "everybody" => true,
        "registeredUser" => who != "anonymous",
        role => role == who,
    };
    OPENS
        .iter()
        .any(|(entitlement, of, to)| *of == tag && entitlements.contains(entitlement) && to.iter().any(is))
}

async fn tokens(anyone: Actor, who: &str) -> Actor {
    match who {
        "anonymous" => anyone,
        _ => anyone.with_tokens(&format!("press/{who}"), &format!("password of press/{who}")).await,
    }
}

/// A server on which everybody who asks has their role at the organization.
async fn house(storage: Storage) -> (Site, Actor) {
    let site = Site::start(storage).await;
    site.apply(WORLD).await;
    let root = site.user("press/root").await;
    let press = root.get("/organizations?name=press").await.is(200).ids()[0].clone();
    site.set_password("press/registered", "password of press/registered").await;
    for role in &ASKING[2..] {
        let user = root.post(&format!("/organizations/{press}/users"), json!({ "username": role })).await;
        let role_id = root.get(&format!("/roles?name={role}")).await.is(200).ids()[0].clone();
        let grant = json!({
            "principal": { "kind": "user", "id": user.is(201).id() }, "role_id": role_id,
            "anchor": { "level": "organization", "id": press }
        });
        root.post("/grants", grant).await.is(201);
        site.set_password(&format!("press/{role}"), &format!("password of press/{role}")).await;
    }
    (site, root)
}

async fn who_lists_what_through_which_app(storage: Storage) {
    let (site, root) = house(storage).await;
    let project = root.get("/projects?name=shelf").await.is(200).ids()[0].clone();
    let mut ids = BTreeMap::new();
    for (name, entitlements) in SOURCES {
        let body = json!({
            "content_type": "document", "language": "en", "abbreviation": name, "revision": "1",
            "entitlements": entitlements
        });
        let source = root.post(&format!("/projects/{project}/sources"), body).await.is(201).id();
        let content = json!({ "body": { "title": name, "text": "What stands in it." } });
        root.post(&format!("/sources/{source}/contents"), content).await.is(201);
        ids.insert(name, source);
    }
    let mut table = String::new();
    for (app, tag) in APPS {
        writeln!(table, "{app} ({tag})").unwrap();
        let through = match app {
            "default" => site.anon(),
            _ => site.anon().with("x-app-key", &App::registered(&root, json!({ "name": app })).await.key),
        };
        for who in ASKING {
            let actor = tokens(through.clone(), who).await;
            let right: Vec<&str> =
                SOURCES.iter().filter(|(_, tags)| opens(who, tag, tags)).map(|(name, _)| *name).collect();
            let told = format!("{who} through {app}");
            listed(&actor, "/sources", "abbreviation", &right, &told).await;
            listed(&actor, "/contents", "name", &right, &told).await;
            let hidden = if who == "anonymous" { 401 } else { 404 };
            for (name, source) in &ids {
                let status = if right.contains(name) { 200 } else { hidden };
                actor.get(&format!("/sources/{source}")).await.is(status);
                actor.get(&format!("/sources/{source}/contents")).await.is(status);
            }
            let told = if right.is_empty() { "nothing".to_owned() } else { right.join(", ") };
            writeln!(table, "  {who:<20} {told}").unwrap();
        }
    }
    insta::assert_snapshot!("visible_sources", table);
}

/// A list holds these, in full pages, and counts them.
async fn listed(actor: &Actor, path: &str, field: &str, right: &[&str], told: &str) {
    let texts = |items: &[Value]| -> Vec<String> {
        let mut texts: Vec<String> =
            items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect();
        texts.sort();
        texts
    };
    let mut right: Vec<&str> = right.to_vec();
    right.sort_unstable();
    assert_eq!(texts(&actor.all(&format!("{path}?limit=2")).await), right, "{told}: {path}");
    let page = actor.get(&format!("{path}?limit=2&count=true")).await.is(200).body;
    let held = page["items"].as_array().unwrap().len();
    assert_eq!((held, &page["total"]), (right.len().min(2), &json!(right.len())), "{told}: {path}");
}
