//! A carrier that keeps what it is given, for tests to read.

use std::sync::Mutex;

use async_trait::async_trait;
use bailiwick_domain::ports::{Mail, MailError, Mailer};

/// Letters that have arrived, or a carrier that is away.
#[derive(Default)]
pub struct Postbox {
    arrived: Mutex<Vec<Mail>>,
    /// Whether it refuses letters.
    pub away: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if self.away.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(MailError("away".to_owned()));
        }
        self.arrived.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl Postbox {
    /// Takes out all letters that have arrived.
    pub fn empty(&self) -> Vec<Mail> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    /// Takes out the one letter that has arrived.
    #[track_caller]
    pub fn only(&self) -> Mail {
        let mut all = self.empty();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }

    /// The token of the one letter that has arrived, to this address.
    #[track_caller]
    pub fn token(&self, to: &str) -> String {
        let letter = self.only();
        assert_eq!(letter.to, to);
        token(&letter.body)
    }
}

/// The one token in a letter.
#[track_caller]
pub fn token(body: &str) -> String {
    let mut tokens = body.lines().filter_map(|line| line.strip_prefix("token: "));
    let token = tokens.next().unwrap_or_else(|| panic!("no token in {body}")).to_owned();
    assert_eq!(tokens.next(), None, "two tokens in {body}");
    token
}
