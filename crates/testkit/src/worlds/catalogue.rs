//! The rules that there are, and what root, nodes and containers hold.

use crate::decisions::{Kind, Operation, Rule, Scope};

/// What a rule may do to anything but events.
pub(super) const OPERATIONS: [Operation; 4] =
    [Operation::View, Operation::Create, Operation::Edit, Operation::Delete];

/// Whether there is such a rule: the server alone makes rules and audit events, runs are made by their task, and what
/// hangs under the server is created with scope global alone.
pub(super) const fn exists((kind, operation, scope): Rule) -> bool {
    match (kind, operation) {
        (Kind::Rule | Kind::AuditEvent, Operation::Create | Operation::Edit | Operation::Delete)
        | (Kind::Run, Operation::Create) => false,
        (Kind::Organization | Kind::Collaboration, Operation::Create) => matches!(scope, Scope::Global),
        _ => true,
    }
}

/// Kinds that rules speak of, but for events, which are only sent and received.
pub(super) fn ruled() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| !matches!(kind, Kind::Event | Kind::Container))
}

/// What root holds.
pub(super) fn all_rules() -> Vec<Rule> {
    let events =
        [Operation::Send, Operation::Receive].map(|operation| (Kind::Event, operation, Scope::Global));
    ruled()
        .flat_map(|kind| OPERATIONS.map(|operation| (kind, operation, Scope::Global)))
        .filter(|rule| exists(*rule))
        .chain(events)
        .collect()
}

/// What a node holds by being one.
pub(super) fn node_rules() -> Vec<Rule> {
    vec![
        (Kind::Collaboration, Operation::View, Scope::Organization),
        (Kind::Node, Operation::Edit, Scope::Organization),
        (Kind::Node, Operation::View, Scope::Organization),
        (Kind::Organization, Operation::Edit, Scope::Organization),
        (Kind::Organization, Operation::View, Scope::Collaboration),
        (Kind::Run, Operation::Edit, Scope::Own),
        (Kind::Run, Operation::View, Scope::Collaboration),
        (Kind::Task, Operation::View, Scope::Collaboration),
    ]
}

/// What a container holds by being one.
pub(super) fn container_rules() -> Vec<Rule> {
    vec![
        (Kind::Collaboration, Operation::View, Scope::Organization),
        (Kind::Node, Operation::View, Scope::Organization),
        (Kind::Organization, Operation::View, Scope::Collaboration),
        (Kind::Run, Operation::View, Scope::Collaboration),
        (Kind::Task, Operation::Create, Scope::Collaboration),
        (Kind::Task, Operation::View, Scope::Collaboration),
    ]
}

/// What somebody holds who may try everything that guards forbid, and does not hold what they would hand out.
pub(super) fn steward_rules() -> Vec<Rule> {
    let kinds = [
        Kind::Grant,
        Kind::Role,
        Kind::User,
        Kind::ApiKey,
        Kind::Node,
        Kind::Collaboration,
        Kind::Project,
        Kind::Job,
        Kind::Task,
    ];
    let places = [(Kind::Organization, Operation::View), (Kind::Organization, Operation::Delete)];
    kinds
        .into_iter()
        .flat_map(|kind| OPERATIONS.map(|operation| (kind, operation)))
        .chain(places)
        .map(|(kind, operation)| (kind, operation, Scope::Global))
        .collect()
}

/// What somebody holds who works on what they are assigned.
pub(super) fn annotator_rules() -> Vec<Rule> {
    let kinds = [Kind::Task, Kind::Run, Kind::File, Kind::Label, Kind::Job];
    kinds
        .into_iter()
        .flat_map(|kind| OPERATIONS.map(|operation| (kind, operation, Scope::Own)))
        .filter(|rule| exists(*rule))
        .collect()
}
