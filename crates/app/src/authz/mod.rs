//! Decisions as answers: may they, why, and who may.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Job, Label, Node, Organization, Project, Proposal, Role, RuleEntry, Run, Source, Task, User,
};
use bailiwick_domain::facts::{Anchor, Level, Lineage};
use bailiwick_domain::gate::Judgement;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Identity, Lookup};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::reason::{Guard, Missing, Reason};
use bailiwick_domain::rule::Rule;
use bailiwick_domain::{Because, Caller, Facts, Held};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Kept;
use crate::methods::Standings;

mod events;
mod who;

pub use events::{told_change, told_reason};
pub use who::{Able, Who, who};

/// An object by kind and id; the server has no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Which one.
    pub id: Option<Uuid>,
}

/// A question: may this be done to that object? For create, `parent` takes the place of `id`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is to be done.
    pub operation: Operation,
    /// To what kind of object.
    pub kind: Kind,
    /// Which object; none for create and for events.
    pub id: Option<Uuid>,
    /// For create, under what; for an event, about what: a task, a node. None for all else.
    pub parent: Option<ObjectRef>,
}

/// An answer, with its reason as far as the one who asks may know it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// Whether it may be done now.
    pub allowed: bool,
    /// What allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The rule that is missing, where the object may be viewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// The guard that forbids it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
}

const REFUSED: Verdict = Verdict { allowed: false, reason: None, missing: None, guard: None };

/// How many questions one request may ask.
pub const MOST_QUESTIONS: usize = 1_000;

/// Who is asked about: the caller, or another principal that the caller may view.
enum Subject {
    Caller,
    /// No caller for a principal that is not active.
    Other(Box<Identity>, Option<Box<Caller>>),
}

impl Subject {
    async fn of(cx: &Cx, principal: Option<PrincipalId>, pointer: &str) -> Result<Self, AppError> {
        let Some(principal) = principal.filter(|principal| !cx.caller.is(*principal)) else {
            return Ok(Self::Caller);
        };
        let found = Lookup::identities(&*cx.store, &[principal]).await?.into_iter().next();
        let viewable = found.filter(|identity| cx.gate.may_view(&cx.caller, &identity.facts));
        let identity = viewable.ok_or_else(|| AppError::unknown(pointer, principal.kind.kind()))?;
        let caller = identity.caller(cx.policy(), cx.gate.now()).map(Box::new);
        Ok(Self::Other(Box::new(identity), caller))
    }

    /// The caller to judge; none for a principal that is not active.
    fn caller<'s>(&'s self, cx: &'s Cx) -> Option<&'s Caller> {
        match self {
            Self::Caller => Some(&cx.caller),
            Self::Other(_, caller) => caller.as_deref(),
        }
    }
}

/// Answers up to [`MOST_QUESTIONS`] questions.
///
/// # Errors
/// Too many questions; one that is not well formed; a principal that may not be named; storage.
pub async fn check(
    cx: &Cx,
    principal: Option<PrincipalId>,
    questions: &[Question],
) -> Result<Vec<Verdict>, AppError> {
    if questions.len() > MOST_QUESTIONS {
        return Err(AppError::invalid("/checks", format!("at most {MOST_QUESTIONS} questions")));
    }
    let subject = Subject::of(cx, principal, "/principal/id").await?;
    let pointed = questions.iter().enumerate();
    let targets = pointed.map(|(index, question)| target(question, &format!("/checks/{index}")));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let found = look_up(cx, &targets).await?;
    let Some(caller) = subject.caller(cx) else { return Ok(vec![REFUSED; questions.len()]) };
    let standings = Standings::of(cx, caller, found.values()).await?;
    let judged = questions.iter().zip(&targets).map(|(question, target)| match found.get(target) {
        Some(facts) => judge(cx, &subject, &standings, question, facts),
        None => REFUSED,
    });
    Ok(judged.collect())
}

/// Answers one question; with the facts of what it is about, where that is there.
async fn answer(
    cx: &Cx,
    subject: &Subject,
    question: &Question,
) -> Result<(Verdict, Option<Facts>), AppError> {
    let target = target(question, "")?;
    let Some(facts) = look_up(cx, &[target]).await?.remove(&target) else { return Ok((REFUSED, None)) };
    let Some(caller) = subject.caller(cx) else { return Ok((REFUSED, Some(facts))) };
    let standings = Standings::of(cx, caller, std::iter::once(&facts)).await?;
    Ok((judge(cx, subject, &standings, question, &facts), Some(facts)))
}

/// What a question is about, by kind and id; nil for the server.
type Target = (Kind, Uuid);

