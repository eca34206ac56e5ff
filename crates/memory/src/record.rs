//! Writes that are no objects of the API.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::audit::Entry;
use bailiwick_domain::entities::{ApiKey, Link, Node, Role, User};
use bailiwick_domain::facts::Lineage;
use bailiwick_domain::ports::{
    MachineToken, OutboxEvent, PolicyText, Record, RefreshToken, Remembered, Session, StoreError,
};
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Entity, Facts, Kind, Object, PrincipalId, PrincipalKind};
use imbl::OrdMap;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::state::{State, Stored};
use crate::{Memory, Working};

/// How long an answer stands in the way of another one with the same key, as the API promises.
const KEPT: Duration = Duration::hours(24);

#[async_trait]
impl Record for Memory<Working> {
    async fn audit(&self, entry: &Entry) -> Result<(), StoreError> {
        // Not through `add`: what was done to an object outlives it.
        let object = entry.object();
        self.change(|state| state.audit_events.insert(object.id, Arc::new(object.clone())));
        Ok(())
    }

    async fn push(&self, event: &OutboxEvent) -> Result<(), StoreError> {
        self.change(|state| state.outbox.insert((event.at, event.id), event.clone()));
        Ok(())
    }

    async fn published(&self, events: &[Uuid]) -> Result<(), StoreError> {
        self.change(|state| drop_where(&mut state.outbox, |event| events.contains(&event.id)));
        Ok(())
    }

    async fn remember(&self, answer: &Remembered) -> Result<(), StoreError> {
        let key = (answer.principal, answer.key.clone());
        self.change(|state| {
            drop_where(&mut state.remembered, |old| old.at <= answer.at.saturating_sub(KEPT));
            if state.remembered.contains_key(&key) {
                return Err(StoreError::Taken("key"));
            }
            state.remembered.insert(key, answer.clone());
            Ok(())
        })
    }

    async fn put_built_in(
        &self,
        id: Uuid,
        name: &str,
        description: &str,
        active: bool,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let full = Closure::built_in(name);
        let live = if active { full.clone() } else { Closure::default() };
        let data = Role {
            name: name.to_owned(),
            description: description.to_owned(),
            built_in: true,
            active,
            rules: Vec::new(),
            includes: Vec::new(),
            live,
            full,
        };
        self.change(|state| {
            if state.get::<Role>(id).is_some() {
                return state.alter::<Role>(id, |role| {
                    role.updated_at = if role.data == data { role.updated_at } else { now };
                    role.data = data;
                });
            }
            let mut facts = Facts::new(Kind::Role, id, Lineage::default());
            data.settle(&mut facts);
            let near = Vec::new();
            state.add(&Object { id, created_at: now, updated_at: now, version: 1, facts, near, data })
        })
    }

    async fn set_closures(&self, roles: &[(Uuid, Closure, Closure)]) -> Result<(), StoreError> {
        self.change(|state| {
            roles.iter().try_for_each(|(id, live, full)| {
                state.alter::<Role>(*id, |role| {
                    role.data.live.clone_from(live);
                    role.data.full.clone_from(full);
                })
            })
        })
    }

