//! Settings about people: letters, registration, what slows guessing.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use bailiwick_app::people::settings::{self as app, Limit, People};
use bailiwick_auth::{SystemClock, SystemRandom};
use bailiwick_domain::ports::Mailer;
use bailiwick_events::{FileMailer, SmtpMailer};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use time::Duration;

use super::{Hidden, Settings};

/// Letters. Without a server or a directory, none are sent.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server: `smtps://user:password@host`, or `smtp://…`.
    pub server: Option<Hidden>,
    /// From whom letters are: `Name <name@example.org>`.
    pub from: Option<String>,
    /// A directory that letters are written to instead, for development.
    pub directory: Option<PathBuf>,
    /// The page that mailed links lead to.
    pub page: Option<String>,
}

/// Who may register: nobody without an organization.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The home of newcomers, by name.
    pub organization: Option<String>,
    /// A built-in role that they get.
    pub role: Option<String>,
    /// Where: `server`, an organization, `organization/project`; their home where absent.
    pub at: Option<String>,
}

/// What slows guessing: so many at once, and one more each so many seconds. A burst of 0 is no limit.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Failed sign-ins of one account.
    pub account_burst: u32,
    /// Seconds.
    pub account_seconds: u32,
    /// Failed sign-ins from one address.
    pub address_burst: u32,
    /// Seconds.
    pub address_seconds: u32,
    /// Wrong codes of the second factor of one account.
    pub code_burst: u32,
    /// Seconds.
    pub code_seconds: u32,
    /// Letters that strangers ask for to one account or address.
    pub letters_burst: u32,
    /// Seconds.
    pub letters_seconds: u32,
    /// Letters that strangers ask for from one address.
    pub letters_address_burst: u32,
    /// Seconds.
    pub letters_address_seconds: u32,
    /// Requests without credentials from one address.
    pub anonymous_burst: u32,
    /// Seconds.
    pub anonymous_seconds: u32,
}

impl Throttle {
    fn limits(&self) -> app::Throttle {
        let limit = |burst, seconds: u32| Limit { burst, every: Duration::seconds(i64::from(seconds)) };
        app::Throttle {
            account: limit(self.account_burst, self.account_seconds),
            address: limit(self.address_burst, self.address_seconds),
            code: limit(self.code_burst, self.code_seconds),
            letters: limit(self.letters_burst, self.letters_seconds),
            letters_address: limit(self.letters_address_burst, self.letters_address_seconds),
        }
    }
}

impl Settings {
    /// What deeds ask for.
    ///
    /// # Errors
    /// Settings that contradict each other.
    pub fn people(&self) -> anyhow::Result<People> {
        let Registration { organization, role, at } = &self.registration;
        let mail = self.mail.server.is_some() || self.mail.directory.is_some();
        if organization.is_none() && (role.is_some() || at.is_some()) {
            bail!("registration.role and registration.at need registration.organization");
        }
        if organization.is_some() && !mail {
            bail!("registration needs mail.server, since an account begins with a letter");
        }
        let registration = organization.clone().map(|organization| app::Registration {
            organization,
            role: role.clone(),
            at: at.clone(),
        });
        Ok(People { mail, page: self.mail.page.clone(), registration, throttle: self.throttle.limits() })
    }

    /// Who carries letters; `None` where none are sent.
    ///
    /// # Errors
    /// Settings that can't be used.
    pub fn mailer(&self) -> anyhow::Result<Option<Box<dyn Mailer>>> {
        let Mail { server, from, directory, .. } = &self.mail;
        Ok(match (server, directory) {
            (Some(_), Some(_)) => bail!("mail.server and mail.directory: one of them"),
            (Some(server), None) => {
                let from = from.as_deref().context("mail.server needs mail.from")?;
                Some(Box::new(SmtpMailer::new(&server.0, from).context("mail")?))
            }
            (None, Some(directory)) => {
                Some(Box::new(FileMailer::new(directory, Arc::new(SystemClock), Arc::new(SystemRandom))))
            }
            (None, None) => None,
        })
    }