/// What a question is about: the object; for create its parent; for an event, which is kept nowhere, what it tells of.
fn target(question: &Question, pointer: &str) -> Result<Target, AppError> {
    let of_parent = question.operation == Operation::Create || question.kind == Kind::Event;
    match (question.id, question.parent) {
        (None, Some(parent)) if of_parent => match (parent.kind, parent.id) {
            (Kind::Server, None) => Ok((Kind::Server, Uuid::nil())),
            (kind, Some(id)) => Ok((kind, id)),
            (_, None) => Err(AppError::invalid(format!("{pointer}/parent/id"), "the id of the parent")),
        },
        _ if of_parent => Err(AppError::invalid(
            format!("{pointer}/parent"),
            "create, and events, are asked of a parent, and without an id",
        )),
        (Some(id), None) => Ok((question.kind, id)),
        (None, _) => Err(AppError::invalid(format!("{pointer}/id"), "the id of the object")),
        (_, Some(_)) => Err(AppError::invalid(
            format!("{pointer}/parent"),
            "to be left out: only create and events have a parent",
        )),
    }
}

/// The facts of objects, looked up once for each kind; without those that are not there or of kinds not kept yet.
async fn look_up(cx: &Cx, targets: &[Target]) -> Result<HashMap<Target, Facts>, AppError> {
    async fn of<T: Kept>(cx: &Cx, ids: &[Uuid]) -> Result<Vec<Facts>, AppError> {
        let rows = T::read(&*cx.store).find_all(ids).await?;
        Ok(rows.iter().map(|row| cx.gate.facts(row).clone()).collect())
    }
    let mut wanted: BTreeMap<Kind, BTreeSet<Uuid>> = BTreeMap::new();
    for (kind, id) in targets {
        wanted.entry(*kind).or_default().insert(*id);
    }
    let mut found = HashMap::new();
    for (kind, ids) in wanted {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let facts = match kind {
            Kind::Server => vec![Facts::server()],
            Kind::Organization => of::<Organization>(cx, &ids).await?,
            Kind::Collaboration => of::<Collaboration>(cx, &ids).await?,
            Kind::User => of::<User>(cx, &ids).await?,
            Kind::Role => of::<Role>(cx, &ids).await?,
            Kind::Rule => {
                let named = Rule::catalogue().filter(|rule| ids.contains(&rule.id()));
                named.map(|rule| RuleEntry(rule).facts()).collect()
            }
            Kind::Grant => of::<Grant>(cx, &ids).await?,
            Kind::ApiKey => of::<ApiKey>(cx, &ids).await?,
            Kind::ClientApp => of::<ClientApp>(cx, &ids).await?,
            Kind::Project => of::<Project>(cx, &ids).await?,
            Kind::Job => of::<Job>(cx, &ids).await?,
            Kind::Task => of::<Task>(cx, &ids).await?,
            Kind::Proposal => of::<Proposal>(cx, &ids).await?,
            Kind::Node => of::<Node>(cx, &ids).await?,
            Kind::Run => of::<Run>(cx, &ids).await?,
            Kind::File => of::<File>(cx, &ids).await?,
            Kind::Dataset => of::<Dataset>(cx, &ids).await?,
            Kind::Label => of::<Label>(cx, &ids).await?,
            Kind::Annotation => of::<Annotation>(cx, &ids).await?,
            Kind::Source => of::<Source>(cx, &ids).await?,
            Kind::Content => of::<Content>(cx, &ids).await?,
            Kind::Comment => of::<Comment>(cx, &ids).await?,
            Kind::Export => of::<Export>(cx, &ids).await?,
            Kind::AuditEvent => of::<AuditEvent>(cx, &ids).await?,
            _ => Vec::new(),
        };
        found.extend(facts.into_iter().map(|facts| ((kind, facts.id), facts)));
    }
    Ok(found)
}

fn judge(cx: &Cx, subject: &Subject, standings: &Standings, question: &Question, facts: &Facts) -> Verdict {
    let seen = facts.kind == Kind::Server || cx.gate.may_view(&cx.caller, facts);
    let Some(caller) = subject.caller(cx) else { return REFUSED };
    let asks_of_self = matches!(subject, Subject::Caller);
    match cx.gate.judge_operation(caller, question.operation, question.kind, facts) {
        // What the one who asks may not view does not exist for them, whatever another may do to it.
        _ if !seen && !asks_of_self => REFUSED,
        Judgement::Allowed(because) => match standings.forbids(cx, caller, question.operation, facts) {
            Some(guard) => Verdict { guard: Some(guard), ..REFUSED },
            None => Verdict { allowed: true, reason: told(cx, caller, because), ..REFUSED },
        },
        Judgement::Guarded(guard) => Verdict { guard: Some(guard), ..REFUSED },
        Judgement::Missing if seen => {
            let denial = cx.gate.missing(caller, question.operation, question.kind, facts);
            let missing = denial.missing.map(|missing| match asks_of_self {
                true => *missing,
                // What came nearest is a grant of somebody else's.
                false => Missing { nearest: None, ..*missing },
            });
            Verdict { missing, ..REFUSED }
        }
        Judgement::Missing => REFUSED,
    }
}

