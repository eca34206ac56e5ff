//! A reach as branches: for every kind and every term exactly what `Term::holds` says of one object.

use std::collections::BTreeMap;

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{Collaboration, Organization, Shelf, Visibility};
use bailiwick_domain::{
    Anchor, Caller, Confinement, Kind, Level, Operation, PrincipalId, PrincipalKind, Reach, Term,
};
use uuid::Uuid;

use crate::part::{Among, Part, Reached, Rows, Test};
use crate::stamps::Concerns;
use crate::table::{Table, lineage_column};

/// What holds for exactly the objects in this reach.
pub fn part<T: Table>(reach: &Reach<'_>) -> Part {
    if T::KIND == Kind::Proposal {
        return between(&reach.sides);
    }
    let mut granted = any::<T>(reach, &reach.granted);
    if let Some(inside) = reach.caller.confinement {
        granted = granted.and(admits::<T>(&inside));
    }
    if let Some(maker) = &reach.bound {
        granted = granted.and(part::<T>(maker));
    }
    any::<T>(reach, &reach.being).or(granted)
}

/// Proposals, by what is reached of those that they lie between.
fn between(sides: &[Reach<'_>]) -> Part {
    sides.iter().fold(Part::NOTHING, |any, side| {
        any.or(match side.kind {
            Kind::Collaboration => {
                Part::reached("collaboration_id", Collaboration::TABLE, part::<Collaboration>(side))
            }
            Kind::Organization => {
                Part::reached("organization_id", Organization::TABLE, part::<Organization>(side))
            }
            _ => Part::NOTHING,
        })
    })
}

/// Anchors, by level. Many terms become few conditions, whose depth databases bound.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Places {
    everywhere: bool,
    below: BTreeMap<Level, Vec<Uuid>>,
}

impl Places {
    fn add(&mut self, anchor: Anchor) {
        match anchor.id {
            _ if anchor.is_server() => self.everywhere = true,
            Some(id) => self.below.entry(anchor.level).or_default().push(id),
            None => {}
        }
    }

    /// Objects inside one of them.
    fn hold<T: Table>(&self, operation: Operation) -> Part {
        if self.everywhere {
            return Part::everything();
        }
        let mut any = Part::NOTHING;
        for (&level, ids) in &self.below {
            if let Some(column) = lineage_column::<T>(level) {
                any = any.or(Part::ids(column, ids.iter().copied()));
            }
            if T::KIND == Kind::Collaboration && operation == Operation::View && level == Level::Organization
            {
                any = any.or(has_member(ids));
            }
        }
        any
    }
}

/// Objects for which one of the terms holds.
fn any<T: Table>(reach: &Reach<'_>, terms: &[Term<'_>]) -> Part {
    let (caller, operation) = (reach.caller, reach.operation);
    let mut any = Part::NOTHING;
    let (mut inside, mut own) = (Places::default(), Places::default());
    let mut entitled: BTreeMap<&Entitlement, Places> = BTreeMap::new();
    let mut made_by_tag: Vec<&Entitlement> = Vec::new();
    for term in terms {
        let part = match *term {
            Term::Everything => Part::everything(),
            Term::Home(home) => has_home::<T>(&[home]),
            Term::Peers => has_home::<T>(&caller.peers),
            Term::Collaborating => lies_in::<T>(&caller.collaborations),
            Term::EntitledMade { entitlement } => {
                made_by_tag.push(entitlement);
                continue;
            }
            Term::Itself => is_caller::<T>(caller),
            Term::Named => names_caller::<T>(caller),
            Term::BuiltIn => is_built_in::<T>(),
            Term::Inside(anchor) => {
                inside.add(anchor);
                continue;
            }
            Term::Own { within } | Term::Assigned { within } => {
                own.add(within);
                continue;
            }
            Term::Lent { job, task } => lent::<T>(caller, job, task),
            Term::Entitled { entitlement, within } => {
                entitled.entry(entitlement).or_default().add(within);
                continue;
            }
        };
        any = any.or(part);
    }
    let (everywhere, below): (Vec<_>, Vec<_>) =
        entitled.into_iter().partition(|(_, within)| within.everywhere);
    let everywhere: Vec<&Entitlement> = everywhere.into_iter().map(|(tag, _)| tag).collect();
    any = any.or(carries::<T>(&everywhere));
    // Tags that open the same places are one condition.
    let mut tags: BTreeMap<Places, Vec<&Entitlement>> = BTreeMap::new();
    below.into_iter().for_each(|(tag, within)| tags.entry(within).or_default().push(tag));
    for (within, tags) in tags {
        any = any.or(carries::<T>(&tags).and(within.hold::<T>(operation)));
    }
    if !made_by_tag.is_empty() {
        any = any.or(carries::<T>(&made_by_tag).and(made::<T>(caller, operation)));
    }
    any.or(inside.hold::<T>(operation)).or(own.hold::<T>(operation).and(owned::<T>(caller, operation)))
}

