//! The principal of one request, with all that the gate needs to judge it.

use std::ops::ControlFlow;

use smallvec::SmallVec;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::{App, Opening, RoleSet, Words};
use crate::facts::{Anchor, Facts, Level};
use crate::grants::Grants;
use crate::kind::{Kind, Operation};
use crate::policy::Policy;
use crate::principal::{PrincipalId, PrincipalKind};
use crate::reach::Term;
use crate::reason::Because;
use crate::rule::{Rights, Rule, Scope};

pub use crate::held::{Held, HeldGrant};

/// Where a container works; it reaches nothing else that lies in projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// The node that runs it.
    pub node: Uuid,
    /// Its task.
    pub task: Uuid,
    /// Its job.
    pub job: Uuid,
    /// Its project.
    pub project: Uuid,
    /// The collaboration that its project is shared in.
    pub collaboration: Option<Uuid>,
}

impl Confinement {
    /// Whether this may be done from inside it at all: of what lies in projects it reaches only its own and those
    /// shared in the same collaboration, and it creates tasks only under its own job.
    pub fn admits(&self, operation: Operation, kind: Kind, facts: &Facts) -> bool {
        let makes_task = operation == Operation::Create && kind == Kind::Task;
        facts.lineage.project.is_none_or(|project| {
            project == self.project
                || (self.collaboration.is_some() && facts.collaboration == self.collaboration)
        }) && (!makes_task || facts.id == self.job)
    }
}

/// The principal of one request. Not `Clone`: a permit that it earns can't outlive its request.
#[derive(Debug, Default)]
pub struct Caller {
    /// Who; `None` is anonymous.
    pub principal: Option<PrincipalId>,
    /// The operator at the console: nobody's user, may do everything, is named in the audit log as such.
    operator: bool,
    /// The client app of its credential.
    pub app: App,
    /// What is registered of that app; absent for the default app.
    pub client_app: Option<Uuid>,
    /// The organization that it belongs to.
    pub home: Option<Uuid>,
    /// The collaborations that scope collaboration means for it.
    pub collaborations: SmallVec<[Uuid; 4]>,
    /// The members of those collaborations.
    pub peers: Vec<Uuid>,
    /// Its live grants.
    pub grants: Grants,
    /// For what acts for another: the maker, whose rights bound it.
    pub bound: Option<Box<Caller>>,
    /// For an API key: when it ends.
    pub ends_at: Option<OffsetDateTime>,
    /// For a container: where it works.
    pub confinement: Option<Confinement>,
}

impl Caller {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The maker of what acts for somebody suspended or gone: may do nothing, not even what is open to everybody,
    /// for no access rule speaks of its app.
    pub fn nobody() -> Self {
        Self { app: App::new(""), ..Self::default() }
    }

    /// The same through a client app; of what acts for another, so is its maker.
    #[must_use]
    pub fn through(mut self, app: &App, client_app: Option<Uuid>) -> Self {
        self.bound = self.bound.map(|maker| Box::new(maker.through(app, client_app)));
        // Who may do nothing may do nothing through any app.
        if !self.app.name().is_empty() {
            (self.app, self.client_app) = (app.clone(), client_app);
        }
        self
    }

    /// A principal at home in an organization.
    pub fn new(principal: PrincipalId, home: Uuid) -> Self {
        Self { principal: Some(principal), home: Some(home), ..Self::default() }
    }

    /// Whoever holds the console of the server: root, by holding the database. Never made from a request.
    pub fn operator() -> Self {
        let rights = Rights::of(Rule::catalogue());
        let root = Held {
            grant: Uuid::nil(),
            role: Uuid::nil(),
            role_name: Policy::ROOT.to_owned(),
            at: Facts::server(),
            rights,
            roles: RoleSet::default(),
            ends_at: None,
        };
        Self { operator: true, grants: vec![root].into(), ..Self::default() }
    }

    /// Whether it is the operator.
    pub const fn is_operator(&self) -> bool {
        self.operator
    }

    /// Whether it is nobody in particular.
    pub const fn is_anonymous(&self) -> bool {
        self.principal.is_none() && !self.operator
    }

    /// Whether it is this principal.
    pub fn is(&self, principal: PrincipalId) -> bool {
        self.principal == Some(principal)
    }

    /// The principal in whose name things are made: the maker of a key, or of a container's task.
    pub fn maker(&self) -> Option<PrincipalId> {
        match (&self.bound, self.principal) {
            (Some(bound), _) => bound.principal,
            (None, _) if self.confinement.is_some() => None,
            (None, principal) => principal,
        }
    }

