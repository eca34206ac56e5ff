//! Random questions about a world.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::catalogue::{OPERATIONS, exists, ruled};
use super::handing::handing_on;
use crate::decisions::{Ask, Kind, Payload, Rule, SERVER, Scope, World};

/// The id of no object.
const NOTHING: &str = "nothing";

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
        6 => on_any(&ids, Kind::ALL),
        3 => on_any(&ids, &[Kind::Task, Kind::Run, Kind::File, Kind::Label]),
        4 => creation(&ids),
        4 => about_grants(&ids),
        3 => about_roles(&ids),
        3 => ties(&ids),
        2 => select(Kind::ALL).prop_map(|kind| Ask::List { kind }),
    ];
    prop_oneof![5 => (caller, ask), 1 => handing_on(world)]
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

/// View, edit and delete of any object of these kinds.
fn on_any(ids: &Ids<'_>, kinds: &[Kind]) -> impl Strategy<Value = Ask> + use<> {
    (0..3_u8, ids.any(kinds)).prop_map(|(operation, object)| match operation {
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
    let astray = (select(Kind::ALL), ids.place(Kind::ALL)).prop_map(|(kind, parent)| Ask::Create {
        kind,
        parent,
        payload: None,
    });
    prop_oneof![10 => plain, 2 => node, 1 => astray]
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
    let rule = rule.prop_filter("a rule that exists", |rule| exists(*rule)).boxed();
    let in_use: Vec<Rule> = ids.0.objects.iter().flat_map(|object| object.rules.iter().copied()).collect();
    let some = vec(prop_oneof![1 => rule, 1 => select(in_use)], 0..3).boxed();
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
