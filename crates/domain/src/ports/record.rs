//! Writes that are no objects of the API.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::auth::{MachineToken, RefreshToken, Session};
use super::events::OutboxEvent;
use super::source::PolicyText;
use super::store::{Remembered, StoreError};
use crate::audit::Entry;
use crate::entities::Link;
use crate::principal::PrincipalId;

/// Writes that are no objects of the API.
#[async_trait]
pub trait Record: Send + Sync {
    /// Adds an audit event.
    async fn audit(&self, entry: &Entry) -> Result<(), StoreError>;
    /// Adds an event to the outbox.
    async fn push(&self, event: &OutboxEvent) -> Result<(), StoreError>;
    /// Adds the audit events and the outbox events of many changes.
    async fn record_all(&self, entries: &[Entry], events: &[OutboxEvent]) -> Result<(), StoreError> {
        for entry in entries {
            self.audit(entry).await?;
        }
        for event in events {
            self.push(event).await?;
        }
        Ok(())
    }
    /// Takes events out of the outbox.
    async fn published(&self, events: &[Uuid]) -> Result<(), StoreError>;
    /// Stores an answer for its idempotency key; [`StoreError::Taken`] when the key was used meanwhile.
    async fn remember(&self, answer: &Remembered) -> Result<(), StoreError>;
    /// Makes or renews a built-in role's row.
    async fn put_built_in(
        &self,
        id: Uuid,
        name: &str,
        description: &str,
        active: bool,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;
    /// Stores what roles give after a role of their organization has changed.
    async fn set_closures(
        &self,
        roles: &[(Uuid, crate::role::Closure, crate::role::Closure)],
    ) -> Result<(), StoreError>;
    /// Puts a policy in force, on every server that shares this storage.
    async fn put_policy(&self, policy: &PolicyText, now: OffsetDateTime) -> Result<(), StoreError>;
    /// Sets a user's password hash.
    async fn set_password(&self, user: Uuid, hash: &str) -> Result<(), StoreError>;
    /// Adds a session.
    async fn add_session(&self, session: &Session) -> Result<(), StoreError>;
    /// Stores a session anew.
    async fn save_session(&self, session: &Session) -> Result<(), StoreError>;
    /// Ends a session, with its refresh tokens.
    async fn end_session(&self, id: Uuid) -> Result<(), StoreError>;
    /// Ends all sessions of a user but one.
    async fn end_sessions_of(&self, user: Uuid, except: Option<Uuid>) -> Result<(), StoreError>;
    /// Ends all sessions that were begun through a client app.
    async fn end_sessions_through(&self, app: Uuid) -> Result<(), StoreError>;
    /// Adds a refresh token.
    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Marks a refresh token as used; false when it was used before.
    async fn use_refresh_token(&self, hash: &str) -> Result<bool, StoreError>;
    /// Stores a token of a node or of a container; one that the container has already goes.
    async fn add_machine_token(&self, token: &MachineToken) -> Result<(), StoreError>;
    /// Ends all tokens of a node or of a container.
    async fn end_machine_tokens(&self, of: PrincipalId) -> Result<(), StoreError>;
    /// Notes that a node was heard of.
    async fn touch_node(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError>;
    /// Stores a part of bytes under an id, parts counted from nought.
    async fn add_blob_part(&self, blob: Uuid, part: i64, bytes: &[u8]) -> Result<(), StoreError>;
    /// Takes stored bytes away.
    async fn drop_blobs(&self, blobs: &[Uuid]) -> Result<(), StoreError>;
    /// Adds a link; false when it was there.
    async fn tie(&self, link: &Link) -> Result<bool, StoreError>;
    /// Takes a link away; false when there was none.
    async fn untie(&self, link: &Link) -> Result<bool, StoreError>;
    /// Notes that what is stored outside of this storage under an id belongs to nothing from this time on.
    async fn add_stray(&self, stored: Uuid, from: OffsetDateTime) -> Result<(), StoreError>;
    /// Forgets about it: it belongs to something, or is gone.
    async fn drop_strays(&self, stored: &[Uuid]) -> Result<(), StoreError>;
    /// Notes that an API key was used.
    async fn touch_api_key(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError>;
    /// Stores a setting; `None` removes it.
    async fn set_setting(&self, name: &str, value: Option<&Value>) -> Result<(), StoreError>;
}
