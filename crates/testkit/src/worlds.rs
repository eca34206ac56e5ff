//! Random small worlds that obey the model's invariants, and random questions about them.
//!
//! A world is built from numbers alone: each part is drawn as a handful of dice, and building takes
//! every die modulo what there is to choose from. So every draw is a valid world, and a world
//! shrinks by losing parts and by moving to the first choice of each.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::decisions::{Ask, Kind, Object, Operation, Payload, Rule, SERVER, Scope, World};

/// What one part of a world is made from.
type Dice = [u8; 8];

/// The id of no object.
const NOTHING: &str = "nothing";

const ENTITLEMENTS: [&str; 3] = ["public", "content", "publishable"];
const TAGS: [&str; 3] = ["read", "write", "remove"];
const WORDS: [&str; 3] = ["everybody", "registeredUser", "createdUser"];
const NAMED: [&str; 5] = ["Reader", "Editor", "builtin-0", "builtin-1", "root"];

/// Kinds that access rules may open.
const OPENABLE: [Kind; 8] = [
    Kind::Project,
    Kind::Source,
    Kind::Content,
    Kind::Job,
    Kind::Task,
    Kind::File,
    Kind::Label,
    Kind::ManagedEntity,
];

/// What a rule may do to anything but events.
const OPERATIONS: [Operation; 4] = [Operation::View, Operation::Create, Operation::Edit, Operation::Delete];

/// Small worlds of every shape: organizations some of which are suspended, collaborations, people,
/// keys, nodes and containers, three projects and what hangs under them, roles, grants, access rules.
pub fn worlds() -> impl Strategy<Value = World> {
    let parts = |most: usize| vec(any::<Dice>(), 0..=most);
    let some = |most: usize| vec(any::<Dice>(), 1..=most);
    let people = (parts(3), parts(3), parts(4), parts(3), parts(3));
    let work = (some(3), some(3), some(4), parts(8), parts(4), parts(2));
    let rights = (parts(3), parts(3), parts(12), parts(9), parts(16), any::<Dice>());
    (people, work, rights).prop_map(|(people, work, rights)| {
        let (organizations, collaborations, users, nodes, keys) = people;
        let (projects, jobs, tasks, things, runs, others) = work;
        let (builtin, made, grants, openings, tags, dice) = rights;
        let mut builder = Builder::default();
        builder.organizations(&organizations);
        builder.collaborations(&collaborations);
        builder.users(&users);
        builder.projects(&projects);
        builder.nodes(&nodes);
        builder.things(&things);
        builder.jobs(&jobs);
        builder.tasks(&tasks);
        builder.keys(&keys);
        builder.runs(&runs);
        builder.others(&others);
        builder.builtin_roles(&builtin, dice);
        builder.made_roles(&made);
        builder.grants(&grants);
        builder.access_rules(&openings, &tags);
        let [.., now] = dice;
        builder.world.now = pick(&[None, Some(100), Some(120)], now).flatten();
        builder.world
    })
}

/// Whether a die shows what it seldom shows.
const fn seldom(die: u8) -> bool {
    die >= 216
}

/// What a die shows of a list.
fn pick<T: Clone>(list: &[T], die: u8) -> Option<T> {
    list.get(usize::from(die).checked_rem(list.len())?).cloned()
}

/// Whether a bit of a die is set.
const fn bit(die: u8, number: usize) -> bool {
    die >> (number % 8) & 1 == 1
}

/// A world in the making.
#[derive(Default)]
struct Builder {
    world: World,
}

impl Builder {
    fn add(&mut self, object: Object) {
        self.world.objects.push(object);
    }

    /// A new object, numbered within its kind.
    fn numbered(&self, kind: Kind) -> Object {
        let number = self.ids(kind).len();
        Object { id: format!("{}-{number}", kind.name()), kind, ..Object::default() }
    }

    fn all(&self, kind: Kind) -> Vec<Object> {
        self.world.objects.iter().filter(|object| object.kind == kind).cloned().collect()
    }

    fn ids(&self, kind: Kind) -> Vec<String> {
        self.all(kind).into_iter().map(|object| object.id).collect()
    }

