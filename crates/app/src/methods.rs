//! What the caller may do to objects now: the methods that links list. A listed method is authorised, one that is
//! not listed is refused.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bailiwick_domain::Caller;
use bailiwick_domain::entities;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::guards::{self, Concern, Granting, Standing};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::role::Closure;
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::grants::receiver_of;
use crate::roles::Graph;
use crate::rooted::Rooted;
use crate::tasks::withholds;

/// The methods of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Methods {
    /// GET.
    pub view: bool,
    /// PATCH.
    pub edit: bool,
    /// DELETE.
    pub delete: bool,
}

/// What guards need to know beside an object's facts, looked up for a whole page in a fixed number of queries, and
/// only for what the rules allow.
#[derive(Debug, Default)]
pub struct Standings {
    principals: HashMap<PrincipalId, Standing>,
    grants: HashMap<Uuid, Granting>,
    roles: HashMap<Uuid, (Closure, Vec<Granting>)>,
    /// Looked up only where an organization, or somebody or something of root, may be deleted or suspended.
    rooted: Option<Arc<Rooted>>,
    /// Tasks that hold what the caller may not view, and so may not hand on.
    withheld: HashSet<Uuid>,
}

impl Standings {
    /// Looks up what the guards of these objects ask of this caller.
    ///
    /// # Errors
    /// Storage.
    pub async fn of<'f>(
        cx: &Cx,
        caller: &Caller,
        objects: impl Iterator<Item = &'f Facts>,
    ) -> Result<Self, AppError> {
        let (mut principals, mut grants, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut touches_root, mut tasks) = (false, Vec::new());
        for facts in objects {
            let may = |operation| cx.gate.rules_allow(caller, operation, facts.kind, facts).is_some();
            if !may(Operation::Edit) && !may(Operation::Delete) {
                continue;
            }
            match facts.kind {
                // Everybody outranks themselves; only who may delete themselves may be the last root.
                Kind::User if is_itself(caller, facts) && !may(Operation::Delete) => {}
                Kind::User => principals.push(PrincipalId::user(facts.id)),
                Kind::ApiKey => principals.push(PrincipalId::api_key(facts.id)),
                Kind::Grant => grants.push(facts.id),
                Kind::Role if facts.built_in => touches_root = true,
                Kind::Role => roles.extend(facts.lineage.organization.map(|home| (home, facts.id))),
                Kind::Organization => touches_root = true,
                Kind::Task if !views_what_it_lends(cx, caller, facts) => tasks.push(facts.id),
                _ => {}
            }
        }
        let store: &dyn Store = &*cx.store;
        let mut found = Self::default();
        if !principals.is_empty() {
            principals.sort_unstable();
            principals.dedup();
            let identities = store.identities(&principals).await?;
            found.principals = identities.iter().map(|found| (found.principal, found.standing())).collect();
        }
        if !grants.is_empty() {
            let held = store.held_grants(&grants).await?;
            found.grants = held.into_iter().map(|granting| (granting.grant.grant, granting)).collect();
        }
        if !roles.is_empty() {
            let homes: HashSet<Uuid> = roles.iter().map(|&(home, _)| home).collect();
            let graph = Graph::of(store, &Vec::from_iter(homes)).await?;
            let including: HashMap<Uuid, Vec<Uuid>> =
                roles.iter().map(|&(_, role)| (role, graph.including(role))).collect();
            let mut all: Vec<Uuid> = including.values().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            let granting = store.granting(&all).await?;
            for (role, through) in including {
                let grants =
                    granting.iter().filter(|one| through.contains(&one.grant.role)).cloned().collect();
                found.roles.extend(graph.full(role).map(|full| (role, (full.clone(), grants))));
            }
        }
        let held = found.principals.values().flat_map(|standing| &standing.grants);
        let mut grants = held.chain(found.grants.values().map(|granting| &granting.grant));
        if touches_root || grants.any(|grant| guards::is_lasting_root(&cx.gate, grant)) {
            found.rooted = Some(cx.rooted().await?);
        }
        if !tasks.is_empty() {
            for task in Read::<entities::Task>::find_all(store, &tasks).await? {
                if withholds(cx, caller, store, task.id(), guards::file_of(&task)).await? {
                    found.withheld.insert(task.id());
                }
            }
        }
        Ok(found)
    }

    /// Whether a task holds what the caller may not view.
    pub fn withholds(&self, task: &Facts) -> bool {
        self.withheld.contains(&task.id)
    }

    /// The methods of a link to an object.
    pub fn methods(&self, cx: &Cx, caller: &Caller, facts: &Facts) -> Methods {
        Methods {
            view: self.allow(cx, caller, Operation::View, facts),
            edit: self.allow(cx, caller, Operation::Edit, facts),
            delete: self.allow(cx, caller, Operation::Delete, facts),
        }
    }

    /// Whether rules and guards allow an operation on an object that is there.
    pub fn allow(&self, cx: &Cx, caller: &Caller, operation: Operation, facts: &Facts) -> bool {
        cx.gate.judge_operation(caller, operation, facts.kind, facts).is_allowed()
            && self.forbids(cx, caller, operation, facts).is_none()
    }

    /// Whether the caller has the rank for this. Of nobody that was not looked up.
    pub fn outranks(&self, cx: &Cx, caller: &Caller, facts: &Facts, concern: Concern) -> bool {
        if is_itself(caller, facts) {
            return true;
        }
        let kind = if facts.kind == Kind::User { PrincipalKind::User } else { PrincipalKind::ApiKey };
        let standing = self.principals.get(&PrincipalId { kind, id: facts.id });
        standing.is_some_and(|standing| guards::outranks(&cx.gate, caller, standing, concern))
    }

    /// The guard of root that forbids to suspend or delete it. Rank aside, of which users and keys are asked.
    fn forbids_ending(&self, cx: &Cx, caller: &Caller, facts: &Facts) -> Option<Guard> {
        let rooted = self.rooted.as_ref()?;
        if !rooted.stays_without(facts) {
            return Some(Guard::RootStays);
        }
        let spared = facts.kind != Kind::Organization || rooted.spared(&cx.gate, caller, facts.id);
        (!spared).then_some(Guard::Rank)
    }

    /// The guard that forbids to suspend it, or only to wake it.
    pub fn forbids_standing(
        &self,
        cx: &Cx,
        caller: &Caller,
        to: entities::Standing,
        facts: &Facts,
    ) -> Option<Guard> {
        let ending = (to == entities::Standing::Suspended).then(|| self.forbids_ending(cx, caller, facts));
        ending.flatten().or_else(|| {
            let ranked = facts.kind != Kind::Organization;
            (ranked && !self.outranks(cx, caller, facts, Concern::Standing)).then_some(Guard::Rank)
        })
    }

    /// The guard that forbids it, among those that ask more than the object's facts.
    pub fn forbids(&self, cx: &Cx, caller: &Caller, operation: Operation, facts: &Facts) -> Option<Guard> {
        let deletes = operation == Operation::Delete;
        if !deletes && operation != Operation::Edit {
            return None;
        }
        if deletes && let Some(guard) = self.forbids_ending(cx, caller, facts) {
            return Some(guard);
        }
        match facts.kind {
            Kind::User | Kind::ApiKey => {
                let concern = if deletes { Concern::Standing } else { Concern::Edit };
                (!self.outranks(cx, caller, facts, concern)).then_some(Guard::Rank)
            }
            Kind::Role if facts.built_in => Some(Guard::BuiltIn),
            Kind::Role if deletes => {
                let may = self.roles.get(&facts.id).is_some_and(|(full, grants)| {
                    guards::may_remove_role(&cx.gate, caller, facts, full, grants)
                });
                (!may).then_some(Guard::Escalation)
            }
            Kind::Grant => match self.grants.get(&facts.id) {
                None => Some(Guard::Escalation),
                Some(held) if deletes => {
                    let may = guards::may_remove_grant(&cx.gate, caller, &held.grant, held.home);
                    (!may).then_some(Guard::Escalation)
                }
                Some(held) => {
                    let ends_at = held.grant.ends_at;
                    guards::forbids_change(&cx.gate, caller, &held.grant, &receiver_of(held), ends_at)
                }
            },
            _ => None,
        }
    }
}

/// Whether an object is the caller, who acts for nobody else.
fn is_itself(caller: &Caller, facts: &Facts) -> bool {
    caller.bound.is_none() && caller.principal.is_some_and(|me| facts.is(me))
}

/// Whether the caller may view any file and any label that a task lends, whichever they are.
fn views_what_it_lends(cx: &Cx, caller: &Caller, task: &Facts) -> bool {
    [Kind::File, Kind::Label].into_iter().all(|kind| cx.gate.may_view(caller, &task.lends(kind, Uuid::nil())))
}
