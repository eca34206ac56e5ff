//! The cookies: one that proves a session, signed; one that scripts of our own pages read the CSRF token from.

use bailiwick_domain::ports::{AuthError, Random, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar, SameSite};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::config::{AuthConfig, CookieKey};

/// The session that a cookie names, with the value that proves it.
#[derive(Debug)]
pub(crate) struct SessionCookie {
    pub session: Uuid,
    /// Id and secret, as text; stored hashed.
    pub value: String,
    /// Signed with a key that is on its way out.
    pub stale: bool,
}

/// Reads and writes our cookies.
#[derive(Debug)]
pub(crate) struct Cookies {
    secure: bool,
    keys: Vec<CookieKey>,
}

impl Cookies {
    pub(crate) fn new(config: &AuthConfig) -> Self {
        Self { secure: config.secure, keys: config.cookie_keys.clone() }
    }

    /// Over TLS, `__Host-` keeps other hosts of the domain from setting it.
    pub(crate) const fn session_name(&self) -> &'static str {
        if self.secure { "__Host-bailiwick" } else { "bailiwick" }
    }

    const fn csrf_name(&self) -> &'static str {
        if self.secure { "__Host-bailiwick-csrf" } else { "bailiwick-csrf" }
    }

    /// Our session cookie's signed value, if these headers hold one.
    ///
    /// # Errors
    /// They hold several.
    pub(crate) fn find(&self, headers: &[String]) -> Result<Option<String>, AuthError> {
        let mut ours = headers
            .iter()
            .flat_map(|header| Cookie::split_parse(header.as_str()))
            .filter_map(Result::ok)
            .filter(|cookie| cookie.name() == self.session_name());
        let found = ours.next().map(|cookie| cookie.value().to_owned());
        if ours.next().is_some() { Err(AuthError::Several) } else { Ok(found) }
    }

    /// The session that a signed value names, if one of our keys signed it.
    pub(crate) fn open(&self, signed: &str) -> Option<SessionCookie> {
        let cookie = Cookie::new(self.session_name(), signed.to_owned());
        let (at, cookie) =
            self.keys.iter().enumerate().find_map(|(at, key)| {
                Some((at, CookieJar::new().signed(key.key()).verify(cookie.clone())?))
            })?;
        let value = cookie.value().to_owned();
        let session = URL_SAFE_NO_PAD.decode(&value).ok()?.get(..16).map(Uuid::from_slice)?.ok()?;
        Some(SessionCookie { session, value, stale: at != 0 })
    }

    /// The value of a new session's cookie: its id and 256 random bits.
    pub(crate) fn new_value(session: Uuid, random: &dyn Random) -> String {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        URL_SAFE_NO_PAD.encode([session.as_bytes().as_slice(), &secret].concat())
    }

    /// `Set-Cookie` of a session, signed with the newest key, until the session ends.
    pub(crate) fn set_session(&self, value: &str, ends: OffsetDateTime, now: OffsetDateTime) -> Vec<String> {
        let cookie = self.cookie(self.session_name(), value.to_owned(), ends - now);
        let cookie = cookie.http_only(true).same_site(SameSite::Lax).build();
        let mut jar = CookieJar::new();
        if let Some(key) = self.keys.first() {
            jar.signed_mut(key.key()).add(cookie);
        }
        jar.delta().map(ToString::to_string).collect()
    }

    /// `Set-Cookie` of the CSRF token, which scripts of our own pages read and send back as a header.
    pub(crate) fn set_csrf(&self, token: &Secret, ends: OffsetDateTime, now: OffsetDateTime) -> String {
        let cookie = self.cookie(self.csrf_name(), token.reveal().to_owned(), ends - now);
        cookie.same_site(SameSite::Strict).build().to_string()
    }

    /// `Set-Cookie` values that make a browser forget both.
    pub(crate) fn forget(&self) -> Vec<String> {
        let gone = |name| self.cookie(name, String::new(), Duration::ZERO);
        vec![
            gone(self.session_name()).http_only(true).same_site(SameSite::Lax).build().to_string(),
            gone(self.csrf_name()).same_site(SameSite::Strict).build().to_string(),
        ]
    }

    fn cookie(&self, name: &'static str, value: String, age: Duration) -> cookie::CookieBuilder<'static> {
        Cookie::build((name, value)).path("/").secure(self.secure).max_age(age)
    }
}