    fn find(&self, id: Option<&String>) -> Option<&Object> {
        self.world.objects.iter().find(|object| Some(&object.id) == id)
    }

    /// The object of a kind that an object hangs under, or is.
    fn above(&self, kind: Kind, object: &Object) -> Option<Object> {
        let mut next = Some(object);
        while let Some(found) = next {
            if found.kind == kind {
                return Some(found.clone());
            }
            next = self.find(found.parent.as_ref());
        }
        None
    }

    fn user(&self, die: u8) -> Option<String> {
        pick(&self.ids(Kind::User), die)
    }

    /// Some user, or nobody.
    fn maybe_user(&self, die: u8) -> Option<String> {
        if die < 64 { None } else { self.user(die) }
    }

    fn organizations(&mut self, parts: &[Dice]) {
        self.add(self.numbered(Kind::Organization));
        for [suspended, ..] in parts {
            let made = self.numbered(Kind::Organization);
            self.add(Object { suspended: seldom(*suspended), ..made });
        }
    }

    fn collaborations(&mut self, parts: &[Dice]) {
        for [mask, one, maker, ..] in parts {
            let organizations = self.ids(Kind::Organization);
            let first = pick(&organizations, *one);
            let numbered = organizations.into_iter().enumerate();
            let members = numbered
                .filter(|(number, id)| bit(*mask, *number) || Some(id) == first.as_ref())
                .map(|(_, id)| id)
                .collect();
            let maker = seldom(*maker).then(|| "user-0".to_owned());
            self.add(Object { members, maker, ..self.numbered(Kind::Collaboration) });
        }
    }

