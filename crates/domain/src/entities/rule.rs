//! Rules as objects: read only, the same on every server.

use serde_json::{Value, json};

use crate::facts::{Facts, Lineage};
use crate::kind::{Kind, Operation};
use crate::object::Entity;
use crate::page::{Field, FieldValue};
use crate::rule::{Rule, Scope};

/// A rule of the catalogue as an object of kind rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleEntry(pub Rule);

impl RuleEntry {
    /// Its facts: every authenticated principal may view it.
    pub fn facts(self) -> Facts {
        let mut facts = Facts::new(Kind::Rule, self.0.id(), Lineage::default());
        facts.built_in = true;
        facts
    }
}

impl Entity for RuleEntry {
    const KIND: Kind = Kind::Rule;
    const FIELDS: &'static [Field] = &[
        Field::word("kind", Kind::WORDS),
        Field::word("operation", Operation::WORDS),
        Field::word("scope", Scope::WORDS),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "id" => FieldValue::Id(self.0.id()),
            "kind" => FieldValue::text(self.0.kind.word()),
            "operation" => FieldValue::text(self.0.operation.word()),
            "scope" => FieldValue::text(self.0.scope.word()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!(self.0)
    }
}
