//! Carriers of letters for servers without a mail server.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::ports::{Clock, Mail, MailError, Mailer, Random};
use time::format_description::well_known::Rfc2822;

/// Refuses every letter: the server has no way to send any.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        Err(MailError("this server sends no mail".to_owned()))
    }
}

/// Writes each letter as an `.eml` file into a directory: for development.
pub struct FileMailer {
    directory: PathBuf,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl FileMailer {
    /// A mailer that writes here; the directory is made when the first letter comes.
    pub fn new(directory: impl Into<PathBuf>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { directory: directory.into(), clock, random }
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let now = self.clock.now();
        let id = self.random.id(now);
        let date = now.format(&Rfc2822).map_err(failed)?;
        let letter = letter(mail, &date)?;
        tokio::fs::create_dir_all(&self.directory).await.map_err(failed)?;
        // A name that no reader takes for a letter until the whole of it is there.
        let unfinished = self.directory.join(format!("{id}.part"));
        tokio::fs::write(&unfinished, letter).await.map_err(failed)?;
        tokio::fs::rename(&unfinished, self.directory.join(format!("{id}.eml"))).await.map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> MailError {
    MailError(error.to_string())
}

/// The letter as RFC 5322 has it, in UTF-8.
fn letter(mail: &Mail, date: &str) -> Result<String, MailError> {
    for header in [&mail.to, &mail.subject] {
        // What comes after a line break would be read as another header.
        if header.chars().any(char::is_control) {
            return Err(MailError("an address or subject line holds a control character".to_owned()));
        }
    }
    let body = mail.body.lines().collect::<Vec<_>>().join("\r\n");
    let Mail { to, subject, .. } = mail;
    Ok(format!(
        "Date: {date}\r\nTo: {to}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use time::OffsetDateTime;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> OffsetDateTime {
            datetime!(2026-11-01 12:00 UTC)
        }
    }

    impl Random for Still {
        fn id(&self, _now: OffsetDateTime) -> Uuid {
            Uuid::from_u128(7)
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn mail(to: &str, subject: &str) -> Mail {
        Mail { to: to.to_owned(), subject: subject.to_owned(), body: "Grüße\nfrom here".to_owned() }
    }

    #[tokio::test]
    async fn a_letter_becomes_a_file_that_mail_programs_read() {
        let directory = tempfile::tempdir().unwrap();
        let mailer = FileMailer::new(directory.path().join("mail"), Arc::new(Still), Arc::new(Still));
        mailer.send(&mail("ada@example.org", "Welcome")).await.unwrap();
        let files: Vec<_> =
            fs::read_dir(directory.path().join("mail")).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name(), "00000000-0000-0000-0000-000000000007.eml");
        assert_eq!(
            fs::read_to_string(files[0].path()).unwrap(),
            "Date: Sun, 01 Nov 2026 12:00:00 +0000\r\nTo: ada@example.org\r\nSubject: Welcome\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\nfrom here\r\n"
        );
    }

    #[tokio::test]
    async fn no_header_is_smuggled_in() {
        let directory = tempfile::tempdir().unwrap();
        let mailer = FileMailer::new(directory.path(), Arc::new(Still), Arc::new(Still));
        for mail in
            [mail("ada@example.org\r\nBcc: eve@example.org", "x"), mail("ada@example.org", "x\nBcc: eve")]
        {
            assert!(mailer.send(&mail).await.is_err());
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_directory_that_can_not_be_made_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let mailer = FileMailer::new(file.join("mail"), Arc::new(Still), Arc::new(Still));
        assert!(mailer.send(&mail("ada@example.org", "x")).await.is_err());
    }

    #[tokio::test]
    async fn without_a_carrier_every_letter_is_refused() {
        let refused = NoMail.send(&mail("ada@example.org", "x")).await.unwrap_err();
        assert_eq!(refused.to_string(), "the mail could not be sent: this server sends no mail");
    }
}