    fn users(&mut self, parts: &[Dice]) {
        let parent = Some("organization-0".to_owned());
        self.add(Object { parent, ..self.numbered(Kind::User) });
        for [home, suspended, maker, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *home);
            let maker = if *maker < 128 { None } else { self.user(*maker) };
            let suspended = seldom(*suspended);
            self.add(Object { parent, suspended, maker, ..self.numbered(Kind::User) });
        }
    }

    /// Nodes, mostly in collaborations in which something is shared.
    fn nodes(&mut self, parts: &[Dice]) {
        for [where_to, member, suspended, maker, ..] in parts {
            let collaborations = self.all(Kind::Collaboration);
            let mut busy = collaborations.clone();
            busy.retain(|found| {
                let projects = self.all(Kind::Project);
                projects.iter().any(|project| project.collaboration.as_ref() == Some(&found.id))
            });
            let from = if busy.is_empty() || *where_to < 64 { collaborations } else { busy };
            let Some(found) = pick(&from, *where_to) else { continue };
            let parent = pick(&found.members, *member);
            let (collaboration, maker) = (Some(found.id), self.maybe_user(*maker));
            let suspended = seldom(*suspended);
            self.add(Object { parent, collaboration, suspended, maker, ..self.numbered(Kind::Node) });
        }
    }

    fn projects(&mut self, parts: &[Dice]) {
        for [home, shared, archived, carried, maker, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *home);
            let mut open = self.all(Kind::Collaboration);
            open.retain(|found| found.members.iter().any(|member| Some(member) == parent.as_ref()));
            let collaboration = if *shared < 64 { None } else { pick(&open, *shared).map(|found| found.id) };
            self.add(Object {
                parent,
                collaboration,
                archived: seldom(*archived),
                entitlements: entitlements(*carried),
                maker: self.maybe_user(*maker),
                ..self.numbered(Kind::Project)
            });
        }
    }

    fn things(&mut self, parts: &[Dice]) {
        const KINDS: [Kind; 6] =
            [Kind::File, Kind::Label, Kind::Source, Kind::Content, Kind::ManagedEntity, Kind::Source];
        for [kind, parent, carried, maker, ..] in parts {
            let Some(kind) = pick(&KINDS, *kind) else { continue };
            let under = if kind == Kind::Content { Kind::Source } else { Kind::Project };
            let Some(parent) = pick(&self.ids(under), *parent) else { continue };
            self.add(Object {
                parent: Some(parent),
                entitlements: if kind == Kind::Source { entitlements(*carried) } else { Vec::new() },
                maker: self.maybe_user(*maker),
                ..self.numbered(kind)
            });
        }
    }

    fn jobs(&mut self, parts: &[Dice]) {
        for [parent, maker, ..] in parts {
            let Some(parent) = pick(&self.ids(Kind::Project), *parent) else { continue };
            let maker = self.maybe_user(*maker);
            self.add(Object { parent: Some(parent), maker, ..self.numbered(Kind::Job) });
        }
    }

    fn tasks(&mut self, parts: &[Dice]) {
        for [parent, maker, assignee, mask, ..] in parts {
            let Some(job) = pick(&self.all(Kind::Job), *parent) else { continue };
            let mut near = [self.all(Kind::File), self.all(Kind::Label)].concat();
            near.retain(|found| found.parent == job.parent);
            let numbered = near.into_iter().enumerate();
            let linked =
                numbered.filter(|(number, _)| bit(*mask, *number)).map(|(_, found)| found.id).collect();
            self.add(Object {
                parent: Some(job.id),
                linked,
                maker: self.maybe_user(*maker),
                assignee: self.maybe_user(*assignee),
                ..self.numbered(Kind::Task)
            });
        }
    }

    fn keys(&mut self, parts: &[Dice]) {
        for [place, parent, maker, suspended, ..] in parts {
            let under = if *place < 128 { Kind::Organization } else { Kind::Project };
            let Some(parent) = pick(&self.ids(under), *parent) else { continue };
            let (maker, suspended) = (self.maybe_user(*maker), seldom(*suspended));
            let parent = Some(parent);
            self.add(Object { parent, maker, suspended, ..self.numbered(Kind::ApiKey) });
        }
    }

    /// Runs, on nodes of the collaboration that the project is shared in or by people, and a container
    /// for most of those on nodes.
    fn runs(&mut self, parts: &[Dice]) {
        for [task, node, ended, person, container, ..] in parts {
            let Some(task) = pick(&self.all(Kind::Task), *task) else { continue };
            let Some(project) = self.above(Kind::Project, &task) else { continue };
            let mut nodes = self.all(Kind::Node);
            nodes.retain(|found| {
                found.collaboration.is_some()
                    && found.collaboration == project.collaboration
                    && !self.all(Kind::Run).iter().any(|run| {
                        run.parent.as_ref() == Some(&task.id) && run.assignee.as_ref() == Some(&found.id)
                    })
            });
            let node = pick(&nodes, *node);
            let home = node.as_ref().and_then(|node| self.find(node.parent.as_ref()));
            let must_end = project.archived || home.is_some_and(|home| home.suspended);
            self.add(Object {
                parent: Some(task.id.clone()),
                executes: node.as_ref().unwrap_or(&project).parent.clone(),
                assignee: node.as_ref().map_or_else(|| self.user(*person), |found| Some(found.id.clone())),
                suspended: must_end || seldom(*ended),
                maker: task.maker.clone(),
                ..self.numbered(Kind::Run)
            });
            if let Some(node) = node
                && *container >= 64
            {
                let (parent, node) = (Some(task.id), Some(node.id));
                self.add(Object { parent, node, ..self.numbered(Kind::Container) });
            }
        }
    }

    fn others(&mut self, parts: &[Dice]) {
        for [parent, maker, anchor, actor, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *parent);
            let maker = self.user(*maker);
            self.add(Object { parent, maker, ..self.numbered(Kind::Webhook) });
            let (parent, maker) = (self.anchor(*anchor), self.user(*actor));
            self.add(Object { parent, maker, ..self.numbered(Kind::AuditEvent) });
            self.add(self.numbered(Kind::Rule));
        }
    }

    /// The server, or something to anchor at.
    fn anchor(&self, die: u8) -> Option<String> {
        let kinds = [Kind::Organization, Kind::Project, Kind::Job, Kind::Task];
        let anchors: Vec<String> = kinds.into_iter().flat_map(|kind| self.ids(kind)).collect();
        if die < 64 { Some(SERVER.to_owned()) } else { pick(&anchors, die) }
    }

    /// Root, what nodes and containers hold, two that only access rules speak of, and some more.
    fn builtin_roles(&mut self, parts: &[Dice], dice: Dice) {
        let role = |id: &str, rules: Vec<Rule>| Object {
            id: id.to_owned(),
            kind: Kind::Role,
            builtin: true,
            rules,
            ..Object::default()
        };
        let [more, wide, scope, ..] = dice;
        let extra = if more < 96 { Vec::new() } else { rules(wide, more, scope) };
        self.add(role("root", all_rules()));
        self.add(role("node", [node_rules(), extra.clone()].concat()));
        self.add(role("container", [container_rules(), extra].concat()));
        self.add(role("Reader", Vec::new()));
        self.add(role("Editor", Vec::new()));
        for (number, part) in parts.iter().enumerate() {
            let others = self.all(Kind::Role);
            let others: Vec<_> = others.into_iter().skip(3).map(|found| found.id).collect();
            let made = role(&format!("builtin-{number}"), Vec::new());
            self.add(filled(made, *part, &others));
        }
    }

    fn made_roles(&mut self, parts: &[Dice]) {
        for (number, part) in parts.iter().enumerate() {
            let [home, ..] = *part;
            let parent = pick(&self.ids(Kind::Organization), home);
            let mut others = self.all(Kind::Role);
            others.retain(|found| {
                found.parent == parent || (found.builtin && !["node", "container"].contains(&&*found.id))
            });
            others.reverse();
            let others: Vec<_> = others.into_iter().map(|found| found.id).collect();
            let id = format!("made-{number}");
            let made = Object { id, kind: Kind::Role, parent, ..Object::default() };
            self.add(filled(made, *part, &others));
        }
    }

    /// Root for the first user, and grants at all levels to people and keys.
    fn grants(&mut self, parts: &[Dice]) {
        self.add(Object {
            id: "grant-root".to_owned(),
            kind: Kind::Grant,
            parent: Some(SERVER.to_owned()),
            principal: Some("user-0".to_owned()),
            role: Some("root".to_owned()),
            ..Object::default()
        });
        for [principal, role, anchor, starts, ends, revoked, ..] in parts {
            let principals = [self.all(Kind::User), self.all(Kind::ApiKey)].concat();
            let mut roles = self.all(Kind::Role);
            roles.retain(|found| !["node", "container"].contains(&&*found.id));
            roles.reverse();
            let Some(principal) = pick(&principals, *principal) else { continue };
            let Some(mut parent) = self.anchor(*anchor) else { continue };
            // "An API key made through a project has all its grants inside that project."
            if principal.kind == Kind::ApiKey
                && let Some(project) = self.above(Kind::Project, &principal)
                && self.above_of(Kind::Project, &parent).as_ref() != Some(&project.id)
            {
                parent = project.id;
            }
            // "An organization's role is granted inside it, or at the server to its own principals."
            let home = self.above(Kind::Organization, &principal).map(|found| found.id);
            let inside = self.above_of(Kind::Organization, &parent);
            roles.retain(|found| {
                let owner = if parent == SERVER { home.as_ref() } else { inside.as_ref() };
                found.builtin || found.parent.as_ref() == owner
            });
            self.add(Object {
                parent: Some(parent),
                principal: Some(principal.id),
                role: pick(&roles, *role).map(|found| found.id),
                starts: moment(*starts, [50, 100, 101, 150]),
                ends: moment(*ends, [60, 100, 101, 200]),
                revoked: seldom(*revoked),
                ..self.numbered(Kind::Grant)
            });
        }
    }

    /// The object of a kind that the object with this id hangs under, or is.
    fn above_of(&self, kind: Kind, id: &str) -> Option<String> {
        let object = self.find(Some(&id.to_owned()))?;
        self.above(kind, object).map(|found| found.id)
    }

    fn access_rules(&mut self, openings: &[Dice], tags: &[Dice]) {
        let mut words: Vec<String> = WORDS.map(str::to_owned).to_vec();
        words.extend(self.ids(Kind::Role).into_iter().filter(|id| NAMED.contains(&&**id)));
        for [entitlement, tag, mask, ..] in openings {
            let (entitlement, tag) = (pick(&ENTITLEMENTS, *entitlement), pick(&TAGS, *tag));
            let (Some(entitlement), Some(tag)) = (entitlement, tag) else { continue };
            let chosen = words.iter().enumerate().filter(|(number, _)| bit(*mask, *number));
            let chosen = chosen.map(|(_, word)| word.clone()).collect();
            let actions = self.world.access_rules.entry(entitlement.to_owned()).or_default();
            actions.insert(tag.to_owned(), chosen);
        }
        for [kind, operation, tag, ..] in tags {
            let (kind, operation) = (pick(&OPENABLE, *kind), pick(&OPERATIONS, *operation));
            if let (Some(kind), Some(operation), Some(tag)) = (kind, operation, pick(&TAGS, *tag)) {
                let key = format!("{}.{}", kind.name(), operation.name());
                self.world.action_tags.insert(key, tag.to_owned());
            }
        }
    }
}