/// The reason, as far as the one who asks may know it: a grant of another's only if they may view that grant.
fn told(cx: &Cx, caller: &Caller, because: Because<'_>) -> Option<Reason> {
    let known = match because {
        Because::Grant { held, .. } | Because::Access { held: Some(held), .. } => {
            may_know_held(cx, caller.principal, caller.home, held)
        }
        Because::Access { held: None, .. } | Because::Being(_) => true,
    };
    known.then(|| because.into())
}

/// Whether the one who asks may know of a grant that a principal holds.
fn may_know_held(cx: &Cx, principal: Option<PrincipalId>, home: Option<Uuid>, held: &Held) -> bool {
    may_know(cx, principal, home, &held.at, (held.grant, held.role))
}

/// Whether the one who asks may know of a grant, of a role, that a principal holds somewhere.
fn may_know(
    cx: &Cx,
    principal: Option<PrincipalId>,
    home: Option<Uuid>,
    at: &Facts,
    (grant, role): (Uuid, Uuid),
) -> bool {
    let mut grant = at.child(Kind::Grant, grant, None);
    grant.names = principal;
    // An organization's role is granted inside it, or at the server to its own: that tells whose it is.
    let home = at.lineage.organization.or(home);
    let built_in = cx.policy().role_by_id(role).is_some();
    let mut role = Facts::new(
        Kind::Role,
        role,
        home.map_or_else(Lineage::default, |home| Lineage::default().with(Level::Organization, home)),
    );
    role.built_in = built_in;
    principal == cx.caller.principal
        || (cx.gate.may_view(&cx.caller, &grant) && cx.gate.may_view(&cx.caller, &role))
}

/// A grant as a decision looked at it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Looked {
    /// The grant; absent for what is held without one.
    pub grant: Option<Uuid>,
    /// The role's name.
    pub role_name: String,
    /// Where it is tied.
    pub anchor: Anchor,
    /// The rule of this kind and operation that it gives, if it gives one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub rule: Option<Rule>,
    /// Whether that rule reaches the object.
    pub reaches: bool,
    /// `live`, or why it gives nothing now: `not_begun`, `ended`, `not_in_force` (its role, its anchor's organization or
    /// the principal is not active).
    pub state: &'static str,
}

/// One decision in full.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// How it came out.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The version of the policy that it was judged by.
    pub policy: String,
    /// Every grant that was looked at, live or not, and that the one who asks may view.
    pub grants: Vec<Looked>,
}

/// One decision in full: what was looked at, what allowed it, or what came nearest.
///
/// # Errors
/// A question that is not well formed; a principal that may not be named; storage.
pub async fn explain(
    cx: &Cx,
    principal: Option<PrincipalId>,
    question: &Question,
) -> Result<Explanation, AppError> {
    let subject = Subject::of(cx, principal, "principal_id").await?;
    let policy = cx.policy().version().to_owned();
    let (verdict, facts) = answer(cx, &subject, question).await?;
    let Some(facts) = facts else { return Ok(Explanation { verdict, policy, grants: Vec::new() }) };
    let seen = facts.kind == Kind::Server || cx.gate.may_view(&cx.caller, &facts);
    let grants = if seen { looked_at(cx, &subject, question, &facts) } else { Vec::new() };
    Ok(Explanation { verdict, policy, grants })
}

fn looked_at(cx: &Cx, subject: &Subject, question: &Question, facts: &Facts) -> Vec<Looked> {
    let (kind, operation) = (question.kind, question.operation);
    let looked = |held: &Held, reaches: bool, state: &'static str| Looked {
        grant: Some(held.grant).filter(|id| !id.is_nil()),
        role_name: held.role_name.clone(),
        anchor: held.anchor(),
        rule: held.rights.scope(kind, operation).map(|scope| Rule::new(kind, operation, scope)),
        reaches,
        state,
    };
    let caller = subject.caller(cx);
    let live = caller.into_iter().flat_map(|caller| {
        let known =
            caller.grants.iter().filter(|held| may_know_held(cx, caller.principal, caller.home, held));
        known.map(|held| looked(held, cx.gate.reaches(caller, held, operation, kind, facts), "live"))
    });
    let mut all: Vec<Looked> = live.collect();
    let identity = match subject {
        Subject::Caller => cx.identity.as_deref(),
        Subject::Other(identity, _) => Some(&**identity),
    };
    let now = cx.gate.now();
    for grant in identity.map_or(&[][..], |identity| &identity.grants) {
        let held = grant.in_full(cx.policy());
        if (caller.is_none() || !grant.is_live(now))
            && may_know_held(cx, Some(grant.principal), identity.and_then(Identity::home), &held)
        {
            let state = match () {
                () if !grant.counts(now) => "ended",
                () if grant.starts_at.is_some_and(|start| now < start) => "not_begun",
                () => "not_in_force",
            };
            all.push(looked(&held, false, state));
        }
    }
    all
}
