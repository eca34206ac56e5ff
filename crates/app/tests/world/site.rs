//! An application on a store of its own.

use std::sync::Arc;

use bailiwick_app::world::{self, Options, Plan};
use bailiwick_app::{App, AppError, Cx, RootedMemory, Settings, Turns, policy};
use bailiwick_auth::{Auth, AuthConfig, CookieKey, PasswordCost};
use bailiwick_domain::entities::AuditEvent;
use bailiwick_domain::ports::{
    Authenticated, Clock, CredentialKey, Lookup, PolicySource, Random, Read, Scheme, Store,
};
use bailiwick_domain::{Anchor, Entity, Gate, Object, View};
use bailiwick_memory::MemoryStore;
use bailiwick_persistence::SeaStore;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::{FixedClock, SeededRandom, op};
use tempfile::TempDir;

/// An application with the policy of the house, a clock that stands still and nobody in it.
pub struct Site {
    pub app: Arc<App>,
    _directory: Option<TempDir>,
}

impl Site {
    pub async fn memory() -> Self {
        Self::of(Arc::new(MemoryStore::new()), None).await
    }

    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("data.db").display());
        let store = SeaStore::connect(&url, &bailiwick_persistence::Options::default()).await.unwrap();
        store.migrate().await.unwrap();
        Self::of(Arc::new(store), Some(directory)).await
    }

    async fn of(store: Arc<dyn Store>, directory: Option<TempDir>) -> Self {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(7));
        let policies: Arc<dyn PolicySource> = Arc::new(FilePolicy::built_in().unwrap());
        let mut config = AuthConfig::new(CookieKey::from_bytes(&[7; 64]).unwrap());
        config.password_cost = PasswordCost { memory: 8, passes: 1, lanes: 1 };
        let auth = Arc::new(Auth::new(store.clone(), random.clone(), config).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::default());
        let app = Arc::new(App {
            store,
            policies,
            auth,
            clock,
            random,
            settings: Settings::default(),
            people: bailiwick_app::people::settings::People::default(),
            files: Arc::new(bailiwick_files::ObjectFiles::open("memory:").unwrap()),
            file_rules: bailiwick_app::files::FileRules::default(),
            at_server: RootedMemory::default(),
            imports: Turns::default(),
            units: Turns::of_units(),
        });
        let cx = Cx::operator(app.clone(), "start");
        policy::begin_policy(&cx).await.unwrap();
        Self { app, _directory: directory }
    }

    pub fn operator(&self) -> Cx {
        Cx::operator(self.app.clone(), "apply")
    }

    /// A user, as a request would bring them.
    pub async fn caller(&self, organization: &str, username: &str) -> Cx {
        let key = CredentialKey::Login { organization, username };
        let identity = Lookup::known(&*self.app.store, key).await.unwrap().unwrap().identity;
        let gate = self.app.gate();
        let caller = identity.caller(gate.policy(), gate.now()).unwrap();
        let who = Authenticated {
            caller: Arc::new(caller),
            identity: Some(Arc::new(identity)),
            scheme: Scheme::Bearer,
            ..Authenticated::anonymous()
        };
        Cx::new(self.app.clone(), gate, who, "apply", "request".to_owned())
    }

    /// What comes of a file: the plan, or its faults as lines.
    pub async fn try_apply(&self, cx: &Cx, text: &str, prune: bool) -> Result<Plan, Vec<String>> {
        let file = world::parse(text, "world.yaml")?;
        world::apply(cx, &file, Options { prune }).await.map_err(|error| match error {
            AppError::Invalid(faults) => {
                faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect()
            }
            other => vec![format!("{other:?}")],
        })
    }

    pub async fn apply(&self, text: &str) -> Plan {
        self.try_apply(&self.operator(), text, false).await.unwrap()
    }

    pub async fn prune(&self, text: &str) -> Plan {
        self.try_apply(&self.operator(), text, true).await.unwrap()
    }

    pub async fn export(&self) -> String {
        world::export(&self.operator()).await.unwrap()
    }

    /// Every object of a kind.
    pub async fn all<T: Entity>(&self) -> Vec<Object<T>>
    where
        dyn Store: Read<T>,
    {
        let (gate, operator) = (self.app.gate(), op());
        let open = |row| Gate::open::<View, T>(&gate, &operator, Some(row)).unwrap().into_object();
        Read::<T>::inside(&*self.app.store, Anchor::SERVER).await.unwrap().into_iter().map(open).collect()
    }

    /// How many changes and denials the log tells of, and how many events wait.
    pub async fn traces(&self) -> (usize, usize) {
        let events = Lookup::outbox(&*self.app.store, 1_000_000).await.unwrap();
        (self.all::<AuditEvent>().await.len(), events.len())
    }
}

/// Runs tests that take a site on each store.
macro_rules! on_each_store {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $test() { super::$test(crate::site::Site::memory().await).await; })*
        }
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test(crate::site::Site::sqlite().await).await; })*
        }
    };
}
pub(crate) use on_each_store;