/// Entitlements of a project or source, by the bits of a die.
fn entitlements(die: u8) -> Vec<String> {
    let numbered = ENTITLEMENTS.iter().enumerate();
    numbered.filter(|(number, _)| bit(die, *number)).map(|(_, id)| (*id).to_owned()).collect()
}

/// Mostly no moment at all.
fn moment(die: u8, moments: [i64; 4]) -> Option<i64> {
    if die < 176 { None } else { pick(&moments, die) }
}

/// A role with the rules, includes and state that the dice show.
fn filled(role: Object, dice: Dice, others: &[String]) -> Object {
    let [_, kinds, operations, scope, more, include, included, inactive] = dice;
    let second = if more < 128 { Vec::new() } else { rules(more, include, inactive) };
    let includes = if include < 128 { None } else { pick(others, included) };
    Object {
        rules: [rules(kinds, operations, scope), second].concat(),
        includes: includes.into_iter().collect(),
        active: seldom(inactive).then_some(false),
        ..role
    }
}

/// A block of rules: some kinds, some operations, one scope.
fn rules(kinds: u8, operations: u8, scope: u8) -> Vec<Rule> {
    let work = [
        Kind::Project,
        Kind::Job,
        Kind::Task,
        Kind::Run,
        Kind::File,
        Kind::Label,
        Kind::Source,
        Kind::Content,
        Kind::ManagedEntity,
    ];
    let people = [Kind::User, Kind::Role, Kind::Grant, Kind::ApiKey];
    let places = [Kind::Organization, Kind::Collaboration, Kind::Node, Kind::Webhook];
    let one = pick(&ruled().collect::<Vec<_>>(), kinds / 5).into_iter().collect();
    let kinds = match kinds % 5 {
        0 => one,
        1 => work.to_vec(),
        2 => people.to_vec(),
        3 => [&places[..], &people[..]].concat(),
        _ => [&work[..], &people[..], &places[..]].concat(),
    };
    let scopes = [Scope::Own, Scope::Organization, Scope::Collaboration, Scope::Global];
    let scope = pick(&scopes, scope).unwrap_or(Scope::Own);
    let chosen = OPERATIONS.iter().enumerate().filter(|(number, _)| bit(operations | 1, *number));
    chosen.flat_map(|(_, operation)| kinds.iter().map(move |kind| (*kind, *operation, scope))).collect()
}

