//! What every answer carries: problems, headers, methods; and the document that describes them all.

use std::collections::BTreeSet;

use bailiwick_tests::cases::{About, Case};
use bailiwick_tests::{Answer, Site, Stage, Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

on_every_storage!(
    every_error_is_a_problem_document,
    every_answer_carries_the_security_headers,
    other_methods_are_named,
    the_document_describes_what_is_there,
    answers_fit_their_schemas,
    health_and_documents_need_no_credentials,
    no_answer_holds_a_secret,
);

/// One answer of every sort.
async fn answers(stage: &Stage) -> Vec<Answer> {
    let (root, anon) = (stage.actor("root"), stage.actor("anonymous"));
    let job = stage.ids.address("job", "north/home/workup");
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    vec![
        root.get(&job).await.is(200),
        root.post(&jobs, json!({ "name": "new" })).await.is(201),
        root.delete(&stage.ids.address("job", "north/home/empty")).await.is(204),
        root.send_raw(Method::POST, &jobs, "application/json", "{").await.is(400),
        anon.get(&job).await.is(401),
        stage.actor("viewer").patch(&job, json!({})).await.is(403),
        stage.actor("nobody").get(&job).await.is(404),
        root.get("/nowhere").await.is(404),
        root.get("/api/v2/tasks").await.is(404),
        root.put(&job, json!({})).await.is(405),
        root.act("/health/live").await.is(405),
        root.delete(&job).await.is(409),
        root.clone().with("if-match", "\"0\"").patch(&job, json!({})).await.is(412),
        root.send_raw(Method::POST, &jobs, "application/json", "x".repeat(5 << 20)).await.is(413),
        root.send_raw(Method::POST, &jobs, "text/plain", "{}").await.is(415),
        root.post(&jobs, json!({ "name": "" })).await.is(422),
    ]
}

async fn every_error_is_a_problem_document(storage: Storage) {
    let stage = Stage::set(storage).await;
    let mut ids = BTreeSet::new();
    for answer in answers(&stage).await {
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "two requests have one id");
        if answer.status.is_success() {
            continue;
        }
        let body = answer.body.as_object().unwrap_or_else(|| panic!("{answer:#?}"));
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{body:#?}");
        assert_eq!(body["status"], answer.status.as_u16());
        assert_eq!(body["instance"], id.as_str());
        for text in ["type", "title", "detail"] {
            assert!(!body[text].as_str().unwrap().is_empty(), "{body:#?}");
        }
        assert!(body["type"].as_str().unwrap().starts_with("urn:bailiwick:problem:"));
        for fault in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
            assert!(fault["pointer"].is_string() && fault["detail"].is_string());
        }
        match answer.status.as_u16() {
            401 => assert!(answer.headers.contains_key("www-authenticate")),
            403 => {
                assert_eq!(body["missing"], json!({ "operation": "edit", "kind": "job" }));
                let decision = body["decision"].as_str().unwrap();
                let event = stage.actor("root").get(&format!("/audit-events/{decision}")).await.is(200);
                assert_eq!(event.body["decision"], "denied");
                assert_eq!(event.body["request_id"], id.as_str());
            }
            _ => {}
        }
    }
}

