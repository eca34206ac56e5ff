//! Entitlements and the access rules that speak of them, compiled for the gate.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

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
    /// For each app the lines for each kind and operation.
    apps: Vec<(App, Vec<Openings>)>,
    /// Where an app stands among them.
    places: HashMap<App, usize>,
    /// Every role that some access rule names.
    named: RoleSet,
    /// Every tag that objects may carry.
    entitlements: Vec<Entitlement>,
}

/// Up to so many are compared one by one, which is faster than hashing.
const FEW: usize = 8;

/// The lines that may open one operation on one kind to credentials of one app.
#[derive(Debug, Clone, Default)]
pub struct Openings {
    lines: Vec<Opening>,
    /// Which of them speak of an entitlement.
    by_entitlement: HashMap<Entitlement, Vec<usize>>,
}

impl Openings {
    fn push(&mut self, opening: Opening) {
        self.by_entitlement.entry(opening.entitlement.clone()).or_default().push(self.lines.len());
        self.lines.push(opening);
    }

    /// All of them, in their order.
    pub fn all(&self) -> &[Opening] {
        &self.lines
    }

    /// Those that speak of what an object carries, however many there are besides.
    pub fn of<'o, B>(
        &'o self,
        carried: &[Entitlement],
        mut each: impl FnMut(&'o Opening) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if self.lines.len() <= FEW {
            let mut lines = self.lines.iter().filter(|line| carried.contains(&line.entitlement));
            return lines.try_for_each(each);
        }
        for entitlement in carried {
            let places = self.by_entitlement.get(entitlement).into_iter().flatten();
            places.filter_map(|place| self.lines.get(*place)).try_for_each(&mut each)?;
        }
        ControlFlow::Continue(())
    }
}

impl AccessRules {
    /// Lets an app be known, also if nothing is opened to its credentials. Answers its place.
    pub fn declare(&mut self, app: App) -> usize {
        let Self { apps, places, .. } = self;
        *places.entry(app).or_insert_with_key(|app| {
            apps.push((app.clone(), vec![Openings::default(); Rights::CELLS]));
            apps.len() - 1
        })
    }

    /// Adds a line for an app, a kind and an operation.
    pub fn add(&mut self, app: &App, kind: Kind, operation: Operation, opening: Opening) {
        self.named = self.named.union(opening.roles);
        let at = self.places.get(app).copied().unwrap_or_else(|| self.declare(app.clone()));
        let table = self.apps.get_mut(at).map(|(_, table)| table);
        if let Some(openings) = table.and_then(|table| table.get_mut(Rights::cell(kind, operation))) {
            openings.push(opening);
        }
    }

    /// Declares a tag that objects may carry.
    pub fn declare_entitlement(&mut self, entitlement: Entitlement) {
        self.entitlements.push(entitlement);
    }

    /// Every tag that objects may carry.
    pub fn entitlements(&self) -> &[Entitlement] {
        &self.entitlements
    }

    /// Names roles that the file speaks of in a line that no operation needs yet.
    pub fn name(&mut self, roles: RoleSet) {
        self.named = self.named.union(roles);
    }

    /// The apps that it speaks of.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.apps.iter().map(|(app, _)| app)
    }

    /// The lines that may open this operation on this kind to credentials of this app, in their order.
    pub fn openings(&self, app: &App, kind: Kind, operation: Operation) -> &[Opening] {
        self.lines(app, kind, operation).map_or(&[], Openings::all)
    }

    /// The same, to be asked by what an object carries.
    #[inline]
    pub fn lines(&self, app: &App, kind: Kind, operation: Operation) -> Option<&Openings> {
        let table = if self.apps.len() <= FEW {
            self.apps.iter().find(|(known, _)| known == app)
        } else {
            self.places.get(app).and_then(|place| self.apps.get(*place))
        };
        table.and_then(|(_, table)| table.get(Rights::cell(kind, operation)))
    }

    /// Every role that an access rule names.
    pub const fn named(&self) -> RoleSet {
        self.named
    }
}