    /// Whether it holds root at the server, and so does the maker of what acts for another.
    pub fn is_root(&self, policy: &Policy) -> bool {
        self.holds_root(policy) && self.bound.as_deref().is_none_or(|maker| maker.is_root(policy))
    }

    /// Whether it holds root at the server itself, whoever bounds it.
    pub(crate) fn holds_root(&self, policy: &Policy) -> bool {
        let Some(root) = policy.index(Policy::ROOT) else { return self.operator };
        let root = RoleSet::default().with(root);
        self.operator
            || self.grants.iter().any(|held| held.anchor().is_server() && !held.roles.both(root).is_empty())
    }

    /// Whether a live grant of it below the server has the object inside its anchor.
    fn is_let_in(&self, operation: Operation, facts: &Facts) -> bool {
        self.grants.around(operation, Some(facts)).any(|held| {
            let anchor = held.anchor();
            !anchor.is_server() && is_inside(anchor, operation, facts)
        })
    }

    /// Whom it acts as where something is assigned or made: itself, and of an API key also its maker.
    pub fn selves(&self) -> impl Iterator<Item = PrincipalId> + '_ {
        self.principal.into_iter().chain(self.acts_for().and_then(|maker| maker.principal))
    }

    /// Of an API key, its maker.
    pub fn acts_for(&self) -> Option<&Self> {
        let is_key = self.principal.is_some_and(|me| me.kind == PrincipalKind::ApiKey);
        self.bound.as_deref().filter(|_| is_key)
    }

    /// Whether it acts as this principal.
    pub fn acts_as(&self, principal: Option<PrincipalId>) -> bool {
        principal.is_some_and(|principal| self.selves().any(|me| me == principal))
    }

    /// The user who works when it takes a task.
    pub fn worker(&self) -> Option<Uuid> {
        self.selves().find(|me| me.kind == PrincipalKind::User).map(|me| me.id)
    }

    /// Whether the object is its own by having made it; of an API key also where it is so its maker's. Audit events are
    /// made by nobody: they are those of whoever did what they tell of.
    pub fn made(&self, operation: Operation, facts: &Facts) -> bool {
        let tells = facts.kind == Kind::AuditEvent;
        self.made_itself(operation, facts)
            || self.acts_for().is_some_and(|maker| !tells && maker.made_itself(operation, facts))
    }

    fn made_itself(&self, operation: Operation, facts: &Facts) -> bool {
        let at_home = |home: Uuid| match facts.kind {
            Kind::Collaboration => facts.is_home(home),
            _ => facts.lineage.organization == Some(home),
        };
        facts.maker.is_some()
            && facts.maker == self.principal
            && (self.home.is_some_and(at_home) || self.is_let_in(operation, facts))
    }

    /// Whether the object is its own, for this operation.
    pub fn owns(&self, operation: Operation, facts: &Facts) -> bool {
        use Operation::{Edit, Receive, View};
        let Some(me) = self.principal else { return false };
        let assigned = self.acts_as(facts.assignee)
            || self.confinement.is_some_and(|inside| match facts.kind {
                Kind::Task => facts.id == inside.task,
                Kind::Run => {
                    facts.lineage.task == Some(inside.task)
                        && facts.assignee == Some(PrincipalId::node(inside.node))
                }
                _ => false,
            });
        facts.is(me)
            || (matches!(operation, View | Edit | Receive) && assigned)
            || (operation == View && facts.lent.iter().any(|lent| self.acts_as(Some(lent.to))))
            || self.made(operation, facts)
    }

    /// Everything by which it may do `operation` to objects of `kind`, being it first, each with its reason.
    ///
    /// For create, `kind` is the new object's and the terms are to be held against the parent. With an object, those
    /// that can't hold for it are left out where that is known at a glance.
    pub fn terms<'c, B>(
        &'c self,
        policy: &'c Policy,
        operation: Operation,
        kind: Kind,
        object: Option<&Facts>,
        mut each: impl FnMut(Term<'c>, Because<'c>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for &term in self.being(operation, kind) {
            each(term, Because::Being(term))?;
        }
        self.grants.around(operation, object).try_for_each(|held| {
            let Some(scope) = held.rights.scope(kind, operation) else { return ControlFlow::Continue(()) };
            let rule = Rule::new(kind, operation, scope);
            self.terms_by(held, rule, |term| each(term, Because::Grant { held, rule }))
        })?;
        let Some(openings) = policy.access().lines(&self.app, kind, operation) else {
            return ControlFlow::Continue(());
        };
        let by_rule = |opening| self.terms_opened(policy, operation, object, opening, &mut each);
        match object {
            Some(facts) => openings.of(&facts.entitlements, by_rule),
            None => openings.all().iter().try_for_each(by_rule),
        }
    }

    /// Everything that a line of the access rules opens.
    fn terms_opened<'c, B>(
        &'c self,
        policy: &'c Policy,
        operation: Operation,
        object: Option<&Facts>,
        opening: &'c Opening,
        each: &mut impl FnMut(Term<'c>, Because<'c>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let entitlement = &opening.entitlement;
        let authenticated = !self.is_anonymous();
        let [everybody, registered_user, created_user] = Words::NAMES;
        let anywhere = Term::Entitled { entitlement, within: Anchor::SERVER };
        let words = [
            (opening.words.everybody, everybody, anywhere),
            (opening.words.registered_user && authenticated, registered_user, anywhere),
            (opening.words.created_user && authenticated, created_user, Term::EntitledMade { entitlement }),
        ];
        for (fits, word, term) in words {
            if fits {
                each(term, Because::Access { opening, word, held: None })?;
            }
        }
        if opening.roles.is_empty() {
            return ControlFlow::Continue(());
        }
        self.grants.around(operation, object).try_for_each(|held| {
            let role = held.roles.both(opening.roles).first().and_then(|index| policy.role_at(index));
            let Some(role) = role else { return ControlFlow::Continue(()) };
            let term = Term::Entitled { entitlement, within: held.anchor() };
            each(term, Because::Access { opening, word: &role.name, held: Some(held) })
        })
    }

    /// Everything that a rule reaches from an anchor.
    #[inline]
    fn terms_by<'c, B>(
        &self,
        held: &Held,
        rule: Rule,
        mut each: impl FnMut(Term<'c>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        // Who works on a task says what comes out, and what they think of it.
        let anchor = held.anchor();
        let works =
            rule.operation == Operation::Create && matches!(rule.kind, Kind::Annotation | Kind::Comment);
        if !anchor.is_server() {
            let own = rule.scope == Scope::Own;
            each(if own { Term::Own { within: anchor } } else { Term::Inside(anchor) })?;
            if own && works {
                each(Term::Assigned { within: anchor })?;
            }
            // What a task lends lies beside its job, and comes with it.
            let lends = rule.operation == Operation::View
                && matches!(rule.kind, Kind::File | Kind::Label)
                && matches!(anchor.level, Level::Job | Level::Task);
            return match held.at.lineage.job.filter(|_| lends) {
                Some(job) => each(Term::Lent { job, task: held.at.lineage.task }),
                None => ControlFlow::Continue(()),
            };
        }
        if rule.scope == Scope::Global {
            return each(Term::Everything);
        }
        each(Term::Own { within: Anchor::SERVER })?;
        if works {
            each(Term::Assigned { within: Anchor::SERVER })?;
        }
        if let (Some(home), Scope::Organization | Scope::Collaboration) = (self.home, rule.scope) {
            each(Term::Home(home))?;
        }
        if rule.scope == Scope::Collaboration {
            match rule.kind {
                Kind::Organization | Kind::User | Kind::Role => each(Term::Peers)?,
                _ => each(Term::Collaborating)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether what allows something is bounded by the maker and by where a container works: all but what a key may
    /// do by being it.
    pub(crate) const fn is_bounded(&self, because: Because<'_>) -> bool {
        self.confinement.is_some() || !matches!(because, Because::Being(_))
    }

    /// What it may do by being it.
    fn being(&self, operation: Operation, kind: Kind) -> &'static [Term<'static>] {
        use Operation::{Delete, Edit, View};
        let Some(me) = self.principal else { return &[] };
        match (me.kind, operation, kind) {
            (PrincipalKind::User, View | Edit, Kind::User)
            | (PrincipalKind::Node, View, Kind::Node)
            | (PrincipalKind::ApiKey, View, Kind::ApiKey) => &[Term::Itself],
            (_, View | Delete, Kind::Grant) => &[Term::Named],
            (_, View, Kind::AuditEvent) => &[Term::Own { within: Anchor::SERVER }],
            (_, View, Kind::Rule | Kind::Role) => &[Term::BuiltIn],
            _ => &[],
        }
    }
}

/// Whether an anchor has an object inside. For view alone, a collaboration lies inside each of its members.
#[inline]
pub(crate) fn is_inside(anchor: Anchor, operation: Operation, facts: &Facts) -> bool {
    facts.lineage.is_inside(anchor)
        || (operation == Operation::View
            && facts.kind == Kind::Collaboration
            && anchor.level == crate::facts::Level::Organization
            && anchor.id.is_some_and(|member| facts.is_home(member)))
}
