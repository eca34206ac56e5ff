//! What the domain asks of the world: each port is a trait that an adapter implements.

pub mod auth;
mod events;
mod file_store;
mod identity;
mod imports;
mod mail;
mod people;
mod presumption;
mod record;
mod sign_in;
mod source;
pub mod store;

pub use auth::*;
pub use events::{EventBus, OutboxEvent};
pub use file_store::{FileReader, FileStore, FileStoreError, FileWriter};
pub use identity::{Credential, CredentialKey, Identity, IssuedFor, Known, KnownApp, Works};
pub use imports::{Import, ImportLookup, ImportRecord, ImportStatus, LineFault};
pub use mail::{Mail, MailError, Mailer};
pub use people::{Letter, LinkPurpose, MailedLink, PeopleLookup, PeopleRecord, SecondFactor};
pub use presumption::{Presumption, Stamps};
pub use record::Record;
pub use sign_in::{Login, PasswordTurn, Proved, SignedIn, TokenPair};
pub use source::{Clock, PolicyError, PolicySource, PolicyText, Random};
pub use store::*;
