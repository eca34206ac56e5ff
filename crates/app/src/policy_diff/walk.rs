//! Two policies, asked about everybody and everything that is stored, some principals and some objects at a time.

use std::sync::Arc;

use bailiwick_domain::access::App;
use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, Collaboration, Comment, Content, Dataset, Export, File, Grant, Job,
    Label, Node, Organization, Project, Role, Run, Source, Task, User,
};
use bailiwick_domain::page::Query;
use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::{Identity, Lookup};
use bailiwick_domain::{Caller, Facts, Kind, Operation, PrincipalId};

use super::compare::{Counts, Policies, Who, is_of};
use super::{Affected, Difference, Way};
use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Kept;
use crate::read::list;

/// How many objects, and how many principals, are in memory at once.
const BLOCK: usize = 200;

/// Somebody for whom something may change, and what was counted for them.
struct Asked {
    principal: Option<PrincipalId>,
    name: String,
    who: Who,
    deeds: Vec<(Kind, Operation)>,
    counts: Counts,
}

/// What changes from one policy to another, for every live user, API key and node and for who is not signed in, through
/// each app of either policy; keys and nodes come through their own. The caller of the context views everything.
///
/// # Errors
/// Storage.
pub async fn policy_diff(cx: &Cx, old: &Arc<Policy>, new: &Arc<Policy>) -> Result<Difference, AppError> {
    let policies = Policies::new(Arc::clone(old), Arc::clone(new), cx.gate.now());
    let mut walk =
        Walk { cx, apps: apps(old, new), policies, totals: Counts::default(), affected: Vec::new() };
    let anonymous = walk.apps.iter().filter_map(|app| walk.asked(None, "anonymous", || Some(as_nobody(app))));
    let anonymous = anonymous.collect();
    walk.ask(anonymous).await?;
    walk.principals::<User>(PrincipalId::user).await?;
    walk.principals::<ApiKey>(PrincipalId::api_key).await?;
    walk.principals::<Node>(PrincipalId::node).await?;
    let Walk { totals, affected, .. } = walk;
    Ok(Difference {
        gains: totals.of(Way::Gain),
        losses: totals.of(Way::Loss),
        totals: totals.lines(),
        principals: affected,
        ..Difference::between(old, new)
    })
}

/// The apps that either policy speaks of, and that of credentials of no app.
fn apps(old: &Policy, new: &Policy) -> Vec<App> {
    let mut apps = vec![App::DEFAULT];
    for app in old.access().apps().chain(new.access().apps()) {
        if !apps.contains(app) {
            apps.push(app.clone());
        }
    }
    apps
}

fn as_nobody(app: &App) -> Who {
    let nobody = || {
        let mut caller = Caller::anonymous();
        caller.app = app.clone();
        caller
    };
    Who { old: nobody(), new: nobody() }
}

struct Walk<'c> {
    cx: &'c Cx,
    apps: Vec<App>,
    policies: Policies,
    totals: Counts,
    affected: Vec<Affected>,
}

impl Walk<'_> {
    /// Somebody, if anything may change for them.
    fn asked(
        &self,
        principal: Option<PrincipalId>,
        name: &str,
        who: impl FnOnce() -> Option<Who>,
    ) -> Option<Asked> {
        let who = who()?;
        let deeds = self.policies.differing(&who);
        let asked = Asked { principal, name: name.to_owned(), who, deeds, counts: Counts::default() };
        (!asked.deeds.is_empty()).then_some(asked)
    }

    /// Asks for all principals of a kind.
    async fn principals<T: Kept>(&mut self, id: fn(uuid::Uuid) -> PrincipalId) -> Result<(), AppError> {
        let mut query = Query { limit: BLOCK, ..Query::default() };
        loop {
            let page = list::<T>(self.cx, query.clone()).await?;
            let ids: Vec<PrincipalId> = page.items.iter().map(|item| id(item.id())).collect();
            let mut asked = Vec::new();
            for identity in Lookup::identities(&*self.cx.store, &ids).await? {
                asked.extend(self.through_apps(&identity));
            }
            asked.sort_by(|a, b| (&a.name, a.principal).cmp(&(&b.name, b.principal)));
            self.ask(asked).await?;
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A principal through every app; what is issued with an app comes through that alone.
    fn through_apps(&self, identity: &Identity) -> Vec<Asked> {
        let [old, new] = self.policies.both();
        let caller = |policy: &Policy, app: Option<&App>| {
            let mut caller = identity.caller(policy, self.policies.now())?;
            if let Some(app) = app {
                caller.app = app.clone();
            }
            Some(caller)
        };
        let who = |app| Some(Who { old: caller(old, app)?, new: caller(new, app)? });
        let name = format!("{}/{}", identity.home_name, identity.name);
        let asked = |app| self.asked(Some(identity.principal), &name, || who(app));
        if identity.principal.kind.kind() == Kind::User {
            self.apps.iter().filter_map(|app| asked(Some(app))).collect()
        } else {
            asked(None).into_iter().collect()
        }
    }

    /// Asks these about all objects that what may change is asked of.
    async fn ask(&mut self, mut all: Vec<Asked>) -> Result<(), AppError> {
        if all.is_empty() {
            return Ok(());
        }
        self.about(&mut all, &Facts::server());
        self.objects::<Organization>(&mut all).await?;
        self.objects::<Collaboration>(&mut all).await?;
        self.objects::<User>(&mut all).await?;
        self.objects::<Node>(&mut all).await?;
        self.objects::<Role>(&mut all).await?;
        self.objects::<Grant>(&mut all).await?;
        self.objects::<ApiKey>(&mut all).await?;
        self.objects::<Project>(&mut all).await?;
        self.objects::<Job>(&mut all).await?;
        self.objects::<Task>(&mut all).await?;
        self.objects::<Run>(&mut all).await?;
        self.objects::<File>(&mut all).await?;
        self.objects::<Dataset>(&mut all).await?;
        self.objects::<Label>(&mut all).await?;
        self.objects::<Annotation>(&mut all).await?;
        self.objects::<Comment>(&mut all).await?;
        self.objects::<Export>(&mut all).await?;
        self.objects::<Source>(&mut all).await?;
        self.objects::<Content>(&mut all).await?;
        self.objects::<AuditEvent>(&mut all).await?;
        for Asked { principal, name, who, counts, .. } in all {
            if !counts.is_empty() {
                self.totals.add(&counts);
                let (app, changes) = (who.new.app.name().to_owned(), counts.lines());
                self.affected.push(Affected { principal, name, app, changes });
            }
        }
        Ok(())
    }

    async fn objects<T: Kept>(&self, all: &mut [Asked]) -> Result<(), AppError> {
        let asks = |(kind, operation): &(Kind, Operation)| is_of(*kind, *operation, T::KIND);
        if !all.iter().any(|asked| asked.deeds.iter().any(asks)) {
            return Ok(());
        }
        let mut query = Query { limit: BLOCK, ..Query::default() };
        loop {
            let page = list::<T>(self.cx, query.clone()).await?;
            for item in &page.items {
                self.about(all, item.facts());
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn about(&self, all: &mut [Asked], facts: &Facts) {
        for asked in all {
            self.policies.count(&asked.who, &asked.deeds, facts, &mut asked.counts);
        }
    }
}
