//! Credentials, paths, headers and bytes that are not as they should be.

use bailiwick_tests::{Actor, Stage, Storage, on_every_storage};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

on_every_storage!(
    there_is_one_principal,
    altered_credentials_are_no_credentials,
    a_cookie_changes_nothing_without_its_csrf_token,
    odd_paths_lead_nowhere,
    odd_headers_are_taken_for_what_they_are,
    odd_requests_on_the_wire_end_well,
);

async fn there_is_one_principal(storage: Storage) {
    let stage = Stage::set(storage).await;
    let site = &stage.site;
    let password = "password of north/mate";
    site.set_password("north/mate", password).await;
    let login = json!({ "username": "north/mate", "password": password });
    let signed_in = site.anon().post("/auth/login", login.clone()).await.is(200);
    let set = signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie =
        set.filter_map(|set| set.split(';').next()).find(|set| set.starts_with("bailiwick=")).unwrap();
    let token = site.anon().post("/auth/tokens", login).await.is(201).body["access_token"].clone();
    let (key, secret) = {
        let made = stage
            .actor("root")
            .post(
                &format!("{}/api-keys", stage.ids.address("organization", "north")),
                json!({ "name": "another" }),
            )
            .await
            .is(201);
        (made.id(), made.body["secret"].as_str().unwrap().to_owned())
    };
    let token = token.as_str().unwrap();
    let (with_cookie, bearer) = (site.anon().with("cookie", cookie), site.anon().bearer(token));
    for good in [&with_cookie, &bearer, &site.anon().api_key(&key, &secret)] {
        good.get("/whoami").await.is(200);
    }
    let both: [Actor; 6] = [
        with_cookie.clone().bearer(token),
        with_cookie.clone().api_key(&key, &secret),
        bearer.clone().bearer(token),
        site.anon().api_key(&key, &secret).bearer(token),
        with_cookie.clone().with("cookie", cookie),
        site.anon().with("cookie", &format!("{cookie}; {cookie}")),
    ];
    for actor in both {
        let refused = actor.get("/projects").await.is(400);
        assert_eq!(refused.body["type"], "urn:bailiwick:problem:malformed");
    }
    site.anon().with("cookie", &format!("other=1; {cookie}; theme=dark")).get("/whoami").await.is(200);
}

/// The same text with one character changed, at a few places.
fn altered(text: &str) -> impl Iterator<Item = String> {
    let count = text.len();
    let places = (0..count).step_by((count / 12).max(1)).chain([count - 1]);
    places.map(move |at| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        String::from_utf8(bytes).unwrap()
    })
}

async fn altered_credentials_are_no_credentials(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (site, root) = (&stage.site, stage.actor("root"));
    site.set_password("north/mate", "password of north/mate").await;
    let login = json!({ "username": "north/mate", "password": "password of north/mate" });
    let pair = site.anon().post("/auth/tokens", login.clone()).await.is(201).body;
    let token = pair["access_token"].as_str().unwrap();
    for token in altered(token).chain([token[1..].to_owned(), format!("{token}x"), String::new()]) {
        // Not needed, and not good all the same.
        site.anon().bearer(&token).get("/projects").await.is(401);
    }
    for refresh in altered(pair["refresh_token"].as_str().unwrap()) {
        site.anon().post("/auth/tokens/refresh", json!({ "token": refresh })).await.is(401);
    }
    let signed_in = site.anon().post("/auth/login", login).await.is(200);
    let set = signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie =
        set.filter_map(|set| set.split(';').next()).find(|set| set.starts_with("bailiwick=")).unwrap();
    let value = cookie.strip_prefix("bailiwick=").unwrap();
    for value in altered(value).filter(|altered| altered != value) {
        site.anon().with("cookie", &format!("bailiwick={value}")).get("/projects").await.is(401);
    }
    let keys = format!("{}/api-keys", stage.ids.address("organization", "north"));
    let made = root.post(&keys, json!({ "name": "another" })).await.is(201);
    let secret = made.body["secret"].as_str().unwrap();
    for secret in altered(secret) {
        site.anon().api_key(&made.id(), &secret).get("/projects").await.is(401);
    }
    for id in [stage.id("api_key", "north/scout"), stage.id("user", "north/root"), "", "x"] {
        site.anon().api_key(id, secret).get("/projects").await.is(401);
    }
    for odd in
        ["Basic", "Basic ", "Basic !!!!", "Basic eA==", "Bearer", "Bearer a b", "Digest x", "x", "Negotiate"]
    {
        let answer = site.anon().with("authorization", odd).get("/projects").await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{odd}: {answer:?}");
    }
    site.anon().with_bytes("authorization", b"Bearer \xff\xfe").get("/projects").await.is(401);
    site.anon().bearer(secret).get("/projects").await.is(401);
    site.anon().api_key(&made.id(), token).get("/projects").await.is(401);
}

