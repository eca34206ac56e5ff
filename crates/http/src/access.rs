//! Access: who may call a route and which rule it needs, declared by the first argument of its handler.

use actix_web::FromRequest;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use bailiwick_domain::page::Field;
use bailiwick_domain::principal::PrincipalKind;

pub use crate::extract::{
    Act, ActOn, ActWith, Add, Anyone, Change, Create, Guest, List, ListUnder, Person, Remove, Show, ShowWith,
    SignedIn,
};
pub use crate::machines::{Report, Tell, Worker};
pub use crate::root::{Root, RootWith};
pub use crate::upload::{Upload, UploadFile};
pub use crate::work::{Follow, History, Member, Read, Take, Watch};

/// Which kinds of principal a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principals {
    /// Requests without credentials, as far as access rules open something to them.
    pub anonymous: bool,
    /// Kinds of principal.
    pub kinds: &'static [PrincipalKind],
}

impl Principals {
    /// Everybody; the gate decides.
    pub const ALL: Self = Self { anonymous: true, kinds: PrincipalKind::ALL };
    /// Anybody who proved who they are.
    pub const SIGNED_IN: Self = Self { anonymous: false, kinds: PrincipalKind::ALL };
    /// Nodes.
    pub const NODES: Self = Self { anonymous: false, kinds: &[PrincipalKind::Node] };
    /// People, and keys that act for them.
    pub const WORKERS: Self = Self { anonymous: false, kinds: &[PrincipalKind::User, PrincipalKind::ApiKey] };
    /// People.
    pub const USERS: Self = Self { anonymous: false, kinds: &[PrincipalKind::User] };
}

/// What a first argument declares; written into the OpenAPI document as `x-permission`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessRule {
    /// Who may call.
    pub principals: Principals,
    /// The operation that the gate is asked about.
    pub operation: Option<Operation>,
    /// The kind of object that it is asked about.
    pub kind: Option<Kind>,
    /// For what is made or listed under something: the parent's kind.
    pub under: Option<Kind>,
    /// What the route takes beside its path.
    pub takes: Takes,
}

/// What a route takes beside its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Takes {
    /// Filters, sort, cursor, limit, count, over these fields.
    pub list: Option<&'static [Field]>,
    /// `dry_run`.
    pub dry_run: bool,
    /// `If-Match`.
    pub if_match: bool,
    /// `Idempotency-Key`.
    pub idempotency: bool,
    /// `cascade`.
    pub cascade: bool,
    /// `include`, with this collection alone.
    pub include: Option<&'static str>,
    /// A body of bytes, as it comes: it can't be read twice.
    pub bytes: bool,
    /// Name, hash and dataset of an upload.
    pub upload: bool,
    /// `after`, the last that was seen.
    pub after: bool,
}

impl Takes {
    /// Nothing.
    pub const NOTHING: Self = Self {
        list: None,
        dry_run: false,
        if_match: false,
        idempotency: false,
        cascade: false,
        include: None,
        bytes: false,
        upload: false,
        after: false,
    };
}

impl AccessRule {
    pub(crate) const fn new(principals: Principals, operation: Operation, kind: Kind) -> Self {
        Self { principals, operation: Some(operation), kind: Some(kind), under: None, takes: Takes::NOTHING }
    }

    pub(crate) const fn plain(principals: Principals) -> Self {
        Self { principals, operation: None, kind: None, under: None, takes: Takes::NOTHING }
    }
}

/// A first argument: an extractor that declares who may call.
#[diagnostic::on_unimplemented(
    message = "the first argument of a handler must declare its access",
    label = "not an extractor of `bailiwick_http::access`"
)]
pub trait Access: FromRequest {
    /// What it declares.
    const RULE: AccessRule;
}

/// The server as the parent of what hangs under it.
#[derive(Debug)]
pub enum Server {}

/// A parent of something: a kind of object, or the server.
pub trait Parent: 'static {
    /// Its kind.
    const PARENT: Kind;
}
impl Parent for Server {
    const PARENT: Kind = Kind::Server;
}
impl<T: Entity> Parent for T {
    const PARENT: Kind = T::KIND;
}
