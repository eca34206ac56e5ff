//! Somebody who speaks to a server that may be killed, or to one of several on the same database.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Server, bailiwick};

/// What is presented with a request.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Nobody,
    /// An access token.
    Bearer(String),
    /// An API key's id and secret.
    Key(String, String),
    /// A session's cookie and its CSRF token.
    Cookie(String, String),
}

/// Somebody with a credential. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    pub credential: Credential,
}

/// An answer that was read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Client {
    pub fn new(credential: Credential) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(2));
        Self { http: http.timeout(Duration::from_secs(60)).build().unwrap(), credential }
    }

    /// The same connections, another credential.
    pub fn with(&self, credential: Credential) -> Self {
        Self { http: self.http.clone(), credential }
    }

    /// Sends a request; `None` where no whole answer came.
    pub async fn try_send(
        &self,
        at: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        let base = if path.starts_with("/health") { "" } else { "/api/v1" };
        let request =
            self.http.request(method.parse::<Method>().unwrap(), format!("http://{at}{base}{path}"));
        let request = self.presenting(request);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.ok()?;
        let retry_after =
            response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Some(Answer { status, retry_after, body })
    }

    fn presenting(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.credential {
            Credential::Nobody => request,
            Credential::Bearer(token) => request.bearer_auth(token),
            Credential::Key(id, secret) => request.basic_auth(id, Some(secret)),
            Credential::Cookie(cookie, csrf) => request.header("cookie", cookie).header("x-csrf-token", csrf),
        }
    }

    /// Sends a request that must be answered.
    pub async fn send(&self, at: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_send(at, method, path, body, &[]).await;
        answer.unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    pub async fn get(&self, at: &str, path: &str) -> Answer {
        self.send(at, "GET", path, None).await
    }

    pub async fn post(&self, at: &str, path: &str, body: Value) -> Answer {
        self.send(at, "POST", path, Some(&body)).await
    }

    /// POST without a body.
    pub async fn act(&self, at: &str, path: &str) -> Answer {
        self.send(at, "POST", path, None).await
    }

    pub async fn patch(&self, at: &str, path: &str, body: Value) -> Answer {
        self.send(at, "PATCH", path, Some(&body)).await
    }

    pub async fn delete(&self, at: &str, path: &str) -> Answer {
        self.send(at, "DELETE", path, None).await
    }

    /// The id of the one object of a list.
    pub async fn id(&self, at: &str, list: &str) -> String {
        let page = self.get(at, list).await.is(200);
        let items = page.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{list}: {items:#?}");
        items[0]["id"].as_str().unwrap().to_owned()
    }

    /// Signed in by password: an access token, and the refresh token.
    pub async fn tokens(at: &str, user: &str, password: &str) -> (Self, String) {
        let nobody = Self::new(Credential::Nobody);
        let body = json!({ "username": user, "password": password });
        let pair = nobody.post(at, "/auth/tokens", body).await.is(201).body;
        let text = |name: &str| pair[name].as_str().unwrap().to_owned();
        (nobody.with(Credential::Bearer(text("access_token"))), text("refresh_token"))
    }

    /// Signed in by password, with a cookie.
    pub async fn cookie(at: &str, user: &str, password: &str) -> Self {
        let nobody = Self::new(Credential::Nobody);
        let body = json!({ "username": user, "password": password });
        let address = format!("http://{at}/api/v1/auth/login");
        let response = nobody.http.post(address).json(&body).send().await.unwrap();
        let cookies = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let session = cookies.map(|cookie| cookie.split(';').next().unwrap());
        let session = session.collect::<Vec<_>>().join("; ");
        let body: Value = response.json().await.unwrap();
        let csrf = body["csrf_token"].as_str().unwrap_or_else(|| panic!("{user} can't sign in: {body}"));
        nobody.with(Credential::Cookie(session, csrf.to_owned()))
    }

    /// A new API key, made by this client at `/organizations/{id}` or `/projects/{id}`, with a role there.
    pub async fn new_key(&self, at: &str, under: &str, name: &str, role: &str) -> (String, Self) {
        let body = json!({ "name": name, "role_id": role });
        let made = self.post(at, &format!("{under}/api-keys"), body).await.is(201).body;
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        (text("id"), Self::new(Credential::Key(text("id"), text("secret"))))
    }
}

impl Answer {
    /// The answer, if it has this status; else the test fails with all of it.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// The id of the object in it.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {:#}", self.body)).to_owned()
    }
}

/// The id of a built-in role.
pub fn built_in(role: &str) -> String {
    bailiwick_domain::rule::id_of_name("role", role).to_string()
}

/// Sets a password as the operator, by the command.
pub fn set_password(place: &tempfile::TempDir, user: &str, password: &str) {
    use std::io::Write;
    let mut child = bailiwick(place, &["user", "set-password", user])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    assert!(child.wait().unwrap().success());
}

/// Waits until the server says that it is ready, or is not; fails after this many seconds.
pub async fn wait_until_ready(server: &Server, ready: bool, seconds: u64) {
    let nobody = Client::new(Credential::Nobody);
    for _ in 0..seconds * 20 {
        let answer = nobody.get(&server.address, "/health/ready").await;
        if (answer.status == 200) == ready {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not ready = {ready} within {seconds} s");
}
