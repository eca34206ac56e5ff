//! Hashing and verifying passwords: argon2id, a few at a time, on threads that give way to those that serve requests.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use bailiwick_domain::ports::{AuthError, PasswordTurn, Random, Secret};
use rayon::{ThreadPool, ThreadPoolBuilder};
use thread_priority::ThreadPriority;
use tokio::sync::{Semaphore, oneshot};

use crate::config::{AuthConfig, BadConfig};
use crate::places::Places;
use crate::strength::LONGEST;

/// How a password compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verified {
    /// It is the one.
    pub matches: bool,
    /// It was hashed at a lower cost than is asked now.
    pub outdated: bool,
}

/// The one place that spends time on passwords.
pub(crate) struct Passwords {
    params: Params,
    random: Arc<dyn Random>,
    /// Compared against where there is no password, so that this takes as long.
    dummy: Arc<str>,
    /// Those that have a turn or wait for one.
    admitted: Arc<Semaphore>,
    /// The same, of each account.
    places: Arc<Places>,
    /// Those that have one, each a thread.
    turns: Arc<Semaphore>,
    /// How long one waits for it at most, and as long again until the hash is there.
    wait: Duration,
    /// Where they run.
    threads: ThreadPool,
}

/// Of 99: a busy server still signs people in, if slowly; they do not hold up who is signed in.
const PRIORITY: u8 = 25;

/// The share of all places that one account may have: somebody who signs in over and over keeps nobody else out.
const SHARE: usize = 4;
/// Who it is that gets a new password: all of them together.
const NEW: &str = "";

impl Passwords {
    pub(crate) fn new(config: &AuthConfig, random: Arc<dyn Random>) -> Result<Self, BadConfig> {
        let params = config.password_cost.params()?;
        if !(1..=AuthConfig::MOST_HASHING).contains(&config.hashing) {
            return Err(BadConfig::Hashing { found: config.hashing });
        }
        let dummy = of_nothing(&params, &*random)
            .ok_or_else(|| BadConfig::PasswordCost("argon2 has no form for what they make".to_owned()))?;
        let places = config.hashing.saturating_add(config.waiting);
        Ok(Self {
            params,
            dummy: dummy.into(),
            admitted: permits(places),
            places: Places::for_each((places / SHARE).max(1)),
            turns: permits(config.hashing),
            wait: config.wait,
            threads: threads(config.hashing)?,
            random,
        })
    }

    /// Waits for a turn, for an account.
    ///
    /// # Errors
    /// Too many wait already, or of this account; or this one has waited for too long.
    pub(crate) async fn turn(&self, account: &str) -> Result<PasswordTurn, AuthError> {
        let place = self.places.take(account).ok_or(AuthError::Busy)?;
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let turn = tokio::time::timeout(self.wait, self.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(AuthError::Busy)?;
        Ok(PasswordTurn::held((place, admitted, turn)))
    }

    /// The hash of a new password. Waits for a turn.
    ///
    /// # Errors
    /// As of [`Self::turn`] and [`Self::hash`].
    pub(crate) async fn hash_new(&self, password: &Secret) -> Result<String, AuthError> {
        self.hash(&self.turn(NEW).await?, password).await
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// It takes too long.
    pub(crate) async fn hash(&self, turn: &PasswordTurn, password: &Secret) -> Result<String, AuthError> {
        let (params, salt, password) = (self.params.clone(), salt(&*self.random), password.clone());
        self.run(turn, move || hash(&params, password.reveal().as_bytes(), &salt))
            .await?
            .ok_or(AuthError::Busy)
    }

    /// Whether this is the password of which the hash was stored. Without one, it takes as long to say no.
    ///
    /// # Errors
    /// It takes too long.
    pub(crate) async fn verify(
        &self,
        turn: &PasswordTurn,
        stored: Option<String>,
        password: &Secret,
    ) -> Result<Verified, AuthError> {
        let (params, dummy, password) = (self.params.clone(), self.dummy.clone(), password.clone());
        self.run(turn, move || {
            // What is too long was never set; what is stored in another form can't be compared.
            let usable = password.reveal().len() <= LONGEST;
            let password = if usable { password.reveal() } else { "" };
            let stored =
                stored.as_deref().filter(|_| usable).and_then(|stored| PasswordHash::new(stored).ok());
            match stored {
                Some(stored) => Verified {
                    matches: Argon2::default().verify_password(password.as_bytes(), &stored).is_ok(),
                    outdated: is_outdated(&stored, &params),
                },
                None => {
                    let dummy: &str = &dummy;
                    let _always_wrong = Argon2::default().verify_password(password.as_bytes(), dummy);
                    Verified { matches: false, outdated: false }
                }
            }
        })
        .await
    }

    /// Runs a job, unless nobody waits for it any more. The turn lasts as long as the job does, whoever has gone.
    async fn run<T: Send + 'static>(
        &self,
        turn: &PasswordTurn,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let (tell, told) = oneshot::channel();
        let turn = turn.clone();
        self.threads.spawn_fifo(move || {
            let outcome = (!tell.is_closed()).then(job);
            drop(turn);
            // Who asked may have gone meanwhile.
            _ = outcome.map(|outcome| tell.send(outcome));
        });
        tokio::time::timeout(self.wait, told).await.ok().and_then(Result::ok).ok_or(AuthError::Busy)
    }
}

fn permits(count: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)))
}

fn threads(count: usize) -> Result<ThreadPool, BadConfig> {
    let give_way = |_| {
        let priority = PRIORITY.try_into().map_or(ThreadPriority::Min, ThreadPriority::Crossplatform);
        if let Err(error) = priority.set_for_current() {
            tracing::warn!(?error, "passwords are hashed at the same priority as requests are served");
        }
    };
    let pool = ThreadPoolBuilder::new().num_threads(count).thread_name(|at| format!("passwords-{at}"));
    pool.start_handler(give_way).build().map_err(|error| BadConfig::Threads(error.to_string()))
}

fn salt(random: &dyn Random) -> [u8; 16] {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    salt
}

/// What looks like a hash at this cost, and is the hash of nothing that is known.
fn of_nothing(params: &Params, random: &dyn Random) -> Option<String> {
    let mut output = [0; 32];
    random.fill(&mut output);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(&salt(random)).ok()?),
        hash: Some(Output::new(&output).ok()?),
    };
    Some(hash.to_string())
}

/// The hash, unless there is no memory for it.
fn hash(params: &Params, password: &[u8], salt: &[u8]) -> Option<String> {
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon.hash_password_with_salt(password, salt).ok().map(|hash| hash.to_string())
}

fn is_outdated(stored: &PasswordHash, wanted: &Params) -> bool {
    stored.algorithm != Algorithm::Argon2id.ident()
        || Params::try_from(stored).map_or(true, |found| {
            found.m_cost() < wanted.m_cost()
                || found.t_cost() < wanted.t_cost()
                || found.p_cost() < wanted.p_cost()
        })
}
