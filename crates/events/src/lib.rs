//! Where events and letters go when the server has nobody else to give them to.

mod broadcast;
mod mail;
mod smtp;

pub use broadcast::Broadcast;
pub use mail::{FileMailer, NoMail};
pub use smtp::{BadSmtp, SmtpMailer};
