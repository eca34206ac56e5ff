//! Views: what a response shows, declared at a level of the cascade. A field that is wider than its view does not
//! compile; wider objects appear only as links.

/// A level of the cascade, as a type.
pub trait ViewLevel {}

/// `JobLevel: Inside<ProjectLevel>`: what belongs to a job may be shown to who sees its project.
#[diagnostic::on_unimplemented(
    message = "scope leak: `{Self}` is wider than `{S}`",
    note = "show a link instead, or answer from a handler that holds the wider permit"
)]
pub trait Inside<S>: ViewLevel {}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident inside [$($wider:ident),*];)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl ViewLevel for $name {}
        impl Inside<$name> for $name {}
        $(impl Inside<$wider> for $name {})*
    )* };
}

levels! {
    /// What anybody who may view anything may see: rules, built-in roles.
    ServerLevel inside [];
    /// What belongs to an organization.
    OrganizationLevel inside [ServerLevel];
    /// What belongs to a project.
    ProjectLevel inside [OrganizationLevel, ServerLevel];
    /// What belongs to a job.
    JobLevel inside [ProjectLevel, OrganizationLevel, ServerLevel];
    /// What belongs to a task.
    TaskLevel inside [JobLevel, ProjectLevel, OrganizationLevel, ServerLevel];
}

/// May this type stand in a view of level `S`? Entities may stand in none.
#[diagnostic::on_unimplemented(message = "`{Self}` may not be shown at `{S}`")]
pub trait ShownAt<S> {}

macro_rules! plain {
    ($($type:ty),* $(,)?) => { $(impl<S> ShownAt<S> for $type {})* };
}

plain!(
    bool,
    i64,
    u64,
    usize,
    String,
    &'static str,
    uuid::Uuid,
    time::OffsetDateTime,
    serde_json::Value,
    crate::kind::Kind,
    crate::kind::Operation,
    crate::rule::Scope,
    crate::rule::Rule,
    crate::facts::Level,
    crate::facts::Anchor,
    crate::principal::PrincipalId,
    crate::principal::PrincipalKind,
    crate::audit::Outcome,
    crate::entities::Standing,
    crate::entities::Visibility,
    crate::entities::JobStatus,
    crate::entities::TaskStatus,
    crate::entities::Database,
    crate::entities::NodePolicy,
    crate::entities::ProposalStatus,
    crate::entities::RunStatus,
    crate::entities::Shape,
    crate::entities::Geometry,
    crate::entities::ExportFormat,
    crate::entities::ExportStatus,
    crate::entities::ContentType,
    crate::entities::SourceLabel,
    crate::entities::Shelf,
    crate::ports::ImportStatus,
    crate::ports::LineFault,
);

impl<S, T: ShownAt<S>> ShownAt<S> for Vec<T> {}
impl<S, T: ShownAt<S>> ShownAt<S> for Option<T> {}
impl<S, K, T: ShownAt<S>> ShownAt<S> for std::collections::BTreeMap<K, T> {}

/// A declared view.
pub trait View {
    /// The level that it belongs to.
    type Level: ViewLevel;
}

/// Used by [`crate::view!`]: fails to compile for a field that is wider than its view.
pub const fn check_field<S, F: ShownAt<S>>() {}

/// Declares a view at a level: a struct of public fields, each checked to lie inside it.
#[macro_export]
macro_rules! view {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident at $level:ty {
            $($(#[$field_meta:meta])* $field:ident : $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* pub $field: $type),* }
        impl $crate::view::View for $name { type Level = $level; }
        impl<S> $crate::view::ShownAt<S> for $name where $level: $crate::view::Inside<S> {}
        const _: () = { $( $crate::view::check_field::<$level, $type>(); )* };
    };
}