/// Kinds that rules speak of, but for events, which are only sent and received.
fn ruled() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| !matches!(kind, Kind::Event | Kind::Container))
}

/// What root holds.
fn all_rules() -> Vec<Rule> {
    let events =
        [Operation::Send, Operation::Receive].map(|operation| (Kind::Event, operation, Scope::Global));
    ruled()
        .flat_map(|kind| OPERATIONS.map(|operation| (kind, operation, Scope::Global)))
        .chain(events)
        .collect()
}

/// What a node holds by being one.
fn node_rules() -> Vec<Rule> {
    vec![
        (Kind::Collaboration, Operation::View, Scope::Organization),
        (Kind::Node, Operation::Edit, Scope::Organization),
        (Kind::Node, Operation::View, Scope::Organization),
        (Kind::Organization, Operation::Edit, Scope::Organization),
        (Kind::Organization, Operation::View, Scope::Collaboration),
        (Kind::Run, Operation::Edit, Scope::Own),
        (Kind::Run, Operation::View, Scope::Collaboration),
        (Kind::Task, Operation::View, Scope::Collaboration),
    ]
}

/// What a container holds by being one.
fn container_rules() -> Vec<Rule> {
    vec![
        (Kind::Collaboration, Operation::View, Scope::Organization),
        (Kind::Node, Operation::View, Scope::Organization),
        (Kind::Organization, Operation::View, Scope::Collaboration),
        (Kind::Run, Operation::View, Scope::Collaboration),
        (Kind::Task, Operation::Create, Scope::Collaboration),
        (Kind::Task, Operation::View, Scope::Collaboration),
    ]
}

