//! Writes that are no objects of the API, each in the file that it is named after.

mod answers;
mod machines;
mod roles;
mod sessions;
mod work;

use async_trait::async_trait;
use bailiwick_domain::PrincipalId;
use bailiwick_domain::audit::Entry;
use bailiwick_domain::entities::Link;
use bailiwick_domain::ports::{
    MachineToken, OutboxEvent, PolicyText, Record, RefreshToken, Remembered, Session, StoreError,
};
use bailiwick_domain::role::Closure;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::micros;
use crate::run;
use crate::store::SeaUnit;
use crate::write;

#[async_trait]
impl Record for SeaUnit {
    async fn audit(&self, entry: &Entry) -> Result<(), StoreError> {
        write::add(self.conn(), entry.object()).await
    }

    async fn push(&self, event: &OutboxEvent) -> Result<(), StoreError> {
        answers::push(self.conn(), event).await
    }

    async fn record_all(&self, entries: &[Entry], events: &[OutboxEvent]) -> Result<(), StoreError> {
        // Of nearly every request.
        if let ([entry], [event]) = (entries, events) {
            return answers::record(self.conn(), entry, event).await;
        }
        write::add_all(self.conn(), entries.iter().map(Entry::object)).await?;
        answers::push_all(self.conn(), events).await
    }

    async fn published(&self, events: &[Uuid]) -> Result<(), StoreError> {
        answers::published(self.conn(), events).await
    }

    async fn remember(&self, answer: &Remembered) -> Result<(), StoreError> {
        answers::remember(self.conn(), answer).await
    }

    async fn put_built_in(
        &self,
        id: Uuid,
        name: &str,
        description: &str,
        active: bool,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        roles::put_built_in(self.conn(), id, name, description, active, now).await
    }

    async fn set_closures(&self, closures: &[(Uuid, Closure, Closure)]) -> Result<(), StoreError> {
        roles::set_closures(self.conn(), closures).await
    }

    async fn put_policy(&self, policy: &PolicyText, now: OffsetDateTime) -> Result<(), StoreError> {
        answers::put_policy(self.conn(), policy, now).await
    }

    async fn set_password(&self, user: Uuid, hash: &str) -> Result<(), StoreError> {
        let update = Query::update()
            .table("users")
            .value("password_hash", hash)
            .and_where(Expr::col("id").eq(user))
            .take();
        run::touch(self.conn(), &update).await
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::add(self.conn(), session).await
    }

    async fn save_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::save(self.conn(), session).await
    }

    async fn end_session(&self, id: Uuid) -> Result<(), StoreError> {
        sessions::end(self.conn(), id).await
    }

    async fn end_sessions_of(&self, user: Uuid, except: Option<Uuid>) -> Result<(), StoreError> {
        sessions::end_all(self.conn(), user, except).await
    }

    async fn end_sessions_through(&self, app: Uuid) -> Result<(), StoreError> {
        sessions::end_through(self.conn(), app).await
    }

    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        sessions::add_refresh_token(self.conn(), token).await
    }

    async fn use_refresh_token(&self, hash: &str) -> Result<bool, StoreError> {
        sessions::use_refresh_token(self.conn(), hash).await
    }

    async fn add_machine_token(&self, token: &MachineToken) -> Result<(), StoreError> {
        machines::add_token(self.conn(), token).await
    }

    async fn end_machine_tokens(&self, of: PrincipalId) -> Result<(), StoreError> {
        machines::end_tokens(self.conn(), of).await
    }

    async fn touch_node(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
        machines::touch_node(self.conn(), id, at).await
    }

    async fn add_blob_part(&self, blob: Uuid, part: i64, bytes: &[u8]) -> Result<(), StoreError> {
        machines::add_blob_part(self.conn(), blob, part, bytes).await
    }

    async fn drop_blobs(&self, blobs: &[Uuid]) -> Result<(), StoreError> {
        write::drop_blobs(self.conn(), blobs).await
    }

    async fn tie(&self, link: &Link) -> Result<bool, StoreError> {
        work::tie(self.conn(), link).await
    }

    async fn untie(&self, link: &Link) -> Result<bool, StoreError> {
        work::untie(self.conn(), link).await
    }

    async fn add_stray(&self, stored: Uuid, from: OffsetDateTime) -> Result<(), StoreError> {
        work::add_stray(self.conn(), stored, from).await
    }

    async fn drop_strays(&self, stored: &[Uuid]) -> Result<(), StoreError> {
        work::drop_strays(self.conn(), stored).await
    }

    async fn touch_api_key(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
        let update = Query::update()
            .table("api_keys")
            .value("last_used_at", micros(at))
            .value("stamp", Expr::col("stamp").add(1))
            .and_where(Expr::col("id").eq(id))
            .take();
        run::touch(self.conn(), &update).await
    }

    async fn set_setting(&self, name: &str, value: Option<&Value>) -> Result<(), StoreError> {
        answers::set_setting(self.conn(), name, value).await
    }
}
