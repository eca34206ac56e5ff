//! Junk in every field of every route of the document: never the server's fault, always the field's, and nothing
//! comes of it.

use bailiwick_tests::cases::{About, Case};
use bailiwick_tests::{Answer, Stage, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

on_every_storage!(junk_in_bodies, a_nul_wherever_text_goes, junk_in_queries, junk_in_paths,);
on_servers!(a_nul_wherever_text_goes);

fn junk() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\u{0}",
        "a\u{0}b",
        "a/b",
        "../..",
        "'; DROP TABLE users; --",
        "%00",
        "\u{202e}",
        "\u{feff}x",
        "👩‍⚕️",
        "true",
        "null",
        "-1",
        "2026-13-45T99:99:99Z",
        "-999999999-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T00:00:00+23:59",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "server",
        "root",
    ];
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.5),
        json!(1e308),
        json!([]),
        json!([null]),
        json!([[[[]]]]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "": {} }),
        json!("x".repeat(10_001)),
    ];
    texts.iter().map(|text| json!(text)).chain(others).collect()
}

/// What a document says of a route.
fn operation<'d>(document: &'d Value, case: &Case) -> &'d Value {
    let path = format!("/paths/{}/{}", case.path.replace('/', "~1"), case.method.as_str().to_lowercase());
    document.pointer(&path).unwrap()
}

/// The schema of its body; null where it takes none.
fn schema<'d>(document: &'d Value, case: &Case) -> &'d Value {
    &operation(document, case)["requestBody"]["content"]["application/json"]["schema"]
}

/// The parameters of its query.
fn parameters<'d>(document: &'d Value, case: &Case) -> Vec<&'d str> {
    let all = operation(document, case)["parameters"].as_array().into_iter().flatten();
    all.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap()).collect()
}

