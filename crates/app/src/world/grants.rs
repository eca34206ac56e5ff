//! Grants of a world file: those that are there already, those with other times, those that are missing.

use std::collections::{BTreeSet, HashMap, VecDeque};

use bailiwick_domain::entities::Grant;
use bailiwick_domain::facts::Anchor;
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::guards::{self, GivenRole, Granting, Standing};
use bailiwick_domain::ports::Lookup;
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::role::Closure;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::apply::Work;
use super::file::GrantEntry;
use super::known::KnownGrant;
use crate::create::Made;
use crate::error::AppError;
use crate::grants::receiver_of;

/// What makes a grant the same at other times: who, which role, where.
type Key = (Uuid, Uuid, Anchor);

impl<'c> Work<'c, '_> {
    /// Grants that are missing, and those whose times differ. Answers the ids of all that were there and are named.
    pub async fn grants(&mut self) -> Result<BTreeSet<Uuid>, AppError> {
        let mut free: HashMap<Key, Vec<KnownGrant>> = HashMap::new();
        for grant in &self.known.grants {
            let data = &grant.object.data;
            free.entry((data.principal.id, data.role_id, data.anchor)).or_default().push(grant.clone());
        }
        let mut kept = BTreeSet::new();
        let mut open = VecDeque::new();
        for entry in self.file.grants.iter().flatten() {
            let key = self.key(entry).await?;
            let there = free.get_mut(&key).and_then(|there| {
                let same = there.iter().position(|grant| {
                    (grant.object.data.starts_at, grant.object.data.expires_at)
                        == (entry.starts_at, entry.ends_at)
                })?;
                Some(there.swap_remove(same))
            });
            match there {
                Some(same) => drop(kept.insert(same.object.id)),
                None => open.push_back((key, entry)),
            }
        }
        let (mut new, mut moved) = (Vec::new(), Vec::new());
        for (key, entry) in open {
            match free.get_mut(&key).and_then(Vec::pop) {
                Some(there) => {
                    kept.insert(there.object.id);
                    moved.push((there, entry));
                }
                None => new.push((key, entry)),
            }
        }
        self.make_grants(new).await?;
        self.move_grants(moved).await?;
        Ok(kept)
    }

    async fn key(&self, entry: &GrantEntry) -> Result<Key, AppError> {
        self.line.set(entry.user.line);
        let place = self.known.place(&entry.at.value).ok_or(AppError::Contention)?;
        let user = match self.known.users.get(&entry.user.value) {
            Some(user) => user.id,
            None => self.candidates.get(&entry.user.value).ok_or(AppError::Contention)?.id,
        };
        Ok((user, self.role_id(&entry.role.value).ok_or(AppError::Contention)?, place.anchor()))
    }

    fn role_id(&self, role: &str) -> Option<Uuid> {
        match self.known.roles.get(role) {
            Some(role) => Some(role.id),
            None => self.cx.policy().role(role).map(|role| role.id()),
        }
    }

    async fn make_grants(&mut self, entries: Vec<(Key, &GrantEntry)>) -> Result<(), AppError> {
        let mut given: HashMap<&str, GivenRole> = HashMap::new();
        let mut new = Vec::with_capacity(entries.len());
        for (key, entry) in entries {
            self.line.set(entry.user.line);
            let role = entry.role.value.as_str();
            if !given.contains_key(role) {
                given.insert(role, self.given(role).await?);
            }
            let role = given.get(role).ok_or(AppError::Contention)?;
            new.push((title(entry), self.make_grant(key, entry, role).await?));
        }
        self.add(new).await
    }

    async fn make_grant(
        &mut self,
        (_, role_id, anchor): Key,
        entry: &GrantEntry,
        role: &GivenRole,
    ) -> Result<Made<'c, Grant>, AppError> {
        let cx = self.cx;
        let place = self.known.place(&entry.at.value).ok_or(AppError::Contention)?;
        let permit = place.permit::<Grant>(cx)?;
        let user = self.named("user", &entry.user, permit.parent()).await?;
        let home = match self.known.users.get(&entry.user.value) {
            Some(user) => user.facts.lineage.organization,
            None => self.candidates.get(&entry.user.value).map(|candidate| candidate.home),
        };
        let principal = PrincipalId::user(user);
        let (starts_at, expires_at) = (entry.starts_at, entry.ends_at);
        let concerns =
            [Some(user), home, Some(role_id), role.organization, permit.parent().lineage.organization];
        let live = self.gives((starts_at, expires_at), concerns.into_iter());
        let data = Grant { principal, role_id, anchor, starts_at, expires_at };
        let receiver = Standing { principal, home, grants: Vec::new() };
        let because = permit.because();
        let new = guards::make_grant(&cx.gate, permit, role, &receiver, None, cx.new_id(), data)?;
        if live {
            self.effects.gained(&entry.user.value, &entry.role.value, &entry.at.value);
        }
        Ok(Made { new, because })
    }

    /// A role as it is to be handed out.
    async fn given(&self, role: &str) -> Result<GivenRole, AppError> {
        let id = self.role_id(role).ok_or(AppError::Contention)?;
        let Some(known) = self.known.roles.get(role) else {
            return Ok(GivenRole {
                id,
                name: role.to_owned(),
                organization: None,
                full: Closure::built_in(role),
            });
        };
        // Read anew: what it includes may have changed by this file.
        let row = Lookup::role_row(self.unit, id).await?.ok_or(AppError::Contention)?;
        let name = known.data.name.clone();
        Ok(GivenRole { id, name, organization: known.facts.lineage.organization, full: row.full })
    }

    async fn move_grants(&mut self, moved: Vec<(KnownGrant, &GrantEntry)>) -> Result<(), AppError> {
        let cx = self.cx;
        let ids: Vec<Uuid> = moved.iter().map(|(grant, _)| grant.object.id).collect();
        let held = self.held(&ids).await?;
        for (grant, entry) in moved {
            self.line.set(entry.user.line);
            let id = grant.object.id;
            let granting = held.get(&id).ok_or(AppError::Contention)?;
            let was_live = self.is_live(&grant);
            let granted = cx
                .gate
                .open::<Edit, Grant>(&cx.caller, Some(Sealed::new(grant.object.clone())))
                .map_err(|denial| AppError::denied(denial, id))?;
            let because = granted.because();
            let (starts_at, ends_at, receiver) = (entry.starts_at, entry.ends_at, receiver_of(granting));
            let changed =
                guards::change_grant(&cx.gate, granted, &granting.grant, &receiver, starts_at, ends_at)?;
            let mut after = grant.clone();
            after.object.data = changed.after().data.clone();
            if was_live {
                self.effects.lost(&grant.user, &grant.role, &grant.at);
            }
            if self.is_live(&after) {
                self.effects.gained(&grant.user, &grant.role, &grant.at);
            }
            self.change(title(entry), because, &changed, times(entry)).await?;
        }
        Ok(())
    }

    /// Grants as guards look at them, by id.
    pub async fn held(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Granting>, AppError> {
        let held = Lookup::held_grants(self.unit, ids).await?;
        Ok(held.into_iter().map(|granting| (granting.grant.grant, granting)).collect())
    }
}

fn title(entry: &GrantEntry) -> String {
    grant_title(&entry.user.value, &entry.role.value, &entry.at.value)
}

/// What a grant is called in a plan.
pub fn grant_title(user: &str, role: &str, at: &str) -> String {
    format!("{user} {role} at {at}")
}

fn times(entry: &GrantEntry) -> String {
    let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let from = entry.starts_at.map(|at| format!("from {}", text(at)));
    let until = entry.ends_at.map(|at| format!("until {}", text(at)));
    let said: Vec<String> = from.into_iter().chain(until).collect();
    if said.is_empty() { "for good".to_owned() } else { said.join(" ") }
}