async fn every_answer_carries_the_security_headers(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let mut all = answers(&stage).await;
    for path in ["/openapi.json", "/docs/", "/health/live", "/health/ready", "/metrics", "/docs/nothing"] {
        all.push(root.get(path).await);
    }
    for answer in all {
        let header = |name: &str| {
            answer.headers.get(name).unwrap_or_else(|| panic!("no {name}: {answer:#?}")).to_str().unwrap()
        };
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("x-powered-by"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    // Nobody is let in from another origin's pages.
    let foreign = root.clone().with("origin", "https://elsewhere.example");
    assert!(!foreign.get("/tasks").await.headers.contains_key("access-control-allow-origin"));
}

async fn other_methods_are_named(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let cases = Case::all();
    let paths: BTreeSet<&str> = cases.iter().map(|case| case.path.as_str()).collect();
    let id = stage.id("project", "north/home");
    for path in paths {
        let mut here: BTreeSet<&str> =
            cases.iter().filter(|case| case.path == path).map(|case| case.method.as_str()).collect();
        if here.contains("GET") {
            // What can be read can be asked for its headers alone.
            here.insert("HEAD");
            let path = path.replace("{id}", id).replace("{token}", "none");
            let (whole, head) = (root.get(&path).await, root.send(Method::HEAD, &path, None).await);
            assert_eq!(whole.status, head.status, "{path}");
            assert_eq!(head.body, "", "{path}");
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND"] {
            if here.contains(method) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = root.send(method, &path.replace("{id}", id), None).await.is(405);
            let allow: BTreeSet<&str> = answer.headers["allow"].to_str().unwrap().split(", ").collect();
            assert_eq!(allow, here, "{path}");
        }
    }
}

/// The one document, with the operations of all its paths.
async fn document(site: &Site) -> (Value, Vec<(String, String, Value)>) {
    let document = site.anon().get("/openapi.json").await.is(200).body;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    (document, operations)
}

async fn the_document_describes_what_is_there(storage: Storage) {
    let site = Site::start(storage).await;
    let (document, operations) = document(&site).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let cases = Case::all();
    let documented: BTreeSet<_> =
        operations.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    let routed: BTreeSet<_> = cases.iter().map(|case| (case.method.to_string(), case.path.clone())).collect();
    assert_eq!(documented, routed);
    let mut names = BTreeSet::new();
    for (method, path, operation) in &operations {
        let name = operation["operationId"].as_str().unwrap();
        let case = cases.iter().find(|case| case.deed == name).unwrap();
        assert!(names.insert(name) && case.path == *path && case.method.as_str() == method);
        assert!(
            operation["summary"].is_string() || operation["description"].is_string(),
            "{name} says nothing"
        );
        let security = operation["security"].as_array().unwrap();
        for scheme in ["cookie", "basic", "bearer"] {
            assert!(security.iter().any(|one| one.get(scheme).is_some()), "{name}: {scheme}");
            assert!(document["components"]["securitySchemes"][scheme].is_object());
        }
        let permission = operation["x-permission"].as_object().unwrap();
        let open = security.iter().any(|one| one.as_object().unwrap().is_empty());
        assert_eq!(permission["anonymous"], open, "{name}");
        assert!(!permission["principals"].as_array().unwrap().is_empty());
        if let About::Path(kind) = case.about
            && !matches!(kind, "session")
        {
            assert!(
                permission["kind"].is_string() && permission["operation"].is_string(),
                "{name}: {permission:?}"
            );
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for status in ["400", "401", "403", "422", "503"] {
            let content = &responses[status]["content"]["application/problem+json"]["schema"];
            assert_eq!(content["$ref"], "#/components/schemas/Problem", "{name} {status}");
        }
        let in_path: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .collect();
        assert_eq!(in_path.len(), path.matches('{').count(), "{name}");
        let named: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| format!("{} {}", parameter["in"], parameter["name"]))
            .collect();
        assert_eq!(named.len(), named.iter().collect::<BTreeSet<_>>().len(), "{name}: {named:?}");
    }
    refer(&document, &document);
}

/// Every reference leads to something.
fn refer(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                let there = document.pointer(to.strip_prefix('#').unwrap());
                assert!(there.is_some_and(Value::is_object), "{to} leads nowhere");
            }
            fields.values().for_each(|field| refer(document, field));
        }
        Value::Array(items) => items.iter().for_each(|item| refer(document, item)),
        _ => {}
    }
}

