//! Rules (kind x operation x scope), the catalogue of those that exist, and the table of what a role gives.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::kind::{Kind, Operation, words};

words! {
    /// How far a rule reaches from its anchor. A wider scope includes the narrower ones.
    Scope {
        /// The principal's own objects.
        Own = "own",
        /// Objects of the principal's home.
        Organization = "organization",
        /// Objects of the collaborations of the principal's home.
        Collaboration = "collaboration",
        /// Every object.
        Global = "global",
    }
}

/// Kind x operation x scope, written `kind:operation:scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    /// What it speaks of.
    pub kind: Kind,
    /// What it lets be done.
    pub operation: Operation,
    /// How far.
    pub scope: Scope,
}

/// Namespace of the ids that are derived from names (built-in roles, rules), the same on every server.
const NAMES: Uuid = Uuid::from_u128(0x6f7d_1f0a_52c4_4b7e_9d3a_b1a1_11f1_c000);

/// The id that a name of the policy files has on every server.
pub fn id_of_name(what: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMES, format!("{what}:{name}").as_bytes())
}

impl Rule {
    /// A rule of these three.
    pub const fn new(kind: Kind, operation: Operation, scope: Scope) -> Self {
        Self { kind, operation, scope }
    }

    /// Whether the rule is in the catalogue: `None`, or why there is no such rule.
    pub const fn absent_because(self) -> Option<&'static str> {
        use Operation::{Create, Delete, Edit, Receive, Send, View};
        match (self.kind, self.operation) {
            (Kind::Server | Kind::Container, _) => Some("nothing is done to it as an object"),
            (Kind::Proposal, _) => Some("who may edit what it is between may view, answer and withdraw it"),
            (Kind::Event, Send | Receive) => None,
            (Kind::Event, _) => Some("events are sent and received"),
            (_, Send | Receive) => Some("only events are sent and received"),
            (Kind::Rule | Kind::AuditEvent, Create | Edit | Delete) => Some("the server alone makes these"),
            (Kind::Export, Edit) => Some("the server alone changes them"),
            (Kind::Run, Create) => Some("runs are made by their task"),
            (Kind::Organization | Kind::Collaboration | Kind::ClientApp, Create) => match self.scope {
                Scope::Global => None,
                _ => Some("what hangs under the server is created with scope global alone"),
            },
            (_, View | Create | Edit | Delete) => None,
        }
    }

    /// Every rule that exists, in order.
    pub fn catalogue() -> impl Iterator<Item = Rule> {
        Kind::ALL
            .iter()
            .flat_map(|&kind| {
                Operation::ALL.iter().flat_map(move |&operation| {
                    Scope::ALL.iter().map(move |&scope| Rule::new(kind, operation, scope))
                })
            })
            .filter(|rule| rule.absent_because().is_none())
    }

    /// Its id, derived from its words.
    pub fn id(self) -> Uuid {
        id_of_name("rule", &self.to_string())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind, self.operation, self.scope)
    }
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// Not three words with colons between.
    #[error("`{0}` is not of the form kind:operation:scope")]
    Form(String),
    /// A word that stands for nothing.
    #[error("`{word}` is not {what}")]
    Word {
        /// What should have stood there.
        what: &'static str,
        /// What stood there.
        word: String,
    },
    /// Three good words that are no rule together.
    #[error("there is no rule `{rule}`: {why}")]
    Absent {
        /// The three words.
        rule: String,
        /// Why the catalogue does not hold it.
        why: &'static str,
    },
}

impl FromStr for Rule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let mut words = text.split(':');
        let (Some(kind), Some(operation), Some(scope), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(NotARule::Form(text.to_owned()));
        };
        let rule = Rule {
            kind: Kind::from_word(kind)
                .ok_or_else(|| NotARule::Word { what: "a kind", word: kind.to_owned() })?,
            operation: Operation::from_word(operation)
                .ok_or_else(|| NotARule::Word { what: "an operation", word: operation.to_owned() })?,
            scope: Scope::from_word(scope)
                .ok_or_else(|| NotARule::Word { what: "a scope", word: scope.to_owned() })?,
        };
        match rule.absent_because() {
            None => Ok(rule),
            Some(why) => Err(NotARule::Absent { rule: text.to_owned(), why }),
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

const KINDS: usize = Kind::ALL.len();
const OPERATIONS: usize = Operation::ALL.len();

/// What a role gives: for each kind and operation the widest scope. One look-up; clones share the table.
#[derive(Clone, PartialEq, Eq)]
pub struct Rights(Arc<[[u8; OPERATIONS]; KINDS]>);

impl Default for Rights {
    fn default() -> Self {
        Self(Arc::new([[0; OPERATIONS]; KINDS]))
    }
}

impl Rights {
    /// Rights of these rules.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rights = Self::default();
        rules.into_iter().for_each(|rule| rights.add(rule));
        rights
    }

    /// Adds a rule; a wider scope of the same kind and operation stays.
    pub fn add(&mut self, rule: Rule) {
        let row = Arc::make_mut(&mut self.0).get_mut(rule.kind as usize);
        if let Some(cell) = row.and_then(|row| row.get_mut(rule.operation as usize)) {
            *cell = (*cell).max(rule.scope as u8 + 1);
        }
    }

    /// Adds all that other rights give.
    pub fn merge(&mut self, other: &Rights) {
        let cells = Arc::make_mut(&mut self.0).as_flattened_mut().iter_mut();
        cells.zip(other.cells()).for_each(|(cell, other)| *cell = (*cell).max(*other));
    }

    /// How many pairs of a kind and an operation there are.
    pub(crate) const CELLS: usize = KINDS * OPERATIONS;

    /// Where a kind and an operation stand among [`Self::cells`].
    pub(crate) const fn cell(kind: Kind, operation: Operation) -> usize {
        kind as usize * OPERATIONS + operation as usize
    }

    /// For each kind and operation nought, or one more than the widest scope's place.
    pub(crate) fn cells(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// The widest scope for this kind and operation.
    pub fn scope(&self, kind: Kind, operation: Operation) -> Option<Scope> {
        let cell = *self.cells().get(Self::cell(kind, operation))?;
        Scope::ALL.get(usize::from(cell.checked_sub(1)?)).copied()
    }

    /// The widest rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + '_ {
        Kind::ALL.iter().flat_map(move |&kind| {
            Operation::ALL.iter().filter_map(move |&operation| {
                self.scope(kind, operation).map(|scope| Rule::new(kind, operation, scope))
            })
        })
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.rules().map(|rule| rule.to_string())).finish()
    }
}
