//! Mail.

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// The letter could not be handed over.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the mail could not be sent: {0}")]
pub struct MailError(pub String);

/// Who carries letters.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a letter over.
    ///
    /// # Errors
    /// The carrier refused it or can't be reached.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
