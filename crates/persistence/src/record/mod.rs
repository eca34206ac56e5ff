//! Writes that are no objects of the API, each in the file that it is named after.

mod answers;
mod roles;
mod sessions;

use async_trait::async_trait;
use bailiwick_domain::audit::Entry;
use bailiwick_domain::ports::{OutboxEvent, Record, RefreshToken, Remembered, Session, StoreError};
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
        write::add(&self.place, entry.object()).await
    }

    async fn push(&self, event: &OutboxEvent) -> Result<(), StoreError> {
        answers::push(&self.place, event).await
    }

    async fn record_all(&self, entries: &[Entry], events: &[OutboxEvent]) -> Result<(), StoreError> {
        write::add_all(&self.place, entries.iter().map(Entry::object)).await?;
        answers::push_all(&self.place, events).await
    }

    async fn published(&self, events: &[Uuid]) -> Result<(), StoreError> {
        answers::published(&self.place, events).await
    }

    async fn remember(&self, answer: &Remembered) -> Result<(), StoreError> {
        answers::remember(&self.place, answer).await
    }

    async fn put_built_in(
        &self,
        id: Uuid,
        name: &str,
        description: &str,
        active: bool,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        roles::put_built_in(&self.place, id, name, description, active, now).await
    }

    async fn set_closures(&self, closures: &[(Uuid, Closure, Closure)]) -> Result<(), StoreError> {
        roles::set_closures(&self.place, closures).await
    }

    async fn set_password(&self, user: Uuid, hash: &str) -> Result<(), StoreError> {
        let update = Query::update()
            .table("users")
            .value("password_hash", hash)
            .and_where(Expr::col("id").eq(user))
            .take();
        run::touch(&self.place, &update).await
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::add(&self.place, session).await
    }

    async fn save_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::save(&self.place, session).await
    }

    async fn end_session(&self, id: Uuid) -> Result<(), StoreError> {
        sessions::end(&self.place, id).await
    }

    async fn end_sessions_of(&self, user: Uuid, except: Option<Uuid>) -> Result<(), StoreError> {
        sessions::end_all(&self.place, user, except).await
    }

    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        sessions::add_refresh_token(&self.place, token).await
    }

    async fn use_refresh_token(&self, hash: &str) -> Result<bool, StoreError> {
        sessions::use_refresh_token(&self.place, hash).await
    }

    async fn touch_api_key(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
        let update = Query::update()
            .table("api_keys")
            .value("last_used_at", micros(at))
            .and_where(Expr::col("id").eq(id))
            .take();
        run::touch(&self.place, &update).await
    }

    async fn set_setting(&self, name: &str, value: Option<&Value>) -> Result<(), StoreError> {
        answers::set_setting(&self.place, name, value).await
    }
}
