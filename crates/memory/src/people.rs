//! Letters, mailed links, second factors and marks.

use async_trait::async_trait;
use bailiwick_domain::entities::{Invitation, User};
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::{Letter, MailedLink, PeopleLookup, PeopleRecord, SecondFactor, StoreError};
use bailiwick_domain::{Object, PrincipalId};
use imbl::OrdMap;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::record::drop_where;
use crate::state::State;
use crate::{Cell, Memory, Working};

/// What is kept for people beside their objects.
#[derive(Debug, Clone, Default)]
pub struct People {
    letters: OrdMap<Uuid, Letter>,
    links: OrdMap<String, MailedLink>,
    factors: OrdMap<Uuid, SecondFactor>,
    marks: OrdMap<String, OffsetDateTime>,
}

#[async_trait]
impl<C: Cell> PeopleLookup for Memory<C> {
    async fn letters(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Letter>, StoreError> {
        Ok(self.0.with(|state| {
            let due = state.people.letters.values().filter(|letter| letter.due_at <= now);
            let mut due: Vec<Letter> = due.cloned().collect();
            due.sort_by_key(|letter| (letter.due_at, letter.id));
            due.truncate(limit);
            due
        }))
    }

    async fn mailed_link(&self, hash: &str) -> Result<Option<MailedLink>, StoreError> {
        Ok(self.0.with(|state| state.people.links.get(hash).cloned()))
    }

    async fn users_at(&self, address: &str) -> Result<Vec<Uuid>, StoreError> {
        let is_there =
            |user: &User| user.proved_email().is_some_and(|email| email.eq_ignore_ascii_case(address));
        Ok(self.0.with(|state| {
            state.all::<User>().filter(|user| is_there(&user.data)).map(|user| user.id).collect()
        }))
    }

    async fn second_factor(&self, user: Uuid) -> Result<Option<SecondFactor>, StoreError> {
        Ok(self.0.with(|state| state.people.factors.get(&user).cloned()))
    }

    async fn marks(&self, keys: &[String]) -> Result<Vec<(String, OffsetDateTime)>, StoreError> {
        Ok(self.0.with(|state| {
            let found = |key: &String| state.people.marks.get(key).map(|at| (key.clone(), *at));
            keys.iter().filter_map(found).collect()
        }))
    }
}

#[async_trait]
impl PeopleRecord for Memory<Working> {
    async fn post(&self, letter: &Letter) -> Result<(), StoreError> {
        self.change(|state| state.people.letters.insert(letter.id, letter.clone()));
        Ok(())
    }

    async fn take_letter(&self, letter: &Letter, next: OffsetDateTime) -> Result<bool, StoreError> {
        Ok(self.change(|state| match state.people.letters.get_mut(&letter.id) {
            Some(stored) if stored.attempts == letter.attempts => {
                stored.attempts += 1;
                stored.due_at = next;
                true
            }
            _ => false,
        }))
    }

    async fn remove_letter(&self, id: Uuid) -> Result<(), StoreError> {
        self.change(|state| state.people.letters.remove(&id));
        Ok(())
    }

    async fn add_link(&self, link: &MailedLink) -> Result<(), StoreError> {
        self.change(|state| state.people.links.insert(link.hash.clone(), link.clone()));
        Ok(())
    }

    async fn use_link(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.change(|state| state.people.links.remove(hash).is_some()))
    }

    async fn end_links_of(&self, subject: Uuid) -> Result<(), StoreError> {
        self.change(|state| drop_where(&mut state.people.links, |link| link.subject == subject));
        Ok(())
    }

    async fn set_second_factor(&self, user: Uuid, factor: Option<&SecondFactor>) -> Result<(), StoreError> {
        self.change(|state| {
            state.get::<User>(user).ok_or(StoreError::Stale)?;
            match factor {
                Some(factor) => state.people.factors.insert(user, factor.clone()),
                None => state.people.factors.remove(&user),
            };
            Ok(())
        })
    }

    async fn set_mark(&self, key: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| state.people.marks.insert(key.to_owned(), at));
        Ok(())
    }

    async fn tidy(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.change(|state| {
            drop_where(&mut state.people.links, |link| link.expires_at <= now);
            drop_where(&mut state.people.marks, |at| *at <= now);
        });
        Ok(())
    }
}

impl State {
    /// Removes what is kept for a user who goes.
    pub fn forget_person(&mut self, user: Uuid) {
        self.people.factors.remove(&user);
        drop_where(&mut self.people.links, |link| link.subject == user);
    }

    /// Removes the invitations that can't be without an object that goes: those inside it, and to the role that it is.
    pub fn drop_invitations(&mut self, gone: impl Fn(&Object<Invitation>) -> bool) {
        let ids: Vec<Uuid> =
            self.all::<Invitation>().filter(|invitation| gone(invitation)).map(|gone| gone.id).collect();
        for id in ids {
            self.invitations.remove(&id);
        }
    }

    /// An invitation as what it will be: a grant to somebody who has no id and no home yet.
    pub fn inviting(&self, invitation: &Object<Invitation>) -> Option<Granting> {
        let data = &invitation.data;
        let nobody = PrincipalId::user(Uuid::nil());
        let span = (data.starts_at, data.ends_at);
        let grant = self.held_at(invitation.id, nobody, data.role_id, data.anchor, span)?;
        Some(Granting { grant, home: None })
    }
}