/// Answers hold the fields that the document says and no others.
async fn answers_fit_their_schemas(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (document, operations) = document(&stage.site).await;
    let root = stage.actor("root");
    for (method, path, operation) in &operations {
        if method != "GET" || path.contains("authz") || path.contains("candidates") {
            continue;
        }
        // Bytes have no schema.
        if ["input", "result", "log", "content", "{token}"].iter().any(|bytes| path.ends_with(bytes)) {
            continue;
        }
        let kind = match path.split('/').nth(1).unwrap() {
            "organizations" => "organization",
            "collaborations" => "collaboration",
            "proposals" => "proposal",
            "nodes" => "node",
            "runs" => "run",
            "users" => "user",
            "roles" => "role",
            "grants" => "grant",
            "invitations" => "invitation",
            "api-keys" => "api_key",
            "client-apps" => "client_app",
            "projects" => "project",
            "jobs" => "job",
            "tasks" => "task",
            "files" => "file",
            "datasets" => "dataset",
            "labels" => "label",
            "annotations" => "annotation",
            "comments" => "comment",
            "exports" => "export",
            "sources" => "source",
            "contents" => "content",
            "rules" | "audit-events" if path.contains("{id}") => continue,
            _ => "",
        };
        let id = stage.ids.all().find(|(found, _)| *found == kind).map_or("", |(_, id)| id);
        let answer = root.get(&path.replace("{id}", id)).await.is(200);
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, schema, &answer.body, path);
    }
}

fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let Some(properties) = schema["properties"].as_object() else {
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().for_each(|value| fits(document, items, value, place));
        }
        return;
    };
    let fields = value.as_object().unwrap_or_else(|| panic!("{place} is no object: {value:#}"));
    for (name, value) in fields {
        let known = properties.get(name).unwrap_or_else(|| panic!("{place}: the document has no `{name}`"));
        fits(document, known, value, &format!("{place}/{name}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(fields.contains_key(name.as_str().unwrap()), "{place}: {name} is missing in {value:#}");
    }
}

async fn health_and_documents_need_no_credentials(storage: Storage) {
    let site = Site::start(storage).await;
    let anon = site.anon();
    assert_eq!(anon.get("/health/live").await.is(200).body["status"], "live");
    assert_eq!(anon.get("/health/ready").await.is(200).body["status"], "ready");
    let docs = anon.get("/docs/").await.is(200);
    let page = docs.body.as_str().unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("https://") && !page.contains("http://"), "{page}");
    for path in ["/", "/docs"] {
        assert_eq!(anon.get(path).await.is(200).body, docs.body, "{path} leads there");
    }
}

/// Whoever may see everything sees no secret, hash or password anywhere.
async fn no_answer_holds_a_secret(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let keys = format!("{}/api-keys", stage.ids.address("organization", "north"));
    let key = root.post(&keys, json!({ "name": "canary" })).await.is(201);
    let users = format!("{}/users", stage.ids.address("organization", "north"));
    let body = json!({ "username": "canary", "password": "canary-password-1" });
    root.post(&users, body).await.is(201);
    let login = json!({ "username": "north/canary", "password": "canary-password-1" });
    let pair = stage.site.anon().post("/auth/tokens", login.clone()).await.is(201).body;
    let signed_in = stage.site.anon().post("/auth/login", login).await.is(200);
    stage
        .site
        .anon()
        .post("/auth/login", json!({ "username": "canary-password-2", "password": "x" }))
        .await
        .is(401);
    let wrong = json!({ "username": "north/canary", "password": "canary-password-3" });
    stage.site.anon().post("/auth/login", wrong).await.is(401);
    let cookie = signed_in.headers["set-cookie"].to_str().unwrap();
    let secrets = [
        key.body["secret"].as_str().unwrap(),
        pair["access_token"].as_str().unwrap(),
        pair["refresh_token"].as_str().unwrap(),
        signed_in.body["csrf_token"].as_str().unwrap(),
        cookie.split(['=', ';']).nth(1).unwrap(),
        "canary-password",
        "$argon2",
        "secret_hash",
        "password_hash",
        "csrf_hash",
    ];
    let mut texts = Vec::new();
    for case in Case::all().iter().filter(|case| case.method == Method::GET && !case.path.contains('{')) {
        let answer = root.get(&case.to(stage.id("project", "north/home"), &stage)).await.is(200);
        texts.push(answer.body.to_string());
    }
    texts.extend(root.all("/audit-events?limit=500").await.iter().map(Value::to_string));
    for path in ["/openapi.json", "/health/ready"] {
        texts.push(root.get(path).await.body.to_string());
    }
    for text in texts {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} stands in {text}");
        }
    }
}
