//! The policy in force: built-in roles and access rules, as the table that the gate reads.

use std::collections::HashMap;

use uuid::Uuid;

use crate::access::{AccessRules, RoleSet, Words};
use crate::rule::{Rights, id_of_name};

/// A role that the policy files describe.
#[derive(Debug, Clone)]
pub struct BuiltInRole {
    /// Its name, which no organization's role may take.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it gives, includes followed.
    pub rights: Rights,
    /// Itself and what it includes.
    pub roles: RoleSet,
    /// The names of the roles that it includes directly.
    pub includes: Vec<String>,
    /// Held by being a node or a container: nobody grants or revokes it.
    pub fixed: bool,
}

impl BuiltInRole {
    /// Its id, derived from its name.
    pub fn id(&self) -> Uuid {
        id_of_name("role", &self.name)
    }
}

/// An immutable snapshot of the policy. A reload makes a new one and swaps it whole.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    roles: Vec<BuiltInRole>,
    by_name: HashMap<String, usize>,
    access: AccessRules,
    version: String,
}

impl Policy {
    /// The role that nodes hold by being nodes.
    pub const NODE: &'static str = "node";
    /// The role that containers hold by being containers.
    pub const CONTAINER: &'static str = "container";
    /// The role that may do everything.
    pub const ROOT: &'static str = "root";

    /// A policy of these roles (at most [`RoleSet::CAPACITY`]; their index is their place) and access rules.
    pub fn new(roles: Vec<BuiltInRole>, access: AccessRules, version: impl Into<String>) -> Self {
        let by_name = roles.iter().enumerate().map(|(at, role)| (role.name.clone(), at)).collect();
        Self { roles, by_name, access, version: version.into() }
    }

    /// Whether no organization may call a role so.
    pub fn reserves(&self, name: &str) -> bool {
        self.role(name).is_some() || Words::NAMES.contains(&name)
    }

    /// A built-in role by name.
    pub fn role(&self, name: &str) -> Option<&BuiltInRole> {
        self.roles.get(*self.by_name.get(name)?)
    }

    /// A built-in role by id.
    pub fn role_by_id(&self, id: Uuid) -> Option<&BuiltInRole> {
        self.roles.iter().find(|role| role.id() == id)
    }

    /// A built-in role by its index.
    pub fn role_at(&self, index: u8) -> Option<&BuiltInRole> {
        self.roles.get(usize::from(index))
    }

    /// The index of a built-in role.
    pub fn index(&self, name: &str) -> Option<u8> {
        self.by_name.get(name).and_then(|&at| u8::try_from(at).ok())
    }

    /// Every built-in role, in the order of the file.
    pub fn roles(&self) -> &[BuiltInRole] {
        &self.roles
    }

    /// The access rules.
    pub const fn access(&self) -> &AccessRules {
        &self.access
    }

    /// A fingerprint of the files that it was made from.
    pub fn version(&self) -> &str {
        &self.version
    }
}
