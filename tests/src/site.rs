//! A server for one test.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, mpsc};

use actix_web::dev::ServerHandle;
use bailiwick_app::people::letters;
use bailiwick_app::people::settings::People;
use bailiwick_app::{App, Cx, RootedMemory, Settings, Turns, accounts, policy};
use bailiwick_auth::{Auth, AuthConfig, CookieKey, PasswordCost, SystemClock, SystemRandom};
use bailiwick_domain::ports::{
    AuthError, Authenticator, Clock, FileStore, Mailer, PasswordTurn, PolicySource, Secret, Store,
};
use bailiwick_files::ObjectFiles;
use bailiwick_http::{HttpState, Options};
use bailiwick_memory::MemoryStore;
use bailiwick_persistence::SeaStore;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::servers::Server;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::actor::Actor;

/// Hashes nearly as cheap as argon2 takes them: tests sign in often.
const COST: PasswordCost = PasswordCost { memory: 16, passes: 1, lanes: 1 };

/// Where a test's data lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In memory.
    Memory,
    /// An SQLite file that goes with the test.
    Sqlite,
    /// A database on the Postgres that `POSTGRES_URL` names.
    Postgres,
    /// A database on the MariaDB or MySQL that `MYSQL_URL` names.
    MySql,
}

impl Storage {
    /// A store with the schema and nothing in it, and what it lives in.
    async fn fresh(self) -> (Arc<dyn Store>, Place) {
        let server = match self {
            Self::Memory => return (Arc::new(MemoryStore::new()), Place::default()),
            Self::Sqlite => {
                let place = tempfile::tempdir().unwrap();
                let file = place.path().join("data.db");
                std::fs::copy(template().await, &file).unwrap();
                return Place::with(connect(&sqlite(&file)).await, Box::new(place));
            }
            Self::Postgres => Server::Postgres,
            Self::MySql => Server::MySql,
        };
        let migrate = async |url: &str| {
            let store = connect(url).await;
            store.migrate().await.unwrap();
            store.close().await.unwrap();
        };
        let loan = server.fresh(migrate).await;
        Place::with(connect(&loan.url).await, Box::new(loan))
    }
}

/// What a store lives in.
#[derive(Default)]
struct Place {
    /// Its database, where it has one.
    database: Option<SeaStore>,
    _held: Option<Box<dyn Any + Send>>,
}

impl Place {
    fn with(store: SeaStore, held: Box<dyn Any + Send>) -> (Arc<dyn Store>, Self) {
        (Arc::new(store.clone()), Self { database: Some(store), _held: Some(held) })
    }
}

/// A running server, stopped when it is dropped.
pub struct Site {
    /// `http://127.0.0.1:port`
    pub origin: String,
    /// The application behind it, to look at what HTTP does not show.
    pub app: Arc<App>,
    handle: ServerHandle,
    place: Place,
}

impl Site {
    /// A server over an empty store, with the policy that the binary is built with.
    pub async fn start(storage: Storage) -> Self {
        Self::start_with(storage, Arc::new(FilePolicy::built_in().unwrap())).await
    }

    /// A server with another policy.
    pub async fn start_with(storage: Storage, policies: Arc<dyn PolicySource>) -> Self {
        Self::start_at(storage, policies, Arc::new(SystemClock), Settings::default()).await
    }

    /// A server with another policy, another clock, other settings.
    pub async fn start_at(
        storage: Storage,
        policies: Arc<dyn PolicySource>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        // Boxed, since it lies in every future that starts a server.
        let (store, place) = Box::pin(storage.fresh()).await;
        Self::over(store, bytes(), place, policies, clock, settings, with_mail()).await
    }

    /// A server with other settings about people, and another clock.
    pub async fn start_for(storage: Storage, people: People, clock: Arc<dyn Clock>) -> Self {
        let (store, place) = Box::pin(storage.fresh()).await;
        let policies = Arc::new(FilePolicy::built_in().unwrap());
        Self::over(store, bytes(), place, policies, clock, Settings::default(), people).await
    }

    /// Hands all letters that are due to a carrier.
    pub async fn send_letters(&self, mailer: &dyn Mailer) -> usize {
        letters::send_letters(&self.operator(), mailer, 100).await.unwrap()
    }

    /// Takes every turn to have a password hashed, and every place to wait for one, until what is answered goes.
    pub async fn take_password_turns(&self) -> (Vec<PasswordTurn>, JoinSet<Result<PasswordTurn, AuthError>>) {
        let (mut turns, mut waiting) = (Vec::new(), JoinSet::new());
        for account in 0..1_000 {
            let app = Arc::clone(&self.app);
            waiting.spawn(async move { app.auth.password_turn(&account.to_string()).await });
        }
        while let Ok(turn) = waiting.join_next().await.unwrap().unwrap() {
            turns.push(turn);
        }
        (turns, waiting)
    }

    /// The hash of a password at the cost of earlier days.
    pub async fn cheaper_hash(&self, password: &str) -> String {
        let mut config = AuthConfig::new(CookieKey::from_bytes(&[7; 64]).unwrap());
        config.password_cost = PasswordCost { memory: COST.memory / 2, ..COST };
        let earlier = Auth::new(self.app.store.clone(), Arc::new(SystemRandom), config).unwrap();
        earlier.hash_password(&Secret::new(password), &[]).await.unwrap()
    }

