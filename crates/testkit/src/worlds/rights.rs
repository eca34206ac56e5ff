//! Who may do what in a world: roles, grants, access rules.

use super::catalogue::{
    OPERATIONS, all_rules, annotator_rules, container_rules, exists, node_rules, ruled, steward_rules,
};
use super::{Builder, Dice, bit, pick, seldom};
use crate::decisions::{Kind, Object, Rule, SERVER, Scope};

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

/// Roles that many hold: without them few could do what only guards forbid, or own what they are assigned.
const STEWARD: &str = "steward";
const ANNOTATOR: &str = "annotator";

impl Builder {
    /// The server, or something to anchor at.
    pub(super) fn anchor(&self, die: u8) -> Option<String> {
        let kinds = [Kind::Organization, Kind::Project, Kind::Job, Kind::Task];
        let anchors: Vec<String> = kinds.into_iter().flat_map(|kind| self.ids(kind)).collect();
        if die < 64 { Some(SERVER.to_owned()) } else { pick(&anchors, die) }
    }

    /// Root, what nodes and containers hold, two that only access rules speak of, and some more.
    pub(super) fn builtin_roles(&mut self, parts: &[Dice], dice: Dice) {
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
        self.add(role(STEWARD, steward_rules()));
        self.add(role(ANNOTATOR, annotator_rules()));
        for (number, part) in parts.iter().enumerate() {
            let others = self.all(Kind::Role);
            let others: Vec<_> = others.into_iter().skip(3).map(|found| found.id).collect();
            let made = role(&format!("builtin-{number}"), Vec::new());
            self.add(filled(made, *part, &others));
        }
    }

    pub(super) fn made_roles(&mut self, parts: &[Dice]) {
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
    pub(super) fn grants(&mut self, parts: &[Dice]) {
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
                role: match *role {
                    0..64 => Some(STEWARD.to_owned()),
                    64..96 => Some(ANNOTATOR.to_owned()),
                    other => pick(&roles, other).map(|found| found.id),
                },
                starts: moment(*starts, [50, 100, 101, 150]),
                ends: moment(*ends, [60, 100, 101, 200]),
                revoked: seldom(*revoked),
                ..self.numbered(Kind::Grant)
            });
        }
    }

    pub(super) fn access_rules(&mut self, openings: &[Dice], tags: &[Dice]) {
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
    chosen
        .flat_map(|(_, operation)| kinds.iter().map(move |kind| (*kind, *operation, scope)))
        .filter(|rule| exists(*rule))
        .collect()
}
