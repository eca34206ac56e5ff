//! From header values to one credential.

use bailiwick_domain::ports::{AuthError, Presented};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::cookies::{Cookies, SessionCookie};
use crate::secrets;

/// The one credential of a request, well formed; whether it is good, storage knows.
#[derive(Debug)]
pub(crate) enum Credentials {
    Cookie(SessionCookie),
    Basic { key: Uuid, secret: String },
    Bearer { session: Uuid, token: String },
    Machine { id: Uuid, token: String },
}

impl Credentials {
    /// The credential of a request, if it carries one.
    ///
    /// # Errors
    /// It carries several, or what it carries can't be a credential of ours.
    pub(crate) fn read(presented: &Presented, cookies: &Cookies) -> Result<Option<Self>, AuthError> {
        let cookie = cookies.find(&presented.cookies)?;
        match (presented.authorization.as_slice(), cookie) {
            ([], None) => Ok(None),
            ([], Some(cookie)) => {
                Some(cookies.open(&cookie).map(Self::Cookie).ok_or(AuthError::NotGood)).transpose()
            }
            ([header], None) => Some(Self::authorization(header).ok_or(AuthError::NotGood)).transpose(),
            _ => Err(AuthError::Several),
        }
    }

    fn authorization(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        let rest = rest.trim_start();
        if scheme.eq_ignore_ascii_case("basic") {
            let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            let (key, secret) = text.split_once(':')?;
            let key = Uuid::try_parse(key).ok()?;
            secrets::is_sound(secrets::API_KEY, secret)
                .then(|| Self::Basic { key, secret: secret.to_owned() })
        } else if scheme.eq_ignore_ascii_case("bearer") {
            if let Some(id) = secrets::machine_of(rest) {
                return Some(Self::Machine { id, token: rest.to_owned() });
            }
            let session = secrets::session_of(secrets::ACCESS, rest)?;
            Some(Self::Bearer { session, token: rest.to_owned() })
        } else {
            None
        }
    }
}