/// Who asks, and what: every sort of question about what the world has, and about what it has not.
pub fn questions(world: &World) -> impl Strategy<Value = (Option<String>, Ask)> + use<> {
    let ids = Ids(world);
    let caller = prop_oneof![
        1 => Just(None),
        12 => ids.caller(Kind::User),
        4 => ids.caller(Kind::ApiKey),
        2 => ids.caller(Kind::Node),
        3 => ids.caller(Kind::Container),
    ];
    let ask = prop_oneof![
        8 => on_any(&ids),
        4 => creation(&ids),
        4 => about_grants(&ids),
        3 => about_roles(&ids),
        3 => ties(&ids),
        2 => select(Kind::ALL).prop_map(|kind| Ask::List { kind }),
    ];
    (caller, ask)
}

/// The ids of a world, to be drawn from.
struct Ids<'w>(&'w World);

impl Ids<'_> {
    /// The ids of the objects of one of these kinds.
    fn of(&self, kinds: &[Kind]) -> Vec<String> {
        let found = self.0.objects.iter().filter(|object| kinds.contains(&object.kind));
        found.map(|object| object.id.clone()).collect()
    }

    /// The id of an object of one of these kinds, or seldom of none.
    fn any(&self, kinds: &[Kind]) -> impl Strategy<Value = String> + use<> {
        self.some(self.of(kinds))
    }

    /// The id of a principal of a kind, or of a user where there is none of it.
    fn caller(&self, kind: Kind) -> impl Strategy<Value = Option<String>> + use<> {
        let ids = self.of(&[kind]);
        let ids = if ids.is_empty() { self.of(&[Kind::User]) } else { ids };
        self.some(ids).prop_map(Some)
    }

    /// The id of a role, mostly of one that an organization made.
    fn role(&self) -> impl Strategy<Value = String> + use<> {
        let roles = self.0.objects.iter().filter(|object| object.kind == Kind::Role);
        let made: Vec<_> = roles.filter(|role| !role.builtin).map(|role| role.id.clone()).collect();
        prop_oneof![1 => self.any(&[Kind::Role]), 3 => self.some(made)]
    }

    /// One of these ids, or seldom that of no object.
    fn some(&self, ids: Vec<String>) -> impl Strategy<Value = String> + use<> {
        let nothing = Just(NOTHING.to_owned());
        if ids.is_empty() { nothing.boxed() } else { prop_oneof![15 => select(ids), 1 => nothing].boxed() }
    }

    /// As [`Ids::any`], or the server.
    fn place(&self, kinds: &[Kind]) -> impl Strategy<Value = String> + use<> {
        prop_oneof![1 => Just(SERVER.to_owned()), 4 => self.any(kinds)]
    }
}

/// View, edit and delete of any object.
fn on_any(ids: &Ids<'_>) -> impl Strategy<Value = Ask> + use<> {
    (0..3_u8, ids.any(Kind::ALL)).prop_map(|(operation, object)| match operation {
        0 => Ask::View { object, kind: None },
        1 => Ask::Edit { object, kind: None, payload: None },
        _ => Ask::Delete { object, kind: None },
    })
}

