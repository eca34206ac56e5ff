//! Bodies that arrive late or not at all, and times and changes that were once taken: what an attack found, held shut.

use std::io::{Read, Write};
use std::net::TcpStream;

use bailiwick_tests::{Site, Storage, on_every_storage};
use serde_json::json;

const WORLD: &str = r"
organizations:
  - name: north
    users: [{username: ada}, {username: mal}]
    projects: [{name: work, jobs: [{name: first}]}]
grants:
  - {user: north/ada, role: root, at: server}
  - {user: north/mal, role: owner, at: north}
";

async fn site(storage: Storage) -> Site {
    let site = Site::start(storage).await;
    site.apply(WORLD).await;
    site
}

/// A request of which the headers and one byte are sent, and the rest when it is asked for.
struct Slow {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Slow {
    fn begin(origin: &str, path: &str, token: &str, body: &str) -> Self {
        let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).unwrap();
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body.as_bytes()[..1]).unwrap();
        Self { stream, rest: body.as_bytes()[1..].to_vec() }
    }

    fn finish(mut self) -> u16 {
        self.stream.write_all(&self.rest).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

async fn a_right_that_ends_while_a_body_dribbles_in_has_ended(storage: Storage) {
    let site = site(storage).await;
    let ada = site.user("north/ada").await;
    site.set_password("north/mal", "password of mal").await;
    let login = json!({ "username": "north/mal", "password": "password of mal" });
    let token = site.anon().post("/auth/tokens", login).await.is(201).body["access_token"].clone();
    let token = token.as_str().unwrap().to_owned();
    let project = ada.get("/projects?q=work").await.ids()[0].clone();
    let path = format!("/projects/{project}/jobs");
    assert_eq!(Slow::begin(&site.origin, &path, &token, r#"{"name": "second"}"#).finish(), 201);

    let slow = Slow::begin(&site.origin, &path, &token, r#"{"name": "third"}"#);
    let held = ada.get("/grants?level=organization").await.ids()[0].clone();
    ada.delete(&format!("/grants/{held}")).await.is(204);
    assert_eq!(slow.finish(), 404);

    let slow = Slow::begin(&site.origin, &path, &token, r#"{"name": "fourth"}"#);
    let mal = ada.get("/users?q=mal").await.ids()[0].clone();
    ada.act(&format!("/users/{mal}/suspend")).await.is(200);
    assert_eq!(slow.finish(), 401);
    assert_eq!(ada.get("/jobs?count=true").await.body["total"], 2);
}

async fn times_that_no_answer_could_write_are_refused(storage: Storage) {
    let site = site(storage).await;
    let ada = site.user("north/ada").await;
    let mal = ada.get("/users?q=mal").await.ids()[0].clone();
    let role = ada.get("/roles?name=viewer").await.ids()[0].clone();
    let project = ada.get("/projects?q=work").await.ids()[0].clone();
    for odd in ["0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "yesterday", "2026-12-01"] {
        let body = json!({
            "principal": { "kind": "user", "id": mal }, "role_id": role,
            "anchor": { "level": "project", "id": project }, "starts_at": odd,
        });
        let refused = ada.post("/grants", body).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "/starts_at", "{:#}", refused.body);
    }
    assert_eq!(ada.get("/grants?count=true").await.is(200).body["total"], 2);
}

async fn a_key_does_not_move_the_address_of_whom_it_acts_for(storage: Storage) {
    let site = site(storage).await;
    let mal = site.user("north/mal").await;
    let id = mal.get("/whoami").await.body["principal"]["id"].as_str().unwrap().to_owned();
    let home = mal.get("/organizations").await.ids()[0].clone();
    let owner = mal.get("/roles?q=owner").await.ids()[0].clone();
    let made =
        mal.post(&format!("/organizations/{home}/api-keys"), json!({ "name": "k", "role_id": owner })).await;
    let made = made.is(201);
    let key = site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
    key.patch(&format!("/users/{id}"), json!({ "email": "evil@example.org" })).await.is(403);
    mal.patch(&format!("/users/{id}"), json!({ "email": "evil@example.org" })).await.is(422);
    assert!(mal.get(&format!("/users/{id}")).await.is(200).body.get("email").is_none());
}

on_every_storage! {
    a_right_that_ends_while_a_body_dribbles_in_has_ended,
    times_that_no_answer_could_write_are_refused,
    a_key_does_not_move_the_address_of_whom_it_acts_for,
}