/// The caller's own.
fn owned<T: Table>(caller: &Caller, operation: Operation) -> Part {
    if caller.principal.is_none() {
        return Part::NOTHING;
    }
    let own = is_caller::<T>(caller).or(made::<T>(caller, operation));
    if !matches!(operation, Operation::View | Operation::Edit | Operation::Receive) {
        return own;
    }
    let assigned = caller.selves().map(|me| match me.kind {
        PrincipalKind::User => assigned::<T>(me.id, operation),
        PrincipalKind::Node if T::KIND == Kind::Run => Part::ids("node_id", [me.id]),
        _ => Part::NOTHING,
    });
    let assigned = assigned.fold(Part::NOTHING, Part::or);
    let works_on = match (T::KIND, caller.confinement) {
        (Kind::Task, Some(inside)) => Part::ids("id", [inside.task]),
        (Kind::Run, Some(inside)) => {
            Part::ids("task_id", [inside.task]).and(Test::Id("node_id", inside.node).into())
        }
        _ => Part::NOTHING,
    };
    own.or(assigned).or(works_on)
}

/// The tasks that are assigned to a user, what is made by working on them, and, for view alone, what they lend.
fn assigned<T: Table>(user: Uuid, operation: Operation) -> Part {
    let Some(user) = Among::ids([user]) else { return Part::NOTHING };
    let tasks = |take| rows(take, "tasks", "assignee_id", user.clone());
    let linked = |holders| Part::seek("id", rows("target_id", "links", "holder_id", holders));
    match T::KIND {
        Kind::Task => Part::seek("assignee_id", user),
        Kind::Annotation => Part::seek("task_id", tasks("id")),
        Kind::Comment if operation == Operation::View => Part::seek("task_id", tasks("id")),
        Kind::File | Kind::Label if operation == Operation::View => {
            let about = match T::KIND {
                Kind::File => Part::seek("id", tasks("file_id")),
                _ => Part::NOTHING,
            };
            about.or(linked(tasks("id"))).or(linked(tasks("job_id")))
        }
        _ => Part::NOTHING,
    }
}

/// The files and labels that the caller's tasks of a job lend, the job's own among them, or what one task of it does.
fn lent<T: Table>(caller: &Caller, job: Uuid, task: Option<Uuid>) -> Part {
    let users = caller.selves().filter(|me| me.kind == PrincipalKind::User).map(|me| me.id);
    let of_job = Part::ids("assignee_id", users).and(Part::ids("job_id", [job]));
    let ones = match task {
        Some(task) => Part::ids("id", [task]).and(of_job.clone()),
        None => of_job.clone(),
    };
    let tasks = |part: Part| Among::Reached(Box::new(Reached { table: "tasks", part }));
    let linked = |holders| Part::seek("id", rows("target_id", "links", "holder_id", holders));
    let about = match T::KIND {
        Kind::File => Part::seek("id", rows("file_id", "tasks", "id", tasks(ones.clone()))),
        _ => Part::NOTHING,
    };
    let by_job = match task {
        Some(_) => Part::NOTHING,
        None => linked(rows("job_id", "tasks", "id", tasks(of_job))),
    };
    about.or(linked(tasks(ones))).or(by_job)
}

/// The caller's own by having made them; of an API key also its maker's, audit events apart.
fn made<T: Table>(caller: &Caller, operation: Operation) -> Part {
    let maker = caller.acts_for().filter(|_| T::KIND != Kind::AuditEvent);
    let makers = maker.map_or(Part::NOTHING, |maker| made_itself::<T>(maker, operation));
    made_itself::<T>(caller, operation).or(makers)
}

fn made_itself<T: Table>(caller: &Caller, operation: Operation) -> Part {
    let Some(me) = caller.principal else { return Part::NOTHING };
    let mut let_in = Places::default();
    caller.grants.iter().map(|held| held.anchor()).filter(|at| !at.is_server()).for_each(|at| let_in.add(at));
    let at_home = caller.home.map_or(Part::NOTHING, |home| is_at_home::<T>(&[home]));
    principal_in("maker_id", "maker_kind", me).and(at_home.or(let_in.hold::<T>(operation)))
}