/// Creation of everything but grants and roles, where it can hang.
fn creation(ids: &Ids<'_>) -> impl Strategy<Value = Ask> + use<> {
    let organization = ids.any(&[Kind::Organization]).boxed();
    let project = ids.any(&[Kind::Project]).boxed();
    let rows = [
        (Kind::Organization, Just(SERVER.to_owned()).boxed()),
        (Kind::Collaboration, Just(SERVER.to_owned()).boxed()),
        (Kind::User, organization.clone()),
        (Kind::Webhook, organization.clone()),
        (Kind::Project, organization.clone()),
        (Kind::ApiKey, organization.clone()),
        (Kind::ApiKey, project.clone()),
        (Kind::Job, project.clone()),
        (Kind::File, project.clone()),
        (Kind::Label, project.clone()),
        (Kind::Source, project.clone()),
        (Kind::ManagedEntity, project),
        (Kind::Task, ids.any(&[Kind::Job]).boxed()),
        (Kind::Task, ids.any(&[Kind::Job]).boxed()),
        (Kind::Run, ids.any(&[Kind::Task]).boxed()),
        (Kind::Content, ids.any(&[Kind::Source]).boxed()),
        (Kind::AuditEvent, ids.place(&[Kind::Project]).boxed()),
    ];
    let plain = select(rows.to_vec()).prop_flat_map(|(kind, parent)| {
        parent.prop_map(move |parent| Ask::Create { kind, parent, payload: None })
    });
    let node = (organization, ids.any(&[Kind::Collaboration])).prop_map(|(parent, id)| {
        let payload = Some(Payload { collaboration: Some(id), ..Payload::default() });
        Ask::Create { kind: Kind::Node, parent, payload }
    });
    prop_oneof![5 => plain, 1 => node]
}

/// Making, ending and deleting grants.
fn about_grants(ids: &Ids<'_>) -> impl Strategy<Value = Ask> + use<> {
    let anchors = [Kind::Organization, Kind::Project, Kind::Job, Kind::Task];
    let ends = || option::of(select(vec![90_i64, 150, 200, 250]));
    let principal = prop_oneof![
        6 => ids.any(&[Kind::User, Kind::ApiKey]),
        1 => ids.any(&[Kind::Node, Kind::Container, Kind::Label]),
    ];
    let made = (ids.place(&anchors), principal, prop_oneof![ids.any(&[Kind::Role]), ids.role()], ends());
    let made = made.prop_map(|(parent, principal, role, ends)| {
        let payload = Payload { principal: Some(principal), role: Some(role), ends, ..Payload::default() };
        Ask::Create { kind: Kind::Grant, parent, payload: Some(payload) }
    });
    let edited = (ids.any(&[Kind::Grant]), ends()).prop_map(|(object, ends)| Ask::Edit {
        object,
        kind: None,
        payload: Some(Payload { ends, ..Payload::default() }),
    });
    let deleted = ids.any(&[Kind::Grant]).prop_map(|object| Ask::Delete { object, kind: None });
    prop_oneof![4 => made, 2 => edited, 2 => deleted]
}

/// Making, changing and deleting roles.
fn about_roles(ids: &Ids<'_>) -> impl Strategy<Value = Ask> + use<> {
    let scopes = vec![Scope::Own, Scope::Organization, Scope::Collaboration, Scope::Global];
    let rule = (select(ruled().collect::<Vec<_>>()), select(OPERATIONS.to_vec()), select(scopes));
    let some = vec(rule, 0..3).boxed();
    let made = (ids.any(&[Kind::Organization]), some.clone()).prop_map(|(parent, add)| {
        let payload = Some(Payload { add, ..Payload::default() });
        Ask::Create { kind: Kind::Role, parent, payload }
    });
    let edited = (ids.role(), some.clone(), some).prop_map(|(object, add, remove)| {
        let payload = Some(Payload { add, remove, ..Payload::default() });
        Ask::Edit { object, kind: None, payload }
    });
    let deleted = ids.role().prop_map(|object| Ask::Delete { object, kind: None });
    prop_oneof![2 => made, 3 => edited, 1 => deleted]
}

