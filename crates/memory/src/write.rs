//! Adding, changing and removing, the same for every kind.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::entities::{ApiKey, Collaboration, Grant, Proposal, Run};
use bailiwick_domain::object::{Changed, New, Removed};
use bailiwick_domain::ports::{StoreError, Write};
use bailiwick_domain::{Entity, Kind, Object, PrincipalId};
use uuid::Uuid;

use crate::state::{NameKey, State, Stored, parent};
use crate::{Memory, Working};

#[async_trait]
impl<T: Stored> Write<T> for Memory<Working> {
    async fn add(&self, new: &New<T>) -> Result<(), StoreError> {
        self.change(|state| state.add(new.object()))
    }

    async fn save(&self, changed: &Changed<T>) -> Result<(), StoreError> {
        self.change(|state| state.save(changed.before(), changed.after()))
    }

    async fn remove(&self, removed: &[Removed<T>]) -> Result<(), StoreError> {
        self.change(|state| removed.iter().try_for_each(|removed| state.remove::<T>(removed.object().id)))
    }
}

impl State {
    /// Adds an object whose parent is there and whose name is free.
    pub fn add<T: Stored>(&mut self, object: &Object<T>) -> Result<(), StoreError> {
        let is_part = object.data.source().is_none_or(|id| self.sources.contains_key(&id));
        let collaborates = object.data.collaboration().is_none_or(|id| self.collaborations.contains_key(&id));
        if !self.has(parent(&object.facts)) || !collaborates || !is_part {
            return Err(StoreError::Stale);
        }
        if self.get::<T>(object.id).is_some() {
            return Err(StoreError::Taken("id"));
        }
        self.put(object)
    }

    fn save<T: Stored>(&mut self, before: &Object<T>, after: &Object<T>) -> Result<(), StoreError> {
        let stored = self.get::<T>(before.id).ok_or(StoreError::Stale)?;
        if stored.version != before.version {
            return Err(StoreError::Stale);
        }
        let old = Arc::clone(stored);
        self.put(after)?;
        let kept = keys(after);
        for (key, _) in keys(&old).into_iter().filter(|key| !kept.contains(key)) {
            self.names.remove(&key);
        }
        Ok(())
    }

    /// Stores an object under its id and its name.
    fn put<T: Stored>(&mut self, object: &Object<T>) -> Result<(), StoreError> {
        let keys = keys(object);
        let is_taken = |key: &NameKey| self.names.get(key).is_some_and(|&owner| owner != object.id);
        if let Some((_, field)) = keys.iter().find(|(key, _)| is_taken(key)) {
            return Err(StoreError::Taken(field));
        }
        self.names.extend(keys.into_iter().map(|(key, _)| (key, object.id)));
        let stored = Object { near: Vec::new(), ..object.clone() };
        T::table_mut(self).insert(object.id, Arc::new(stored));
        Ok(())
    }

    /// Removes an object with what can't be without it.
    fn remove<T: Stored>(&mut self, id: Uuid) -> Result<(), StoreError> {
        let blobs: Vec<Uuid> = match T::KIND {
            Kind::Run => self.get::<Run>(id).map(|run| run.data.blobs().collect()).unwrap_or_default(),
            _ => Vec::new(),
        };
        let object = T::table_mut(self).remove(&id).ok_or(StoreError::Stale)?;
        for (key, _) in keys(&object) {
            self.names.remove(&key);
        }
        let facts = &object.facts;
        let hangs_on_it = |grant: &Object<Grant>| {
            facts.anchor() == Some(grant.data.anchor)
                || facts.is(grant.data.principal)
                || (facts.kind == Kind::Role && grant.data.role_id == id)
        };
        let grants: Vec<Uuid> =
            self.all::<Grant>().filter(|grant| hangs_on_it(grant)).map(|grant| grant.id).collect();
        grants.into_iter().try_for_each(|grant| self.remove::<Grant>(grant))?;
        self.drop_invitations(|invitation| {
            facts.anchor().is_some_and(|anchor| invitation.facts.lineage.is_inside(anchor))
                || (facts.kind == Kind::Role && invitation.data.role_id == id)
        });
        let ends = |(holder, target): &(Uuid, Uuid)| *holder == id || *target == id;
        let links: Vec<(Uuid, Uuid)> = self.links.keys().filter(|link| ends(link)).copied().collect();
        for link in &links {
            self.links.remove(link);
        }
        match facts.kind {
            Kind::User => self.forget_user(id),
            Kind::Organization => {
                self.forget_proposals(|proposal| proposal.organization_id == id)?;
                self.leave_collaborations(id)
            }
            Kind::Collaboration => self.forget_proposals(|proposal| proposal.collaboration_id == id),
            Kind::ClientApp => {
                self.end_sessions_through(id);
                Ok(())
            }
            Kind::Source => {
                self.imports.remove(&id);
                Ok(())
            }
            Kind::Node => {
                self.end_machine_tokens(PrincipalId::node(id));
                Ok(())
            }
            Kind::Run => {
                self.end_machine_tokens(PrincipalId::container(id));
                self.drop_blobs(&blobs);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Removes proposals that one side of is gone.
    fn forget_proposals(&mut self, is_one: impl Fn(&Proposal) -> bool) -> Result<(), StoreError> {
        let found = self.all::<Proposal>().filter(|proposal| is_one(&proposal.data));
        let found: Vec<Uuid> = found.map(|proposal| proposal.id).collect();
        found.into_iter().try_for_each(|proposal| self.remove::<Proposal>(proposal))
    }

    /// Takes an organization out of the collaborations that it is a member of.
    fn leave_collaborations(&mut self, organization: Uuid) -> Result<(), StoreError> {
        let joined = self.all::<Collaboration>().filter(|object| object.data.members.contains(&organization));
        let mut left: Vec<Object<Collaboration>> = joined.map(|object| Object::clone(object)).collect();
        for object in &mut left {
            object.data.members.retain(|member| *member != organization);
            object.data.settle(&mut object.facts);
        }
        left.iter().try_for_each(|object| self.put(object))
    }

    /// Removes what acts for a user: sessions, password, API keys.
    fn forget_user(&mut self, user: Uuid) -> Result<(), StoreError> {
        self.end_sessions_of(user, None);
        self.passwords.remove(&user);
        self.forget_person(user);
        let acts_for_it = |key: &Object<ApiKey>| key.facts.maker == Some(PrincipalId::user(user));
        let keys: Vec<Uuid> = self.all::<ApiKey>().filter(|key| acts_for_it(key)).map(|key| key.id).collect();
        keys.into_iter().try_for_each(|key| self.remove::<ApiKey>(key))
    }
}

/// What no other object may have, each with the field that it stands in.
fn keys<T: Stored>(object: &Object<T>) -> Vec<(NameKey, &'static str)> {
    let parent = object.data.source().or(parent(&object.facts).id);
    let name = T::UNIQUE.map(|field| ((T::KIND, parent, object.data.name().to_owned()), field));
    let about = object.data.about().map(|file| ((Kind::File, parent, file.to_string()), "file_id"));
    name.into_iter().chain(about).collect()
}