/// Objects one of whose homes is one of these. A run also is at home where it is executed.
fn has_home<T: Table>(homes: &[Uuid]) -> Part {
    let executed = match T::KIND {
        Kind::Run => Part::ids("executor_id", homes.iter().copied()),
        _ => Part::NOTHING,
    };
    is_at_home::<T>(homes).or(executed)
}

/// Objects whose organization on the lineage is one of these; collaborations of which one of these is a member.
fn is_at_home<T: Table>(homes: &[Uuid]) -> Part {
    match lineage_column::<T>(Level::Organization) {
        Some(column) => Part::ids(column, homes.iter().copied()),
        None if T::KIND == Kind::Collaboration => has_member(homes),
        None => Part::NOTHING,
    }
}

/// Objects that lie in one of these collaborations.
fn lies_in<T: Table>(collaborations: &[Uuid]) -> Part {
    match T::KIND {
        Kind::Collaboration => Part::ids("id", collaborations.iter().copied()),
        Kind::Node => Part::ids("collaboration_id", collaborations.iter().copied()),
        _ => Among::ids(collaborations.iter().copied())
            .map_or(Part::NOTHING, |ids| of_project::<T>("collaboration_id", ids)),
    }
}

/// Objects that carry one of these tags: of their project, its visibility; sources, and what is in them, also their own.
fn carries<T: Table>(tags: &[&Entitlement]) -> Part {
    let has = |visibility: &&Visibility| tags.iter().any(|tag| **tag == visibility.entitlement());
    let words: Vec<&str> = Visibility::ALL.iter().filter(has).map(|visibility| visibility.word()).collect();
    let of_project =
        if words.is_empty() { Part::NOTHING } else { of_project::<T>("visibility", Among::Words(words)) };
    let sets = || {
        let tags = tags.iter().map(|tag| tag.name().to_owned()).collect();
        rows("set_id", "entitlement_sets", "entitlement", Among::Texts(tags))
    };
    let active = || Test::Word("status", Shelf::Active.word()).into();
    match T::KIND {
        _ if tags.is_empty() => Part::NOTHING,
        Kind::Source => of_project.or(Part::seek("entitlement_set_id", sets())).and(active()),
        Kind::Content => {
            let of_sources = rows("id", "sources", "entitlement_set_id", sets());
            let source = Test::WordOfSource("status", Shelf::Active.word());
            of_project.or(Part::seek("source_id", of_sources)).and(active()).and(source.into())
        }
        _ => of_project,
    }
}

/// Projects of which a column is such, and what hangs under them.
fn of_project<T: Table>(name: &'static str, among: Among) -> Part {
    match lineage_column::<T>(Level::Project) {
        Some(_) if T::KIND == Kind::Project => Part::seek(name, among),
        Some(project) => Part::seek(project, rows("id", "projects", name, among)),
        None => Part::NOTHING,
    }
}

fn is_caller<T: Table>(caller: &Caller) -> Part {
    match caller.principal {
        Some(me) if me.kind.kind() == T::KIND => Part::ids("id", [me.id]),
        _ => Part::NOTHING,
    }
}

fn names_caller<T: Table>(caller: &Caller) -> Part {
    match (caller.principal, T::CONCERNS) {
        (Some(me), Concerns::Grantee) => principal_in("principal_id", "principal_kind", me),
        _ => Part::NOTHING,
    }
}

fn is_built_in<T: Table>() -> Part {
    match T::KIND {
        Kind::Role => Test::True("built_in").into(),
        _ => Part::NOTHING,
    }
}

/// Where a container may reach at all.
fn admits<T: Table>(inside: &Confinement) -> Part {
    let Some(project) = lineage_column::<T>(Level::Project) else { return Part::everything() };
    let shared = inside.collaboration.map_or(Part::NOTHING, |id| lies_in::<T>(&[id]));
    Part::from(Test::IdIfAny(project, inside.project)).or(shared)
}

/// Collaborations of which one of these is a member.
fn has_member(organizations: &[Uuid]) -> Part {
    Among::ids(organizations.iter().copied()).map_or(Part::NOTHING, |ids| {
        Part::seek("id", rows("collaboration_id", "collaboration_members", "organization_id", ids))
    })
}

/// Rows in which two columns name this principal.
fn principal_in(id: &'static str, kind: &'static str, principal: PrincipalId) -> Part {
    Part::ids(id, [principal.id]).and(Test::Word(kind, principal.kind.word()).into())
}

fn rows(take: &'static str, table: &'static str, column: &'static str, among: Among) -> Among {
    Among::Rows(Box::new(Rows { take, table, column, among }))
}