    async fn put_policy(&self, policy: &PolicyText, _now: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| {
            state.policies.retain(|old| old.version != policy.version);
            state.policies.push_back(policy.clone());
        });
        Ok(())
    }

    async fn set_password(&self, user: Uuid, hash: &str) -> Result<(), StoreError> {
        self.change(|state| {
            state.get::<User>(user).ok_or(StoreError::Stale)?;
            state.passwords.insert(user, hash.to_owned());
            Ok(())
        })
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        self.change(|state| {
            state.get::<User>(session.user_id).ok_or(StoreError::Stale)?;
            state.sessions.insert(session.id, session.clone());
            Ok(())
        })
    }

    async fn save_session(&self, session: &Session) -> Result<(), StoreError> {
        self.change(|state| {
            // A session that has ended meanwhile does not come back.
            *state.sessions.get_mut(&session.id).ok_or(StoreError::Stale)? = session.clone();
            Ok(())
        })
    }

    async fn end_session(&self, id: Uuid) -> Result<(), StoreError> {
        self.change(|state| state.end_session(id));
        Ok(())
    }

    async fn end_sessions_of(&self, user: Uuid, except: Option<Uuid>) -> Result<(), StoreError> {
        self.change(|state| state.end_sessions_of(user, except));
        Ok(())
    }

    async fn end_sessions_through(&self, app: Uuid) -> Result<(), StoreError> {
        self.change(|state| state.end_sessions_through(app));
        Ok(())
    }

    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        self.change(|state| {
            state.sessions.get(&token.session_id).ok_or(StoreError::Stale)?;
            state.refresh_tokens.insert(token.hash.clone(), token.clone());
            Ok(())
        })
    }

    async fn use_refresh_token(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.change(|state| {
            let token = state.refresh_tokens.get_mut(hash);
            token.is_some_and(|token| !std::mem::replace(&mut token.used, true))
        }))
    }

    async fn add_machine_token(&self, token: &MachineToken) -> Result<(), StoreError> {
        let goes = |old: &MachineToken| {
            old.principal == token.principal
                && (old.principal.kind == PrincipalKind::Container || old.expires_at <= token.created_at)
        };
        self.change(|state| {
            drop_where(&mut state.machine_tokens, goes);
            state.machine_tokens.insert(token.id, token.clone());
        });
        Ok(())
    }

    async fn end_machine_tokens(&self, of: PrincipalId) -> Result<(), StoreError> {
        self.change(|state| state.end_machine_tokens(of));
        Ok(())
    }

    async fn touch_node(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| state.alter::<Node>(id, |node| node.data.last_seen_at = Some(at)))
    }

    async fn add_blob_part(&self, blob: Uuid, part: i64, bytes: &[u8]) -> Result<(), StoreError> {
        self.change(|state| {
            if state.blobs.contains_key(&(blob, part)) {
                return Err(StoreError::Taken("part"));
            }
            state.blobs.insert((blob, part), bytes.into());
            Ok(())
        })
    }

    async fn drop_blobs(&self, blobs: &[Uuid]) -> Result<(), StoreError> {
        self.change(|state| state.drop_blobs(blobs));
        Ok(())
    }

    async fn tie(&self, link: &Link) -> Result<bool, StoreError> {
        let ((holder_kind, holder), (target_kind, target)) = (link.holder(), link.target());
        Ok(self.change(|state| state.links.insert((holder, target), (holder_kind, target_kind)).is_none()))
    }

    async fn untie(&self, link: &Link) -> Result<bool, StoreError> {
        let (holder, target) = (link.holder().1, link.target().1);
        Ok(self.change(|state| state.links.remove(&(holder, target)).is_some()))
    }

    async fn add_stray(&self, stored: Uuid, from: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| state.strays.insert(stored, from));
        Ok(())
    }

    async fn drop_strays(&self, stored: &[Uuid]) -> Result<(), StoreError> {
        self.change(|state| {
            for stored in stored {
                state.strays.remove(stored);
            }
        });
        Ok(())
    }

    async fn touch_api_key(&self, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| state.alter::<ApiKey>(id, |key| key.data.last_used_at = Some(at)))
    }

    async fn set_setting(&self, name: &str, value: Option<&Value>) -> Result<(), StoreError> {
        self.change(|state| match value {
            Some(value) => state.settings.insert(name.to_owned(), value.clone()),
            None => state.settings.remove(name),
        });
        Ok(())
    }
}

impl State {
    /// Changes what the version of an object does not count.
    fn alter<T: Stored>(&mut self, id: Uuid, change: impl FnOnce(&mut Object<T>)) -> Result<(), StoreError> {
        let object = T::table_mut(self).get_mut(&id).ok_or(StoreError::Stale)?;
        change(Arc::make_mut(object));
        Ok(())
    }

    fn end_session(&mut self, id: Uuid) {
        self.sessions.remove(&id);
        drop_where(&mut self.refresh_tokens, |token| token.session_id == id);
    }

    /// Ends all tokens of a node or of a container.
    pub fn end_machine_tokens(&mut self, of: PrincipalId) {
        drop_where(&mut self.machine_tokens, |token| token.principal == of);
    }

    /// Takes stored bytes away.
    pub fn drop_blobs(&mut self, blobs: &[Uuid]) {
        for &blob in blobs {
            let parts = self.blobs.range((blob, i64::MIN)..=(blob, i64::MAX));
            let parts: Vec<(Uuid, i64)> = parts.map(|(part, _)| *part).collect();
            for part in parts {
                self.blobs.remove(&part);
            }
        }
    }

    /// Ends all sessions that were begun through a client app.
    pub fn end_sessions_through(&mut self, app: Uuid) {
        let through = self.sessions.values().filter(|session| session.client_app_id == Some(app));
        let ended: Vec<Uuid> = through.map(|session| session.id).collect();
        ended.into_iter().for_each(|id| self.end_session(id));
    }

    /// Ends all sessions of a user but one.
    pub fn end_sessions_of(&mut self, user: Uuid, except: Option<Uuid>) {
        let of_user = self.sessions.values().filter(|session| session.user_id == user);
        let ended: Vec<Uuid> = of_user.map(|session| session.id).filter(|id| Some(*id) != except).collect();
        ended.into_iter().for_each(|id| self.end_session(id));
    }
}

/// Removes what a condition holds for.
pub fn drop_where<K: Ord + Clone, V: Clone>(map: &mut OrdMap<K, V>, drops: impl Fn(&V) -> bool) {
    let keys: Vec<K> = map.iter().filter(|(_, value)| drops(value)).map(|(key, _)| key.clone()).collect();
    for key in keys {
        map.remove(&key);
    }
}