    /// The networks of trusted proxies.
    ///
    /// # Errors
    /// What is neither an address nor a network.
    pub fn proxies(&self) -> anyhow::Result<Vec<IpNet>> {
        let net = |text: &String| {
            let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or(address).with_context(|| {
                format!("trusted_proxies: `{text}` is neither an address nor a network such as 10.0.0.0/8")
            })
        };
        self.trusted_proxies.iter().map(net).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn read(text: &str) -> anyhow::Result<Settings> {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("bailiwick.toml");
        std::fs::write(&file, text).unwrap();
        Settings::read(&Flags { file: Some(file), ..Flags::default() })
    }

    fn settings(text: &str) -> Settings {
        read(text).unwrap()
    }

    #[test]
    fn threads_are_neither_none_nor_without_end() {
        assert!(
            read("[passwords]\nwait = 0").unwrap_err().to_string().starts_with("passwords.wait: at least 1")
        );
        for (name, text) in [("workers", "workers"), ("passwords.at_once", "[passwords]\nat_once")] {
            for (threads, good) in [("0", false), ("1", true), ("1024", true), ("1025", false)] {
                match read(&format!("{text} = {threads}")) {
                    Ok(_) => assert!(good, "{name} = {threads}"),
                    Err(error) => assert!(!good && error.to_string().starts_with(name), "{error}"),
                }
            }
        }
    }

    #[test]
    fn by_default_no_letters_are_sent_nobody_registers_and_guessing_is_slowed() {
        let settings = settings("");
        let people = settings.people().unwrap();
        assert!(!people.mail && people.registration.is_none() && settings.mailer().unwrap().is_none());
        assert_eq!(people.throttle.account, Limit { burst: 20, every: Duration::minutes(1) });
        assert_eq!(settings.proxies().unwrap(), []);
    }

    #[test]
    fn the_password_of_the_mail_server_is_not_shown() {
        let settings = settings(
            "[mail]\nserver = \"smtps://me:hush@mail.example.org\"\nfrom = \"Bailiwick <b@example.org>\"",
        );
        assert!(settings.people().unwrap().mail && settings.mailer().unwrap().is_some());
        for shown in [serde_json::to_string(&settings).unwrap(), format!("{settings:?}")] {
            assert!(
                shown.contains("smtps://[secret]@mail.example.org") && !shown.contains("hush"),
                "{shown}"
            );
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let mail = "[mail]\ndirectory = \"mail\"\n";
        for (text, good) in [
            ("[registration]\norganization = \"north\"".to_owned(), false),
            (format!("{mail}[registration]\nrole = \"viewer\""), false),
            (format!("{mail}[registration]\norganization = \"north\"\nrole = \"viewer\""), true),
        ] {
            assert_eq!(settings(&text).people().is_ok(), good, "{text}");
        }
        for text in [
            "[mail]\nserver = \"smtp://localhost\"",
            "[mail]\nserver = \"smtp://localhost\"\nfrom = \"nobody\"",
            "[mail]\nserver = \"localhost\"\nfrom = \"b@example.org\"",
            "[mail]\nserver = \"smtp://localhost\"\nfrom = \"b@example.org\"\ndirectory = \"mail\"",
        ] {
            assert!(settings(text).mailer().is_err(), "{text}");
        }
    }

    #[test]
    fn trusted_proxies_are_addresses_or_networks() {
        let found = settings("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]").proxies().unwrap();
        assert_eq!(found, ["10.0.0.0/8".parse::<IpNet>().unwrap(), "::1/128".parse().unwrap()]);
        let refused = settings("trusted_proxies = [\"proxy\"]").proxies().unwrap_err().to_string();
        assert!(refused.contains("`proxy`"), "{refused}");
    }
}
