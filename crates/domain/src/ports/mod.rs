//! What the domain asks of the world: each port is a trait that an adapter implements.

pub mod auth;
mod events;
mod file_store;
mod identity;
mod imports;
mod mail;
mod password_turn;
mod people;
mod presumption;
mod record;
mod source;
pub mod store;

pub use auth::*;
pub use events::{EventBus, OutboxEvent};
pub use file_store::{FileReader, FileStore, FileStoreError, FileWriter};
pub use identity::{Credential, CredentialKey, Identity, IssuedFor, Known, KnownApp, Works};
pub use imports::{Import, ImportLookup, ImportRecord, ImportStatus, LineFault};
pub use mail::{Mail, MailError, Mailer};
pub use password_turn::PasswordTurn;
pub use people::{Letter, LinkPurpose, MailedLink, PeopleLookup, PeopleRecord, SecondFactor};
pub use presumption::{Presumption, Stamps};
pub use record::Record;
pub use source::{Clock, PolicyError, PolicySource, PolicyText, Random};
pub use store::*;
