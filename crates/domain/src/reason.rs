//! Why a decision came out as it did.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Opening;
use crate::caller::Held;
use crate::facts::Anchor;
use crate::kind::{Kind, Operation, words};
use crate::reach::Term;
use crate::rule::Rule;

/// Why something is allowed, borrowed from what allowed it.
#[derive(Debug, Clone, Copy)]
pub enum Because<'c> {
    /// A live grant of a role that holds the rule.
    Grant {
        /// The grant.
        held: &'c Held,
        /// The rule.
        rule: Rule,
    },
    /// An access rule.
    Access {
        /// The line.
        opening: &'c Opening,
        /// The role or computed word that fitted.
        word: &'c str,
        /// The grant of the role, if it was a role.
        held: Option<&'c Held>,
    },
    /// By being it.
    Being(Term<'c>),
}

/// Why something is allowed, to keep and to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reason {
    /// By grant.
    Grant {
        /// The grant; absent for what is held without one (the operator, a node, a container).
        grant: Option<Uuid>,
        /// The role's id.
        role: Uuid,
        /// The role's name.
        role_name: String,
        /// The rule.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        rule: Rule,
        /// The anchor.
        anchor: Anchor,
    },
    /// By access rule.
    AccessRule {
        /// The tag.
        entitlement: String,
        /// The action tag.
        action: String,
        /// The role or word.
        word: String,
        /// Where the line stands.
        line: String,
        /// The grant of the role, if it was a role.
        grant: Option<Uuid>,
    },
    /// By being it.
    Being {
        /// In what way.
        what: String,
    },
}

impl From<Because<'_>> for Reason {
    fn from(because: Because<'_>) -> Self {
        let grant = |held: &Held| Some(held.grant).filter(|id| !id.is_nil());
        match because {
            Because::Grant { held, rule } => Self::Grant {
                grant: grant(held),
                role: held.role,
                role_name: held.role_name.clone(),
                rule,
                anchor: held.anchor(),
            },
            Because::Access { opening, word, held } => Self::AccessRule {
                entitlement: opening.entitlement.name().to_owned(),
                action: opening.action.clone(),
                word: word.to_owned(),
                line: opening.line.clone(),
                grant: held.and_then(grant),
            },
            Because::Being(term) => Self::Being {
                what: match term {
                    Term::Itself => "the caller is it",
                    Term::Named => "it names the caller",
                    Term::Own { .. } => "it tells of what the caller did",
                    _ => "every authenticated principal may view it",
                }
                .to_owned(),
            },
        }
    }
}

/// The rule that a denied caller lacked, and what came nearest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Missing {
    /// What was to be done.
    pub operation: Operation,
    /// To what kind of object.
    pub kind: Kind,
    /// The grant that holds such a rule but does not reach the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// A grant that came near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Nearest {
    /// Which grant.
    pub grant: Option<Uuid>,
    /// The role's name.
    pub role_name: String,
    /// The rule that it gives.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub rule: Rule,
    /// Where it is tied.
    pub anchor: Anchor,
    /// Why it fell short.
    pub why: String,
}

words! {
    /// What forbids a thing that the rules allow.
    Guard {
        /// The project is archived.
        Archived = "archived",
        /// Dependents remain.
        Dependents = "dependents",
        /// Runs are open.
        OpenRuns = "open_runs",
        /// The last root would go.
        RootStays = "root_stays",
        /// A role would include itself.
        Cycle = "cycle",
        /// What has ended, or does not go that way from where it is.
        Transition = "transition",
        /// Tasks of the job are not done.
        OpenTasks = "open_tasks",
        /// Nobody works on the job now.
        NotActive = "not_active",
        /// It is in the trash.
        Trashed = "trashed",
        /// The task is not lent to the caller, or no longer.
        Lease = "lease",
        /// More would be handed out or taken away than the caller holds.
        Escalation = "escalation",
        /// The principal holds what the caller does not.
        Rank = "rank",
        /// Nobody makes or edits their own grants.
        OwnGrant = "own_grant",
        /// An organization's role outside it.
        ForeignRole = "foreign_role",
        /// An API key's grants lie inside the project that it was made through.
        KeyOutside = "key_outside",
        /// Organizations are suspended, woken and deleted from the server alone.
        Organizations = "organizations",
        /// Built-in roles change only in the policy files; some are held by being and never granted.
        BuiltIn = "built_in",
        /// A link needs edit on one side and view on the other.
        Links = "links",
        /// Sharing needs edit on project and organization and view on the collaboration.
        Sharing = "sharing",
        /// An organization enters only when both sides want it.
        Consent = "consent",
        /// A node needs edit on its organization and view on the collaboration.
        NodeMaking = "node_making",
        /// A container creates only subtasks of its task, of its image.
        Confinement = "confinement",
        /// Nobody looks at their own work.
        OwnWork = "own_work",
        /// Of its organization a node changes the public key alone.
        KeyAlone = "key_alone",
    }
}

impl Guard {
    /// Whether it is a state that forbids, which others may end (409), or a person's standing (403).
    pub const fn is_state(self) -> bool {
        matches!(
            self,
            Self::Archived
                | Self::Dependents
                | Self::OpenRuns
                | Self::RootStays
                | Self::Cycle
                | Self::Transition
                | Self::OpenTasks
                | Self::NotActive
                | Self::Trashed
                | Self::Lease
        )
    }

    /// The one to be named where several forbid: a state before a standing, else the first.
    pub fn foremost(guards: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut first = None;
        for guard in guards {
            if guard.is_state() {
                return Some(guard);
            }
            first = first.or(Some(guard));
        }
        first
    }

    /// What it says.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Archived => "the project is archived; unarchive it first",
            Self::Dependents => "other objects still hang under it",
            Self::OpenRuns => "runs are still open",
            Self::RootStays => "at least one lasting grant of root at the server must stay",
            Self::Cycle => "a role would include itself",
            Self::Transition => "it does not go there from where it is; what has ended stays as it is",
            Self::OpenTasks => "tasks of the job are not done; complete or archive them first",
            Self::NotActive => "nobody works on the job now; somebody who may edit the job makes it active",
            Self::Trashed => "it is in the trash; restore it first",
            Self::Lease => "the task is not lent to the caller, or no longer; take it first",
            Self::Escalation => "nobody hands out or takes away what they do not hold",
            Self::Rank => "the principal holds what the caller does not",
            Self::OwnGrant => "nobody makes or edits their own grants",
            Self::ForeignRole => {
                "an organization's role is granted inside it, or at the server to its own principals"
            }
            Self::KeyOutside => "the grants of an API key lie inside the project that it was made through",
            Self::Organizations => "this needs the rule with scope global at the server",
            Self::BuiltIn => "built-in roles change only in the policy files",
            Self::Links => "a link needs edit on what changes and view on what is named, in one project",
            Self::Sharing => {
                "sharing needs edit on the project and its organization and view on the collaboration"
            }
            Self::Consent => "an organization enters a collaboration when both agree",
            Self::NodeMaking => "a node needs edit on its organization and view on the collaboration",
            Self::Confinement => "a container creates only subtasks of its own task, of its own image",
            Self::OwnWork => "nobody looks at their own work",
            Self::KeyAlone => "a node publishes its organization's key, and changes nothing else of it",
        }
    }
}
