//! What is wrong with a request is said by the field, and nothing comes of it.

use bailiwick_tests::cases::{Case, NOTHING};
use bailiwick_tests::{Answer, Stage, Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

on_every_storage!(
    a_body_that_is_no_json_is_refused,
    names_of_the_reader_are_refused_everywhere,
    a_field_that_is_wrong_is_named,
    names_look_like_names,
    ids_of_other_tenants_name_nothing,
    a_filter_by_what_is_hidden_finds_nothing,
);

async fn refuses(stage: &Stage, check: impl AsyncFn(&Stage)) {
    let before = stage.dump().await;
    check(stage).await;
    stage.unchanged(&before, "something was written").await;
}

fn jobs(stage: &Stage) -> String {
    format!("{}/jobs", stage.ids.address("project", "north/home"))
}

async fn a_body_that_is_no_json_is_refused(storage: Storage) {
    let stage = Stage::set(storage).await;
    refuses(&stage, async |stage| {
        let (root, jobs) = (stage.actor("root"), jobs(stage));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!("{{\"name\": {}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        let malformed: [&[u8]; 16] = [
            b"",
            b"{",
            b"}",
            b"{\"name\": \"x\"",
            b"{\"name\": \"x\"}}",
            b"{\"name\": \"x\"} {}",
            b"{'name': 'x'}",
            b"{\"name\": \"x\",}",
            b"{\"name\": \"\\ud800\"}",
            b"{\"name\": \"\\udc00\\ud800\"}",
            b"{\"name\": \"\xff\xfe\"}",
            b"\xef\xbb\xbf{\"name\": \"x\"}",
            b"{\"name\": \"a\x00b\"}",
            b"NaN",
            deep.as_bytes(),
            nested.as_bytes(),
        ];
        for body in malformed {
            let answer = root.send_raw(Method::POST, &jobs, "application/json", body.to_vec()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{shown}: {answer:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
        for body in ["[]", "null", "\"name\"", "1", "[{\"name\": \"x\"}]"] {
            root.send_raw(Method::POST, &jobs, "application/json", body).await.is(422);
        }
        let good = "{\"name\": \"x\"}";
        for mime in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/jsonx",
            "json",
            "*/*",
            "application/merge-patch",
        ] {
            root.send_raw(Method::POST, &jobs, mime, good).await.is(415);
        }
        let long = format!("{{\"name\": \"x\", \"description\": \"{}\"}}", "y".repeat(5 << 20));
        root.send_raw(Method::POST, &jobs, "application/json", long).await.is(413);
        let dry = format!("{jobs}?dry_run=true");
        root.send_raw(Method::POST, &dry, "Application/JSON ; charset=utf-8", good).await.is(201);
    })
    .await;
}

/// Names that mean something to who reads JSON here: a text under one of them was read once more, as deep again.
async fn names_of_the_reader_are_refused_everywhere(storage: Storage) {
    let stage = Stage::set(storage).await;
    let deep = |inside: &str| format!("{}{inside}{}", "[".repeat(119), "]".repeat(119));
    let names = ["$serde_json::private::RawValue", "\\u0024serde_json::private::Raw\\u0056alue"];
    let layers = (0..12)
        .fold(deep("1"), |layers, level| deep(&format!("{{\"{}\": {}}}", names[level % 2], json!(layers))));
    let named = format!("{{\"{}\": \"1\"}}", names[0]);
    let junk = [format!("{{\"a\": {layers}}}"), format!("{{\"a\": {named}}}"), layers, named.clone()];
    refuses(&stage, async |stage| {
        let mut sent = 0;
        for case in Case::all() {
            let Some(good) = case.body(NOTHING, stage) else { continue };
            let fields = good.as_object().unwrap().keys().map(String::as_str).chain(["metadata", "body"]);
            let mut bodies = vec![named.clone()];
            for field in fields {
                let mut body = good.clone();
                body[field] = json!("JUNK");
                bodies.extend(junk.iter().map(|junk| body.to_string().replace("\"JUNK\"", junk)));
            }
            for body in bodies {
                for (who, expected) in [("root", [403, 422]), ("anonymous", [401, 422])] {
                    let (to, body) = (case.dry(NOTHING, stage), body.clone());
                    let answer =
                        stage.actor(who).send_raw(case.method.clone(), &to, "application/json", body).await;
                    assert!(expected.contains(&answer.status.as_u16()), "{}: {answer:#?}", case.deed);
                    sent += 1;
                }
            }
        }
        assert!(sent > 400, "only {sent} requests");
        stage.actor("root").get("/organizations").await.is(200);
    })
    .await;
}

async fn a_field_that_is_wrong_is_named(storage: Storage) {
    let stage = Stage::set(storage).await;
    refuses(&stage, async |stage| {
        let root = stage.actor("root");
        let (north, project) =
            (stage.ids.address("organization", "north"), stage.id("project", "north/home"));
        let (user, role) = (stage.id("user", "north/mate"), stage.id("role", "viewer"));
        let principal = json!({ "kind": "user", "id": user });
        let anchor = json!({ "level": "project", "id": project });
        let grant = |field: &str, value: Value| {
            let mut body = json!({ "principal": principal, "role_id": role, "anchor": anchor });
            body[field] = value;
            ("/grants".to_owned(), body)
        };
        let roles = |rules: Value| (format!("{north}/roles"), json!({ "name": "x", "rules": rules }));
        let wrong = [
            ((jobs(stage), json!({})), "/name"),
            ((jobs(stage), json!({ "name": null })), "/name"),
            ((jobs(stage), json!({ "name": 1 })), "/name"),
            ((jobs(stage), json!({ "name": ["x"] })), "/name"),
            ((jobs(stage), json!({ "name": "x", "description": null })), "/description"),
            ((jobs(stage), json!({ "name": "x", "description": "a\u{0}b" })), "/description"),
            ((jobs(stage), json!({ "name": "x", "description": "y".repeat(100_001) })), "/description"),
            ((jobs(stage), json!({ "name": "x", "colour": "red" })), "/colour"),
            ((jobs(stage), json!({ "name": "x", "id": project })), "/id"),
            ((jobs(stage), json!({ "name": "x", "project_id": project })), "/project_id"),
            ((jobs(stage), json!({ "name": "x", "maker_id": user })), "/maker_id"),
            ((jobs(stage), json!({ "name": "x", "version": 9 })), "/version"),
            ((jobs(stage), json!({ "name": "x", "~a/b": 1 })), "/~0a~1b"),
            ((format!("{north}/users"), json!({ "username": "x", "status": "active" })), "/status"),
            ((format!("{north}/users"), json!({ "username": "x", "email": "nobody" })), "/email"),
            ((format!("{north}/users"), json!({ "username": "x", "email": "a b@c" })), "/email"),
            ((format!("{north}/users"), json!({ "username": "x", "password": "short" })), "/password"),
            (
                (format!("{north}/users"), json!({ "username": "a good name", "password": "a good name" })),
                "/password",
            ),
            ((format!("{north}/projects"), json!({ "name": "x", "visibility": "secret" })), "/visibility"),
            ((format!("{north}/projects"), json!({ "name": "x", "archived_at": null })), "/archived_at"),
            ((format!("{north}/api-keys"), json!({ "name": "x", "expires_at": "soon" })), "/expires_at"),
            ((format!("{north}/api-keys"), json!({ "name": "x", "secret": "mine" })), "/secret"),
            (roles(json!(["task:view"])), "/rules/0"),
            (roles(json!(["task:view:global", "task:view:everywhere"])), "/rules/1"),
            (roles(json!(["rule:create:global"])), "/rules/0"),
            (roles(json!("task:view:global")), "/rules"),
            (grant("principal", json!({ "kind": "user" })), "/principal/id"),
            (grant("principal", json!({ "kind": "person", "id": user })), "/principal/kind"),
            (grant("principal", json!({ "kind": "user", "id": user, "name": "x" })), "/principal/name"),
            (grant("principal", json!({ "kind": "api_key", "id": user })), "/principal/id"),
            (grant("role_id", json!("viewer")), "/role_id"),
            (grant("role_id", json!(user)), "/role_id"),
            (grant("anchor", json!({ "level": "project" })), "/anchor/id"),
            (grant("anchor", json!({ "level": "server", "id": project })), "/anchor/id"),
            (grant("anchor", json!({ "level": "planet", "id": project })), "/anchor/level"),
            (grant("starts_at", json!("2026-01-01")), "/starts_at"),
            (grant("starts_at", json!(1_767_225_600)), "/starts_at"),
            (grant("colour", json!("red")), "/colour"),
        ];
        for ((path, body), pointer) in wrong {
            let answer = root.post(&path, body.clone()).await.is(422);
            assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{body:#}: {:#}", answer.body);
        }
        let raw =
            |text: &'static str| root.send_raw(Method::POST, "/organizations", "application/json", text);
        assert_eq!(raw(r#"{"name": "a", "name": "b"}"#).await.is(422).body["errors"][0]["pointer"], "/name");
        assert!(raw(r#"{"name": 1e999}"#).await.status.is_client_error());
        let mut turned = grant("starts_at", json!("2026-01-02T00:00:00Z"));
        turned.1["expires_at"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(root.post(&turned.0, turned.1).await.is(422).body["errors"][0]["pointer"], "/expires_at");
    })
    .await;
}

async fn names_look_like_names(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, jobs) = (stage.actor("root"), jobs(&stage));
    let long = "x".repeat(10_000);
    for name in [
        "",
        " ",
        " x",
        "x ",
        "x\n",
        "a/b",
        "/",
        ".",
        "..",
        "a\u{0}b",
        "a\u{7f}b",
        "a\tb",
        "\u{85}",
        "\u{a0}",
        "\u{202e}x",
        "a\u{200b}b",
        "a\u{ad}b",
        "a\u{61c}b",
        "a\u{2028}b",
        "a\u{3164}b",
        "a\u{e0041}b",
        "a\u{2069}",
        "\u{feff}x",
        &long,
        &"é".repeat(201),
    ] {
        let answer = root.post(&jobs, json!({ "name": name })).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], "/name", "{name:?}");
        assert!(answer.body.to_string().len() < 2_000, "a problem repeats all that was sent");
    }
    for name in
        ["é".repeat(200).as_str(), "...", "%2e", "'; DROP TABLE jobs; --", "<b>", "👩‍⚕️", "a  b", "null"]
    {
        let made = root.post(&jobs, json!({ "name": name })).await.is(201);
        assert_eq!(made.body["name"], name);
        let project = stage.id("project", "north/home");
        let found = root.all(&format!("/jobs?project_id={project}&name={}", encoded(name))).await;
        assert_eq!(found.len(), 1, "{name}");
        let tasks = format!("/jobs/{}/tasks", made.id());
        let task = root.post(&tasks, json!({ "name": "t" })).await.is(201);
        let crumbs = task.body["path"].as_array().unwrap();
        assert!(crumbs.iter().any(|crumb| crumb["name"] == name));
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// An answer but for the request's id.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("instance");
    (answer.status.as_u16(), body)
}

async fn ids_of_other_tenants_name_nothing(storage: Storage) {
    let stage = Stage::set(storage).await;
    refuses(&stage, async |stage| {
        let owner = stage.actor("owner");
        let nothing = uuid::Uuid::from_u128(1).to_string();
        let (north, home) = (stage.ids.address("organization", "north"), stage.id("project", "north/home"));
        let tasks = format!("{}/tasks", stage.ids.address("job", "north/home/workup"));
        let task = stage.ids.address("task", "north/home/workup/loose");
        let (mate, viewer) = (stage.id("user", "north/mate"), stage.id("role", "viewer"));
        let anchor = json!({ "level": "project", "id": home });
        let user = |id: &str| json!({ "kind": "user", "id": id });
        let keys = format!("{north}/api-keys");
        type Sends<'a> = Box<dyn Fn(&str) -> (Method, String, Value) + 'a>;
        let bodies: [(&str, &str, Sends<'_>); 8] = [
            ("user", "west/wim", Box::new(|id| (Method::POST, tasks.clone(), json!({ "name": "x", "assignee_id": id })))),
            ("user", "west/wim", Box::new(|id| (Method::PUT, format!("{task}/assignee"), json!({ "user_id": id })))),
            ("task", "west/far/workup/loose", Box::new(|id| (Method::POST, tasks.clone(), json!({ "name": "x", "parent_id": id })))),
            ("role", "west/reader", Box::new(|id| (Method::POST, format!("{north}/roles"), json!({ "name": "x", "includes": [id] })))),
            ("role", "west/reader", Box::new(|id| (Method::POST, keys.clone(), json!({ "name": "x", "role_id": id })))),
            ("role", "west/reader", Box::new(|id| (Method::POST, "/grants".to_owned(),
                json!({ "principal": user(mate), "role_id": id, "anchor": anchor })))),
            ("user", "west/wim", Box::new(|id| (Method::POST, "/grants".to_owned(),
                json!({ "principal": user(id), "role_id": viewer, "anchor": anchor })))),
            ("project", "west/far", Box::new(|id| (Method::POST, "/grants".to_owned(),
                json!({ "principal": user(mate), "role_id": viewer, "anchor": { "level": "project", "id": id } })))),
        ];
        for (kind, foreign, sends) in bodies {
            let mut answers = Vec::new();
            // Of another kind is like nothing, where that kind is not what is asked for.
            let other = if kind == "project" { &nothing } else { home };
            for id in [stage.id(kind, foreign), &nothing, other] {
                let (method, path, body) = sends(id);
                answers.push(owner.send(method, &path, Some(body)).await);
            }
            assert!(matches!(answers[0].status.as_u16(), 404 | 422), "{kind}: {:?}", answers[0]);
            assert!(answers.iter().all(|answer| told(answer) == told(&answers[0])), "{kind}: {answers:#?}");
        }
        // A parent task of another job of the same project is none here.
        let other = owner.post(&format!("{}/tasks", stage.ids.address("job", "north/home/empty")),
            json!({ "name": "x", "parent_id": stage.id("task", "north/home/workup/loose") })).await.is(422);
        assert_eq!(other.body["errors"][0]["pointer"], "/parent_id");
        // Decisions tell no more than the objects do.
        let mut verdicts = Vec::new();
        for id in [stage.id("project", "west/far"), &nothing] {
            for operation in ["view", "edit", "delete"] {
                let question = format!("operation={operation}&kind=project&id={id}");
                verdicts.push(owner.get(&format!("/authz/explain?{question}")).await.is(200).body);
                owner.get(&format!("/authz/who?{question}")).await.is(404);
            }
            let about = format!("operation=view&kind=project&id={home}&principal_id={id}");
            assert_eq!(owner.get(&format!("/authz/explain?{about}")).await.is(422).body["errors"][0]["pointer"], "principal_id");
        }
        assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{verdicts:#?}");
    })
    .await;
}

async fn a_filter_by_what_is_hidden_finds_nothing(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, viewer) = (stage.actor("root"), stage.actor("annotator"));
    let nothing = uuid::Uuid::from_u128(1).to_string();
    // An annotator sees own tasks, and not who made them or whom else they could be of.
    for (kind, path, list, field) in [
        ("organization", "west", "projects", "organization_id"),
        ("user", "west/wes", "tasks", "assignee_id"),
        ("role", "west/reader", "grants", "role_id"),
        ("user", "west/wes", "grants", "principal_id"),
    ] {
        let address = |id: &str| format!("/{list}?{field}={id}&count=true");
        let (hidden, none) =
            (viewer.get(&address(stage.id(kind, path))).await, viewer.get(&address(&nothing)).await);
        let shape =
            |answer: &Answer| json!([answer.body["items"], answer.body["next"], answer.body["total"]]);
        assert_eq!(shape(&hidden.is(200)), shape(&none.is(200)), "{list} by {field}");
        root.get(&address(stage.id(kind, path))).await.is(200);
    }
}