/// Every place in a body that a schema knows, with what stands there in a good one.
fn places(document: &Value, schema: &Value, body: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolved(document, schema);
    if let Some(properties) = schema["properties"].as_object() {
        for (name, inner) in properties {
            let place = format!("{at}/{name}");
            found.push(place.clone());
            places(document, inner, &body[name], &place, found);
        }
    }
    for way in ["oneOf", "anyOf", "allOf"] {
        for inner in schema[way].as_array().into_iter().flatten() {
            places(document, inner, body, at, found);
        }
    }
    if let Some(first) = body.get(0) {
        found.push(format!("{at}/0"));
        places(document, &schema["items"], first, &format!("{at}/0"), found);
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    schema["$ref"].as_str().map_or(schema, |to| document.pointer(to.trim_start_matches('#')).unwrap())
}

/// The body with junk at a place; none where the good body has nothing around it.
fn spoilt(body: &Value, place: &str, junk: &Value) -> Option<Value> {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let mut body = body.clone();
    match body.pointer_mut(parent)? {
        Value::Object(fields) => {
            fields.insert(name.to_owned(), junk.clone());
        }
        Value::Array(items) => items[0] = junk.clone(),
        _ => return None,
    }
    Some(body)
}

#[track_caller]
fn fair(answer: &Answer, about: &str) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{about}: {answer:#?}");
    if status >= 400 {
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{about}");
        let text = answer.body.to_string().to_lowercase();
        let home = std::env::home_dir().map(|home| format!("{}/", home.display()).to_lowercase()).unwrap();
        for told in ["sqlx", "sea_orm", "sqlite", "panicked", "::", &home, ".rs:"] {
            assert!(!text.contains(told), "{about} tells of the inside: {text}");
        }
    }
}

async fn junk_in_bodies(storage: Storage) {
    let stage = Stage::set(storage).await;
    let document = stage.site.anon().get("/openapi.json").await.is(200).body;
    let root = stage.actor("root");
    let before = stage.dump().await;
    let mut sent = 0;
    for case in Case::all() {
        let schema = schema(&document, &case);
        if schema.is_null() {
            continue;
        }
        let id = target(&stage, case.about);
        let good = case.body(id, &stage).unwrap_or_else(|| panic!("{} has a body", case.deed));
        let mut found = Vec::new();
        places(&document, schema, &good, "", &mut found);
        assert!(!found.is_empty(), "{} takes a body without fields", case.deed);
        for place in found {
            for junk in junk() {
                let Some(body) = spoilt(&good, &place, &junk) else { continue };
                let answer = root.send(case.method.clone(), &case.dry(id, &stage), Some(body)).await;
                let about = format!("{} {place} = {}", case.deed, short(&junk));
                fair(&answer, &about);
                sent += 1;
                if answer.status == 422 {
                    let pointers =
                        answer.body["errors"].as_array().unwrap_or_else(|| panic!("{about}: {answer:?}"));
                    let named = pointers.iter().any(|fault| names(fault["pointer"].as_str().unwrap(), &place))
                        // The password as it is comes first, and the one that is sent is wrong.
                        || pointers[0]["pointer"] == "/current_password"
                        // Image and runs go together.
                        || (case.deed == "create_task" && ["/image", "/runs"].contains(&pointers[0]["pointer"].as_str().unwrap()));
                    assert!(named, "{about}: {:#}", answer.body);
                }
            }
        }
    }
    assert!(sent > 1_000, "only {sent} requests");
    stage.unchanged(&before, "junk was written").await;
}

/// Whether a pointer leads to the spoilt place, into it, or to what is around it and depends on it.
fn names(pointer: &str, place: &str) -> bool {
    let first = |text: &str| text.split('/').nth(1).unwrap_or("").to_owned();
    !pointer.is_empty() && first(pointer) == first(place)
}

fn short(junk: &Value) -> String {
    junk.to_string().chars().take(40).collect()
}

fn target(stage: &Stage, about: About) -> &str {
    match about {
        About::Path("rule" | "audit_event" | "session") | About::Nothing => {
            "00000000-0000-0000-0000-000000000001"
        }
        About::Path(kind) | About::Claim(kind) => {
            let path = match kind {
                "organization" => "south",
                "user" => "south/sam",
                "role" => "south/reader",
                "grant" => "south/sam owner south",
                "invitation" => "? viewer south/shared",
                "api_key" => "south/robot",
                "client_app" => "Vachan-online",
                "collaboration" => "alliance",
                "proposal" => "west into alliance",
                "node" => "south/worker",
                "run" => "south/shared/workup/compute by south",
                "project" => "north/home",
                "job" => "north/home/workup",
                "file" => "north/home/scan",
                "dataset" => "north/home/scans",
                "label" => "north/home/finding",
                "annotation" => "north/home/workup/loose: north/home/finding",
                "comment" => "north/home/workup/loose: hard to see",
                "export" => "north/home/workup: jsonl",
                "source" => "north/home/en_ATLAS_1_document",
                "content" => "north/home/page",
                _ => "north/home/workup/loose",
            };
            stage.id(kind, path)
        }
    }
}

/// Not every database takes a NUL character in a text.
async fn a_nul_wherever_text_goes(storage: Storage) {
    let stage = Stage::set(storage).await;
    let document = stage.site.anon().get("/openapi.json").await.is(200).body;
    let root = stage.actor("root");
    let before = stage.dump().await;
    for path in ["/auth/tokens", "/auth/login"] {
        for name in ["north/no\u{0}body", "a\u{0}/b", "\u{0}", "north/\u{0}"] {
            let login = json!({ "username": name, "password": "a good password" });
            let refused = stage.site.anon().post(path, login).await.is(401);
            let wrong = json!({ "username": "north/nobody at all", "password": "a good password" });
            let wrong = stage.site.anon().post(path, wrong).await.is(401);
            assert_eq!(refused.body["detail"], wrong.body["detail"]);
        }
    }
    let mut sent = 0;
    for case in Case::all() {
        let id = target(&stage, case.about);
        for name in parameters(&document, &case) {
            let to = case.to(id, &stage);
            let to = to.split('?').next().unwrap();
            for value in ["%00", "a%00b"] {
                let dry = if case.dry_run && name != "dry_run" { "&dry_run=true" } else { "" };
                let answer = case.send(root, &format!("{to}?{name}={value}{dry}"), id, &stage).await;
                let about = format!("{} {name}={value}", case.deed);
                fair(&answer, &about);
                if answer.body["type"] != "urn:bailiwick:problem:wrong-principal"
                    && !answer.body["errors"].is_null()
                {
                    assert_eq!(answer.body["errors"][0]["pointer"], name, "{about}: {answer:#?}");
                }
                sent += 1;
            }
        }
        if case.path.contains('{') {
            let to = case.to("a%00b", &stage).replace("/none", "/%00");
            fair(&case.send(root, &to, id, &stage).await, case.deed);
        }
        let good = case.body(id, &stage).unwrap_or(Value::Null);
        let mut found = Vec::new();
        places(&document, schema(&document, &case), &good, "", &mut found);
        for place in found {
            let named = json!({ "a\u{0}": "b" });
            for junk in [json!("\u{0}"), json!("a\u{0}b"), json!("a/\u{0}"), named, json!(["a\u{0}"])] {
                let Some(body) = spoilt(&good, &place, &junk) else { continue };
                let answer = root.send(case.method.clone(), &case.dry(id, &stage), Some(body)).await;
                fair(&answer, &format!("{} {place} = {junk}", case.deed));
                sent += 1;
            }
        }
    }
    assert!(sent > 1_000, "only {sent} requests");
    stage.unchanged(&before, "a NUL was written").await;
}

async fn junk_in_queries(storage: Storage) {
    let stage = Stage::set(storage).await;
    let document = stage.site.anon().get("/openapi.json").await.is(200).body;
    let root = stage.actor("root");
    let before = stage.dump().await;
    let values = [
        "",
        "%00",
        "%ff",
        "%",
        "'",
        "-1",
        "99999999999999999999",
        "x%0d%0ay",
        "%F0%9F%91%A9",
        "[]",
        "true",
        "2026-02-30T00:00:00Z",
        "%2B10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "server:x",
        "project:",
    ];
    let mut sent = 0;
    for case in Case::all() {
        let id = target(&stage, case.about);
        for name in parameters(&document, &case) {
            for value in values {
                // A flag that is good junk would be carried out.
                if value == "true" && case.method != reqwest::Method::GET {
                    continue;
                }
                let path = case.to(id, &stage);
                let path = path.split('?').next().unwrap();
                let dry = if case.dry_run && name != "dry_run" { "&dry_run=true" } else { "" };
                let answer = case.send(root, &format!("{path}?{name}={value}{dry}"), id, &stage).await;
                let about = format!("{} {name}={value}", case.deed);
                fair(&answer, &about);
                sent += 1;
                if answer.status == 422 && answer.body["errors"].as_array().unwrap().is_empty() {
                    panic!("{about}: {:#}", answer.body);
                }
            }
        }
    }
    assert!(sent > 500, "only {sent} requests");
    stage.unchanged(&before, "junk was written").await;
}

async fn junk_in_paths(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, nobody) = (stage.actor("root"), stage.actor("nobody"));
    let before = stage.dump().await;
    let ids = [
        "x",
        "%00",
        "%ff",
        "..%2f..",
        "00000000-0000-0000-0000-000000000000",
        "%7Bid%7D",
        "'",
        "%F0%9F%91%A9",
        "a%20b",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "%E2%80%AE",
    ];
    for case in Case::all().iter().filter(|case| case.path.contains('{')) {
        for id in ids {
            for actor in [root, nobody] {
                let path = case.to(id, &stage).replace("/none", &format!("/{id}"));
                let answer = case.send(actor, &path, id, &stage).await;
                let about = format!("{} {id}", case.deed);
                fair(&answer, &about);
                let not_for_people = answer.body["type"] == "urn:bailiwick:problem:wrong-principal";
                let expected = match case.deed {
                    _ if not_for_people => 403,
                    "follow_download" => 401,
                    _ => 404,
                };
                assert_eq!(answer.status, expected, "{about}: {:#}", answer.body);
            }
        }
    }
    stage.unchanged(&before, "junk was written").await;
}
