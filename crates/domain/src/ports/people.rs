//! What storage keeps for people beside their objects: letters on their way, links that were mailed, second factors, and
//! the marks that slow guessing.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::store::StoreError;
use crate::kind::words;

/// A letter that is to be sent. It holds no secret: a link is made when its letter is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Which one.
    pub id: Uuid,
    /// When it was posted.
    pub at: OffsetDateTime,
    /// From when on it may be tried.
    pub due_at: OffsetDateTime,
    /// How often it was tried.
    pub attempts: i64,
    /// What it is about.
    pub what: Value,
}

words! {
    /// What a mailed link is for. It is good for nothing else.
    LinkPurpose {
        /// Accepting an invitation.
        Invitation = "invitation",
        /// A new password for who has forgotten the old one.
        Recovery = "recovery",
        /// Proving an address.
        Address = "address",
        /// Making an account.
        Registration = "registration",
        /// Reading the bytes of a file, again and again until it ends.
        Download = "download",
    }
}

/// A link that was mailed: good once, until it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct MailedLink {
    /// SHA-256 of its token, hexadecimal.
    pub hash: String,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The user, or the invitation, that it is about; its own id for a registration.
    pub subject: Uuid,
    /// The address that it was mailed to.
    pub address: String,
    /// What belongs to it.
    pub data: Value,
    /// Until when it may be used.
    pub expires_at: OffsetDateTime,
}

/// What a user proves beside the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The shared secret, Base32. Never shown again.
    pub secret: String,
    /// When a first code showed that it works; until then it does not count.
    pub confirmed_at: Option<OffsetDateTime>,
    /// The time step of the last code that was taken: that one and those before are used up.
    pub last_step: i64,
    /// SHA-256 of the recovery codes that are left, hexadecimal.
    pub recovery: Vec<String>,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[second factor]")
    }
}

/// Reads about people.
#[async_trait]
pub trait PeopleLookup: Send + Sync {
    /// Letters that are due, the one that waits longest first.
    async fn letters(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Letter>, StoreError>;
    /// The link with this hash.
    async fn mailed_link(&self, hash: &str) -> Result<Option<MailedLink>, StoreError>;
    /// The users who have proved this address, upper and lower case of ASCII letters alike, by id.
    async fn users_at(&self, address: &str) -> Result<Vec<Uuid>, StoreError>;
    /// A user's second factor, confirmed or not.
    async fn second_factor(&self, user: Uuid) -> Result<Option<SecondFactor>, StoreError>;
    /// Marks by key; those that are not there are left out.
    async fn marks(&self, keys: &[String]) -> Result<Vec<(String, OffsetDateTime)>, StoreError>;
}

/// Writes about people, inside a unit of work.
#[async_trait]
pub trait PeopleRecord: Send + Sync {
    /// Posts a letter.
    async fn post(&self, letter: &Letter) -> Result<(), StoreError>;
    /// Takes a letter for one attempt, and puts the next one off; false when another server was faster.
    async fn take_letter(&self, letter: &Letter, next: OffsetDateTime) -> Result<bool, StoreError>;
    /// Removes a letter that was sent or given up.
    async fn remove_letter(&self, id: Uuid) -> Result<(), StoreError>;
    /// Adds a link.
    async fn add_link(&self, link: &MailedLink) -> Result<(), StoreError>;
    /// Uses a link up; false when it was used up before.
    async fn use_link(&self, hash: &str) -> Result<bool, StoreError>;
    /// Ends all links about a user or an invitation.
    async fn end_links_of(&self, subject: Uuid) -> Result<(), StoreError>;
    /// Stores a user's second factor; `None` removes it.
    async fn set_second_factor(&self, user: Uuid, factor: Option<&SecondFactor>) -> Result<(), StoreError>;
    /// Sets a mark.
    async fn set_mark(&self, key: &str, at: OffsetDateTime) -> Result<(), StoreError>;
    /// Removes links and marks that lie in the past.
    async fn tidy(&self, now: OffsetDateTime) -> Result<(), StoreError>;
}
