//! What a table lays out: objects and principals, as the gate knows them.

use std::collections::BTreeMap;

use bailiwick_domain::access::{App, Entitlement};
use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::role::Closure;
use bailiwick_domain::rule::id_of_name;
use bailiwick_domain::{Caller, Facts, Kind, Policy, PrincipalId};
use serde::Deserialize;
use serde_saphyr::Spanned;
use uuid::Uuid;

use crate::faults::{Faults, one_of};

/// Text with its line.
pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) objects: Vec<Object>,
    pub(super) principals: Vec<Principal>,
    pub(super) allowed: Vec<Allowed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    name: Text,
    kind: Text,
    #[serde(rename = "in")]
    parent: Option<Text>,
    #[serde(default)]
    entitlements: Vec<Text>,
    maker: Option<Text>,
    assignee: Option<Text>,
    /// Of a project: the one that it is shared in.
    collaboration: Option<Text>,
    /// Of a collaboration: organizations.
    #[serde(default)]
    members: Vec<Text>,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Principal {
    name: Text,
    /// Its organization; who has none is not signed in.
    home: Option<Text>,
    app: Option<Text>,
    #[serde(default)]
    grants: Vec<GrantLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantLine {
    role: Text,
    at: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allowed {
    pub(super) who: Vec<Text>,
    pub(super) may: Vec<Text>,
    pub(super) on: Vec<Text>,
}

/// What a table lays out, ready to be judged.
pub(super) struct World {
    pub(super) objects: BTreeMap<String, Facts>,
    pub(super) principals: Vec<(String, Caller)>,
}

impl World {
    pub(super) fn of(table: &Table, policy: &Policy, faults: &mut Faults<'_>) -> Self {
        let mut by_name = BTreeMap::new();
        for object in &table.objects {
            if by_name.insert(object.name.value.as_str(), object).is_some() {
                faults.at(line(&object.name), twice("object", &object.name));
            }
        }
        let mut world = Self { objects: BTreeMap::new(), principals: Vec::new() };
        for object in &table.objects {
            world.place(object, &by_name, &mut Vec::new(), faults);
        }
        world.names_are_known(table, faults);
        for principal in &table.principals {
            let known = world.principals.iter().any(|(name, _)| *name == principal.name.value);
            if known {
                faults.at(line(&principal.name), twice("principal", &principal.name));
            }
            let caller = world.caller(principal, policy, faults);
            world.principals.push((principal.name.value.clone(), caller));
        }
        world
    }

    /// Whether what objects name is there: who made them and whose they are, collaborations and their members.
    fn names_are_known(&self, table: &Table, faults: &mut Faults<'_>) {
        for object in &table.objects {
            for name in object.maker.iter().chain(&object.assignee) {
                if !table.principals.iter().any(|principal| principal.name.value == name.value) {
                    faults.at(line(name), unknown("principal", name));
                }
            }
            if let Some(collaboration) = &object.collaboration {
                self.known(collaboration, Some(Kind::Collaboration), faults);
            }
            for member in &object.members {
                self.known(member, Some(Kind::Organization), faults);
            }
        }
    }

    /// The facts of an object, those of what it hangs under first.
    fn place<'t>(
        &mut self,
        object: &'t Object,
        all: &BTreeMap<&'t str, &'t Object>,
        on_the_way: &mut Vec<&'t str>,
        faults: &mut Faults<'_>,
    ) -> Option<Facts> {
        let name = object.name.value.as_str();
        if let Some(placed) = self.objects.get(name) {
            return Some(placed.clone());
        }
        if on_the_way.contains(&name) {
            faults.at(line(&object.name), format!("`{name}` hangs under itself"));
            return None;
        }
        on_the_way.push(name);
        let Some(kind) = Kind::from_word(&object.kind.value) else {
            let right = one_of(Kind::ALL.iter().map(|kind| kind.word()));
            faults.at(
                line(&object.kind),
                format!("`{}` is no kind: {right} would be right", object.kind.value),
            );
            return None;
        };
        let above = match &object.parent {
            None => Facts::server(),
            Some(parent) => match all.get(parent.value.as_str()) {
                Some(above) => self.place(above, all, on_the_way, faults)?,
                None => {
                    faults.at(line(parent), unknown("object", parent));
                    return None;
                }
            },
        };
        let made_by_the_server = matches!(kind, Kind::Run | Kind::AuditEvent | Kind::Proposal);
        if !kind.hangs_under(above.kind) && !made_by_the_server {
            let stands = object.parent.as_ref().map_or("the server", |parent| parent.value.as_str());
            faults.at(
                line(&object.name),
                format!("a {kind} does not hang under {stands}, of kind {}", above.kind),
            );
            return None;
        }
        let facts = self.facts(object, kind, &above, faults);
        self.objects.insert(name.to_owned(), facts.clone());
        Some(facts)
    }

    fn facts(&self, object: &Object, kind: Kind, above: &Facts, faults: &mut Faults<'_>) -> Facts {
        let user = |name: &Text| PrincipalId::user(id(&name.value));
        let mut facts = above.child(kind, id(&object.name.value), object.maker.as_ref().map(user));
        facts.assignee = object.assignee.as_ref().map(user);
        facts.archived |= object.archived;
        for entitlement in &object.entitlements {
            facts.entitlements.push(Entitlement::new(&entitlement.value));
        }
        if kind == Kind::Project && facts.entitlements.is_empty() {
            facts.entitlements.push(Entitlement::PRIVATE);
        }
        if let Some(collaboration) = &object.collaboration {
            facts.collaboration = Some(id(&collaboration.value));
        }
        if kind == Kind::Collaboration {
            facts.collaboration = Some(facts.id);
            facts.homes = object.members.iter().map(|member| id(&member.value)).collect();
        } else if let Some(member) = object.members.first() {
            faults.at(line(member), format!("a {kind} has no members: a collaboration does"));
        }
        facts
    }

    fn caller(&self, principal: &Principal, policy: &Policy, faults: &mut Faults<'_>) -> Caller {
        let me = PrincipalId::user(id(&principal.name.value));
        let mut caller = match &principal.home {
            Some(home) => {
                self.known(home, Some(Kind::Organization), faults);
                Caller::new(me, id(&home.value))
            }
            None => Caller::anonymous(),
        };
        if let Some(app) = &principal.app {
            caller.app = App::new(&app.value);
            let known: Vec<&str> = policy.access().apps().map(App::name).collect();
            if !known.contains(&app.value.as_str()) {
                let right = one_of(known);
                faults.at(line(app), format!("`{}` is no app: {right} would be right", app.value));
            }
        }
        let home = caller.home;
        let joined = self.objects.values().filter(|facts| facts.kind == Kind::Collaboration);
        for joined in joined.filter(|facts| home.is_some_and(|home| facts.is_home(home))) {
            caller.collaborations.push(joined.id);
            caller.peers.extend(&joined.homes);
        }
        let mut held = Vec::new();
        for grant in &principal.grants {
            if principal.home.is_none() {
                faults.at(line(&grant.role), "who has no `home` is not signed in, and holds no grant");
            }
            let Some(role) = policy.role(&grant.role.value) else {
                let right = one_of(policy.roles().iter().map(|role| role.name.as_str()));
                faults.at(
                    line(&grant.role),
                    format!("`{}` is no built-in role: {right} would be right", grant.role.value),
                );
                continue;
            };
            let at = match grant.at.value.as_str() {
                "server" => Some(Facts::server()),
                _ => self.known(&grant.at, None, faults).cloned(),
            };
            let Some(at) = at else { continue };
            if at.anchor().is_none() {
                faults.at(line(&grant.at), format!("a grant is not tied to a {}", at.kind));
                continue;
            }
            let number = id(&format!("{} {}", grant.role.value, grant.at.value));
            let closure = Closure::built_in(&role.name);
            held.push(HeldGrant::lasting(number, me, at, (role.id(), &role.name), closure).held(policy));
        }
        caller.grants = held.into();
        caller
    }

    pub(super) fn known(&self, name: &Text, kind: Option<Kind>, faults: &mut Faults<'_>) -> Option<&Facts> {
        let found = self.objects.get(&name.value);
        match found {
            Some(facts) if kind.is_none_or(|kind| facts.kind == kind) => return found,
            Some(facts) => faults.at(line(name), format!("`{}` is a {}", name.value, facts.kind)),
            None => faults.at(line(name), unknown("object", name)),
        }
        None
    }
}

fn id(name: &str) -> Uuid {
    id_of_name("case", name)
}

pub(super) fn line(text: &Text) -> usize {
    usize::try_from(text.referenced.line()).unwrap_or(1)
}

pub(super) fn unknown(what: &str, name: &Text) -> String {
    format!("there is no {what} `{}`: its name stands under `{what}s`", name.value)
}

fn twice(what: &str, name: &Text) -> String {
    format!("there is another {what} `{}`", name.value)
}