async fn a_cookie_changes_nothing_without_its_csrf_token(storage: Storage) {
    let stage = Stage::set(storage).await;
    let password = "password of north/root";
    let body = json!({ "username": "north/root", "password": password });
    let (one, other) = (stage.site.anon(), stage.site.anon());
    let csrf = one.post("/auth/login", body.clone()).await.is(200).body["csrf_token"].clone();
    let foreign = other.post("/auth/login", body).await.is(200).body["csrf_token"].clone();
    let (csrf, foreign) = (csrf.as_str().unwrap(), foreign.as_str().unwrap());
    let before = stage.dump().await;
    {
        let job = stage.ids.address("job", "north/home/workup");
        one.get(&job).await.is(200);
        for tried in [
            one.clone(),
            one.clone().with("x-csrf-token", ""),
            one.clone().with("x-csrf-token", foreign),
            one.clone().with("x-csrf-token", &csrf[1..]),
        ] {
            for answer in [
                tried.patch(&job, json!({ "name": "x" })).await,
                tried.delete(&format!("{job}?cascade=true")).await,
                tried.post("/organizations", json!({ "name": "x" })).await,
                tried.act("/auth/logout").await,
                tried.send_raw(Method::POST, "/organizations", "text/plain", "{\"name\": \"x\"}").await,
            ] {
                assert_eq!(answer.is(403).body["type"], "urn:bailiwick:problem:csrf");
            }
        }
    }
    stage.unchanged(&before, "something was written").await;
    one.get("/whoami").await.is(200);
    let right = one.with("x-csrf-token", csrf);
    right.post("/organizations", json!({ "name": "x" })).await.is(201);
    right.send_raw(Method::POST, "/organizations", "text/plain", "{\"name\": \"y\"}").await.is(415);
}

async fn odd_paths_lead_nowhere(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let home = stage.id("project", "north/home");
    for path in [
        "/projects/",
        "//projects",
        "/Projects",
        "/projects/x",
        "/projects/%00",
        "/projects/%ff",
        "/projects/%",
        "/projects/..%2f..%2fetc",
        "/projects/;",
        "/projects;x=1",
        "/projects/*",
        "/projects/-1",
        "/projects/00000000-0000-0000-0000-000000000000",
        "/projects/{id}",
        "/projects/👩",
    ] {
        root.get(path).await.is(404);
    }
    for path in [
        format!("/projects/{home}/"),
        format!("/projects//{home}"),
        format!("/projects/{home}%00"),
        format!("/projects/{home};x"),
        format!("/projects/{home}%2fjobs"),
        format!("/projects/{home}/jobs/{home}"),
        format!("/projects/{}", "x".repeat(20_000)),
        format!("/jobs/{home}"),
    ] {
        root.get(&path).await.is(404);
    }
    for query in ["%", "%zz", "a=%ff", "=", "&&&", "a", "q=%00", &format!("q={}", "x".repeat(20_000))] {
        let answer = root.get(&format!("/projects?{query}")).await;
        assert!(answer.status.as_u16() < 500, "{query}: {answer:?}");
    }
}

async fn odd_headers_are_taken_for_what_they_are(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    let odd = [b"\xff\xfe".as_slice(), b"", b"\t", &[b'x'; 5_000]];
    for name in [
        "if-match",
        "idempotency-key",
        "accept",
        "accept-language",
        "user-agent",
        "x-request-id",
        "origin",
        "x-forwarded-for",
        "host",
        "range",
        "if-none-match",
        "x-csrf-token",
        "cookie",
    ] {
        for value in odd {
            let with = root.clone().with_bytes(name, value);
            assert!(with.get("/projects").await.status.as_u16() < 500, "{name}");
            let dry = with.post(&format!("{jobs}?dry_run=true"), json!({ "name": "x" })).await;
            assert!(dry.status.as_u16() < 500, "{name}: {dry:?}");
        }
    }
    let mine = root.clone().with("x-request-id", "mine").get("/projects").await.is(200);
    assert_ne!(mine.headers["x-request-id"], "mine");
}

async fn odd_requests_on_the_wire_end_well(storage: Storage) {
    let stage = Stage::set(storage).await;
    let address = stage.site.origin.strip_prefix("http://").unwrap();
    for request in [
        "GET /api/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /api/v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/%2e%2e/projects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/projects HTTP/9.9\r\n\r\n",
        "NONSENSE\r\n\r\n",
        "GET \x00 HTTP/1.1\r\n\r\n",
        "GET /api/v1/projects HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n",
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        tokio::time::timeout(std::time::Duration::from_secs(10), read).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or("400");
        assert!(status.starts_with('4'), "{request:?}: {answer}");
    }
    stage.actor("root").get("/projects").await.is(200);
}
