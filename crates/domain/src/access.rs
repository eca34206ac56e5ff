//! Entitlements and the access rules that speak of them, compiled for the gate.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::kind::{Kind, Operation};
use crate::rule::Rights;

/// A tag that access rules speak of: a source's access permission, a project's visibility.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entitlement(Cow<'static, str>);

impl Entitlement {
    /// What a public project carries.
    pub const PUBLIC: Self = Self(Cow::Borrowed("public"));
    /// What a private project carries.
    pub const PRIVATE: Self = Self(Cow::Borrowed("private"));

    /// The tag of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The client application that a credential was issued for. Never a header's claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct App(Cow<'static, str>);

impl App {
    /// The app of a credential that was issued for none in particular.
    pub const DEFAULT: Self = Self(Cow::Borrowed("default"));

    /// The app of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Default for App {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A set of built-in roles, by their index in the policy (at most 128).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct RoleSet(u128);

impl RoleSet {
    /// How many built-in roles a policy may have.
    pub const CAPACITY: usize = 128;

    /// The set with one more role.
    #[must_use]
    pub const fn with(self, index: u8) -> Self {
        Self(self.0 | (1u128 << (index & 127)))
    }

    /// The union.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both hold.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What this one holds and the other does not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The lowest index in it.
    pub fn first(self) -> Option<u8> {
        (self.0 != 0).then(|| u8::try_from(self.0.trailing_zeros()).unwrap_or(0))
    }
}

/// The words of an access rule that no grant gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    /// Anonymous too.
    pub everybody: bool,
    /// Any authenticated principal.
    pub registered_user: bool,
    /// Whoever made the object, while it is their own.
    pub created_user: bool,
}

impl Words {
    /// As access rules write them.
    pub const NAMES: [&str; 3] = ["everybody", "registeredUser", "createdUser"];
}

/// One line of the access rules, resolved for an app, a kind and an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The tag that the object must carry.
    pub entitlement: Entitlement,
    /// The action tag that this decision needs.
    pub action: String,
    /// The roles that it is opened to.
    pub roles: RoleSet,
    /// The computed words that it is opened to.
    pub words: Words,
    /// Where it stands, as `file:line`.
    pub line: String,
}

/// All access rules in force, by what a decision asks.
#[derive(Debug, Clone, Default)]
pub struct AccessRules {
    /// For each app a list for each kind and operation. There are few apps: comparing names is faster than hashing.
    apps: Vec<(App, Vec<Vec<Opening>>)>,
    /// Every app that the file has a table for, whether or not a rule opens anything of it.
    declared: Vec<App>,
    /// Every role that some access rule names.
    named: RoleSet,
}

impl AccessRules {
    /// Adds a line for an app, a kind and an operation.
    pub fn add(&mut self, app: App, kind: Kind, operation: Operation, opening: Opening) {
        self.named = self.named.union(opening.roles);
        let known = self.apps.iter().position(|(known, _)| *known == app);
        let at = known.unwrap_or_else(|| {
            self.apps.push((app, vec![Vec::new(); Rights::CELLS]));
            self.apps.len() - 1
        });
        let table = self.apps.get_mut(at).map(|(_, table)| table);
        if let Some(list) = table.and_then(|table| table.get_mut(Rights::cell(kind, operation))) {
            list.push(opening);
        }
    }

    /// Notes that the file has a table for an app.
    pub fn declare(&mut self, app: App) {
        if !self.declared.contains(&app) {
            self.declared.push(app);
        }
    }

    /// The apps that credentials can be issued for: all that the file has a table for, but the default app.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.declared.iter().filter(|app| **app != App::DEFAULT)
    }

    /// Names roles that the file speaks of in a line that no operation needs yet.
    pub fn name(&mut self, roles: RoleSet) {
        self.named = self.named.union(roles);
    }

    /// The lines that may open this operation on this kind to credentials of this app.
    pub fn openings(&self, app: &App, kind: Kind, operation: Operation) -> &[Opening] {
        let table = self.apps.iter().find(|(known, _)| known == app).map(|(_, table)| table);
        table.and_then(|table| table.get(Rights::cell(kind, operation))).map_or(&[], Vec::as_slice)
    }

    /// Every role that an access rule names.
    pub const fn named(&self) -> RoleSet {
        self.named
    }
}
