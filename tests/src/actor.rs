//! Somebody who speaks to a server: `ada.get("/tasks")`, `anon.post("/auth/login", json)`.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

/// Somebody with some credentials, or none.
#[derive(Debug, Clone)]
pub struct Actor {
    origin: String,
    client: reqwest::Client,
    headers: header::HeaderMap,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: header::HeaderMap,
    /// The body: JSON where it is JSON, else text.
    pub body: Value,
}

impl Actor {
    pub(crate) fn new(origin: &str) -> Self {
        // Servers drop connections that rest for five seconds: none is taken up again that late.
        let rest = std::time::Duration::from_secs(2);
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().pool_idle_timeout(rest);
        let client = client.build().unwrap();
        Self { origin: origin.to_owned(), client, headers: header::HeaderMap::new() }
    }

    /// With one more header on every request.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    /// With one more header whose value is no text.
    #[must_use]
    pub fn with_bytes(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.append(name, header::HeaderValue::from_bytes(value).unwrap());
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// Signed in by password, with a bearer token.
    pub async fn with_tokens(self, user: &str, password: &str) -> Self {
        let answer = self.post("/auth/tokens", json!({ "username": user, "password": password })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{user} can't sign in: {answer:?}");
        self.bearer(answer.body["access_token"].as_str().unwrap())
    }

    /// Signed in by password, with a cookie and its CSRF token.
    pub async fn with_cookie(self, user: &str, password: &str) -> Self {
        let answer = self.post("/auth/login", json!({ "username": user, "password": password })).await;
        assert_eq!(answer.status, StatusCode::OK, "{user} can't sign in: {answer:?}");
        self.with("x-csrf-token", answer.body["csrf_token"].as_str().unwrap())
    }

    /// With an API key, by HTTP Basic.
    #[must_use]
    pub fn api_key(mut self, id: &str, secret: &str) -> Self {
        let request = self.client.get(&self.origin).basic_auth(id, Some(secret)).build().unwrap();
        self.headers.insert(header::AUTHORIZATION, request.headers()[header::AUTHORIZATION].clone());
        self
    }

    /// Sends anything anywhere. A path without a leading `/api`, `/health`, ... is one of the API.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method, self.address(path)).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(request).await
    }

    /// Sends a body as it is, with this content type.
    pub async fn send_raw(
        &self,
        method: Method,
        path: &str,
        mime: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let request = self.client.request(method, self.address(path)).headers(self.headers.clone());
        Self::answer(request.header(header::CONTENT_TYPE, mime).body(body)).await
    }

    fn address(&self, path: &str) -> String {
        let outside = ["/api/", "/health/", "/openapi.json", "/docs", "/metrics"];
        let outside = path == "/" || outside.iter().any(|begin| path.starts_with(begin));
        let base = if outside { "" } else { "/api/v1" };
        format!("{}{base}{path}", self.origin)
    }

    async fn answer(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Every object of a list, over all its pages.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).await.is(200);
            items.extend(page.body["items"].as_array().unwrap().iter().cloned());
            match page.body["links"]["next"]["link"].as_str() {
                Some(link) => next = link.to_owned(),
                None => return items,
            }
        }
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// POST without a body.
    pub async fn act(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    /// PUT without a body.
    pub async fn tie(&self, path: &str) -> Answer {
        self.send(Method::PUT, path, None).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }
}

impl Answer {
    /// The answer, if it has this status; else the test fails with all of it.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// The id of the object in it.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {:#}", self.body)).to_owned()
    }

    /// The ids of the objects of a page.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        let items = self.body["items"].as_array().unwrap_or_else(|| panic!("no items in {:#}", self.body));
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}