    /// Another server on the same storage and files, with a memory and policy files of its own.
    pub async fn beside(&self, policies: Arc<dyn PolicySource>) -> Self {
        let App { store, files, clock, settings, people, .. } = &*self.app;
        let (store, files, clock) = (store.clone(), files.clone(), clock.clone());
        Self::over(store, files, Place::default(), policies, clock, *settings, people.clone()).await
    }

    async fn over(
        store: Arc<dyn Store>,
        files: Arc<dyn FileStore>,
        place: Place,
        policies: Arc<dyn PolicySource>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        people: People,
    ) -> Self {
        let random = Arc::new(SystemRandom);
        let mut auth = AuthConfig::new(CookieKey::from_bytes(&[7; 64]).unwrap());
        auth.secure = false;
        auth.password_cost = COST;
        let auth = Arc::new(Auth::new(store.clone(), random.clone(), auth).unwrap());
        let app = Arc::new(App {
            store,
            policies,
            auth,
            clock,
            random,
            settings,
            people,
            files,
            file_rules: bailiwick_app::files::FileRules::default(),
            at_server: RootedMemory::default(),
            imports: Turns::default(),
            units: Turns::of_units(),
        });
        policy::begin_policy(&Cx::operator(app.clone(), "start")).await.unwrap();
        let (origin, handle) = listen(app.clone());
        Self { origin, app, handle, place }
    }

    /// How many rows each table of the database has; nothing where there is no database.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        let Some(store) = &self.place.database else { return BTreeMap::new() };
        let db = store.writer();
        let tables = match db.get_database_backend() {
            DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
            DbBackend::Postgres => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
            }
            _ => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        };
        let tables =
            db.query_all_raw(Statement::from_string(db.get_database_backend(), tables)).await.unwrap();
        let counts = tables.iter().map(|row| {
            let table: String = row.try_get_by_index(0).unwrap();
            format!("SELECT '{table}', (SELECT COUNT(*) FROM {table})")
        });
        let counts = counts.collect::<Vec<_>>().join(" UNION ALL ");
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), counts)).await.unwrap();
        rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
    }

    /// The context of the operator at the console, to set worlds up.
    pub fn operator(&self) -> Cx {
        Cx::operator(self.app.clone(), "setup")
    }

    /// Makes the world of a world file, and gives each of these users the password `password of NAME`.
    pub async fn apply(&self, world: &str) {
        use bailiwick_app::world;
        let file = world::parse(world, "world.yaml").unwrap_or_else(|errors| panic!("{errors:#?}"));
        let plan = world::apply(&self.operator(), &file, world::Options { prune: false }).await;
        plan.unwrap_or_else(|error| panic!("{error:?}"));
    }

    /// Sets a user's password.
    pub async fn set_password(&self, user: &str, password: &str) {
        let (organization, username) = user.split_once('/').unwrap();
        let set =
            accounts::set_password(&self.operator(), organization, username, &Secret::new(password)).await;
        assert!(set.unwrap(), "there is no {user}");
    }

    /// Somebody without credentials.
    pub fn anon(&self) -> Actor {
        Actor::new(&self.origin)
    }

    /// A node, by the token that its secret gives it.
    pub async fn node(&self, id: &str, secret: &str) -> Actor {
        let asked = serde_json::json!({ "node_id": id, "secret": secret });
        let token = self.anon().post("/auth/tokens/node", asked).await.is(201);
        self.anon().bearer(token.body["access_token"].as_str().unwrap())
    }

    /// A user of `organization/username`, by a bearer token.
    pub async fn user(&self, user: &str) -> Actor {
        let password = format!("password of {user}");
        self.set_password(user, &password).await;
        self.anon().with_tokens(user, &password).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Sending the message is enough: the future only waits for the answer.
        drop(self.handle.stop(false));
    }
}

/// A place for the bytes of files, as long as somebody holds it.
fn bytes() -> Arc<dyn FileStore> {
    Arc::new(ObjectFiles::open("memory:").unwrap())
}

/// As tests mostly want it: letters are written, and sent when a test says so.
pub fn with_mail() -> People {
    People { mail: true, ..People::default() }
}

fn sqlite(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

async fn connect(url: &str) -> SeaStore {
    SeaStore::connect(url, &bailiwick_persistence::Options::default()).await.unwrap()
}

/// A migrated, empty database file, made once for this process.
async fn template() -> PathBuf {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    static MADE: tokio::sync::OnceCell<PathBuf> = tokio::sync::OnceCell::const_new();
    let make = || async {
        let file = PLACE.get_or_init(|| tempfile::tempdir().unwrap()).path().join("template.db");
        let store = connect(&sqlite(&file)).await;
        store.migrate().await.unwrap();
        store.close().await.unwrap();
        file
    };
    MADE.get_or_init(make).await.clone()
}

/// Serves on a thread of its own, since a test's runtime ends before its server is asked to.
fn listen(app: Arc<App>) -> (String, ServerHandle) {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let routes = bailiwick_http::routes();
            let options = Options {
                secure: false,
                cursor_key: vec![9; 32],
                body_limit: 4 << 20,
                result_limit: 4 << 20,
                answer_within: None,
                // So that tests say where a request comes from.
                trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
                anonymous: None,
            };
            let http = bailiwick_http::configure(HttpState::new(app, options, None), routes);
            let server = actix_web::HttpServer::new(move || actix_web::App::new().service(http.service()))
                .workers(1)
                .disable_signals()
                .bind("127.0.0.1:0")
                .unwrap();
            let origin = format!("http://{}", server.addrs()[0]);
            let running = server.run();
            tell.send((origin, running.handle())).unwrap();
            running.await.unwrap();
        });
    });
    told.recv().unwrap()
}
