//! Letters by SMTP.

use std::time::Duration;

use async_trait::async_trait;
use bailiwick_domain::ports::{Mail, MailError, Mailer};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// How long a mail server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);

/// Hands letters to a mail server, each over a connection of its own.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why letters can't be sent so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSmtp {
    /// The address of the mail server can't be used. Not told: it may hold a password.
    #[error(
        "the mail server is `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`; `smtp://HOST` alone is not encrypted"
    )]
    Server,
    /// The sender can't be used.
    #[error("the sender is `name@example.org`, or `Name <name@example.org>`")]
    From,
}

impl SmtpMailer {
    /// A mailer that hands letters to this server, `smtps://user:password@host:port`, from this sender.
    ///
    /// # Errors
    /// What can't be used.
    pub fn new(server: &str, from: &str) -> Result<Self, BadSmtp> {
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(|_| BadSmtp::Server)?;
        let from = from.parse().map_err(|_| BadSmtp::From)?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let to: Mailbox = mail.to.parse().map_err(failed)?;
        let letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .map_err(failed)?;
        self.transport.send(letter).await.map(|_| ()).map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> MailError {
    MailError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_used_is_refused_without_telling_its_password() {
        for server in ["", "mail.example.org", "http://u:secret@h", "smtp://"] {
            let refused = SmtpMailer::new(server, "a@b.example").err();
            assert!(refused.is_some_and(|error| !error.to_string().contains("secret")), "{server}");
        }
        assert_eq!(SmtpMailer::new("smtp://localhost", "nobody").err(), Some(BadSmtp::From));
        assert!(SmtpMailer::new("smtps://u:p@mail.example.org", "Bailiwick <b@example.org>").is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_refuses_the_letter() {
        let mailer = SmtpMailer::new("smtp://127.0.0.1:9", "a@b.example").unwrap();
        let mail = Mail { to: "c@d.example".to_owned(), subject: "x".to_owned(), body: "y".to_owned() };
        assert!(mailer.send(&mail).await.is_err());
    }
}