/// Tying two objects of kinds that can be tied, and of some that never can.
fn ties(ids: &Ids<'_>) -> impl Strategy<Value = Ask> + use<> {
    let pair = prop_oneof![
        4 => (ids.any(&[Kind::Job, Kind::Task]), ids.any(&[Kind::File, Kind::Label])),
        2 => (ids.any(&[Kind::Project]), ids.any(&[Kind::Collaboration])),
        2 => (ids.any(&[Kind::Collaboration]), ids.any(&[Kind::Organization])),
        1 => (ids.any(&[Kind::Collaboration]), ids.any(&[Kind::Node])),
    ];
    (any::<bool>(), pair).prop_map(|(undo, (object, names))| {
        if undo { Ask::Unlink { object, names } } else { Ask::Link { object, names } }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::oracle::{Verdict, answer};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    /// Every outcome is met often enough to be worth comparing.
    #[test]
    fn random_questions_meet_every_outcome() {
        let mut runner = TestRunner::deterministic();
        let mut met = BTreeMap::new();
        for _ in 0..500 {
            let world = worlds().new_tree(&mut runner).unwrap().current();
            for _ in 0..20 {
                let (caller, ask) = questions(&world).new_tree(&mut runner).unwrap().current();
                let outcome = match answer(&world, caller.as_deref(), &ask) {
                    Verdict::Allow => "allow".to_owned(),
                    Verdict::Deny(answer) => format!("{answer:?}"),
                    Verdict::List(ids) if ids.is_empty() => "empty list".to_owned(),
                    Verdict::List(_) => "list".to_owned(),
                };
                *met.entry(outcome).or_insert(0) += 1;
            }
        }
        assert_eq!(met.len(), 8, "{met:?}");
        assert!(met.values().all(|times| *times >= 50), "{met:?}");
    }

    proptest! {
        /// "exactly the set of objects that the caller may view"
        #[test]
        fn a_list_holds_what_may_be_viewed(
            (world, (caller, _)) in worlds().prop_flat_map(|world| {
                let questions = questions(&world);
                (Just(world), questions)
            })
        ) {
            for kind in Kind::ALL {
                let Verdict::List(ids) = answer(&world, caller.as_deref(), &Ask::List { kind: *kind })
                else { continue };
                for object in world.objects.iter().filter(|object| object.kind == *kind) {
                    let ask = Ask::View { object: object.id.clone(), kind: None };
                    let seen = answer(&world, caller.as_deref(), &ask) == Verdict::Allow;
                    prop_assert_eq!(seen, ids.contains(&object.id));
                }
            }
        }

        /// Membership, anchors and makers are as the model wants them.
        #[test]
        fn a_world_obeys_the_model(world in worlds()) {
            let find = |id: &String| world.objects.iter().find(|object| object.id == *id);
            for object in &world.objects {
                let named = [&object.maker, &object.assignee, &object.executes, &object.node];
                for id in named.into_iter().flatten() {
                    prop_assert!(find(id).is_some(), "{object:?}");
                }
                if let Some(collaboration) = &object.collaboration {
                    let members = &find(collaboration).unwrap().members;
                    prop_assert!(members.contains(object.parent.as_ref().unwrap()), "{object:?}");
                }
                if object.kind == Kind::Grant {
                    let holder = find(object.principal.as_ref().unwrap()).unwrap();
                    prop_assert!(matches!(holder.kind, Kind::User | Kind::ApiKey), "{object:?}");
                    prop_assert!(object.role.is_some(), "{object:?}");
                }
            }
        }

        /// Worlds can be kept in files.
        #[test]
        fn a_world_survives_being_written(world in worlds()) {
            let written = serde_json::to_string(&world).unwrap();
            prop_assert_eq!(serde_json::from_str::<World>(&written).unwrap(), world);
        }
    }
}
