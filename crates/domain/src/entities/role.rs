//! Roles: built in, or made by an organization.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};
use crate::role::Closure;
use crate::rule::Rule;

/// A named set of rules. A built-in role's rules stand in the policy files, not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Unique in its organization; no built-in role's name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Described by the policy files.
    pub built_in: bool,
    /// Whether it gives anything.
    pub active: bool,
    /// Its own rules, sorted.
    pub rules: Vec<Rule>,
    /// The roles that it includes, sorted.
    pub includes: Vec<Uuid>,
    /// What it gives: its includes followed through active roles.
    pub live: Closure,
    /// What it counts as: its includes followed in full.
    pub full: Closure,
}

impl Entity for Role {
    const KIND: Kind = Kind::Role;
    const FIELDS: &'static [Field] =
        &[Field::text("name"), Field::id("organization_id"), Field::flag("built_in")];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "built_in" => FieldValue::Flag(self.built_in),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.built_in = self.built_in;
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "active": self.active,
            "rules": self.rules, "includes": self.includes,
        })
    }
}
