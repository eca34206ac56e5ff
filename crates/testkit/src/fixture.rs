//! What tests are made from: a clock that stands still, seeded randomness, and a world on any store.

#![expect(clippy::unwrap_used, reason = "a fixture that can't be made fails its test")]

mod callers;
mod clock;
mod data;
mod machines;
mod make;
mod policy;
mod random;
mod sample;
mod sources;
mod together;
mod work;

use std::any::Any;
use std::sync::Arc;

use bailiwick_domain::entities::{Collaboration, Grant, Job, Organization, Project, Role, Task, User};
use bailiwick_domain::object::{Changed, New, Removed, Unguarded};
use bailiwick_domain::ports::{Clock, Random, Read, Store, StoreError, Unit, Write};
use bailiwick_domain::{Anchor, Caller, Entity, Gate, Object, Policy, Sealed, View};
use time::OffsetDateTime;
use uuid::Uuid;

pub use callers::{acting, held, op, person, rights};
pub use clock::FixedClock;
pub use data::{
    annotation, api_key, client_app, collaboration, comment, computation, content, dataset, export, file,
    job, label, node, organization, project, role, run, source, task, user,
};
pub use policy::policy;
pub use random::SeededRandom;
pub use sample::Sample;
pub use sources::Sources;
pub use work::Work;

/// A store with all that it takes to fill it.
pub struct World {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its time; it stands still until it is moved.
    pub clock: FixedClock,
    /// Its ids.
    pub random: SeededRandom,
    /// The policy that its gate judges by.
    pub policy: Arc<Policy>,
    /// What the store lives in, kept for as long as the world.
    _guard: Box<dyn Any + Send>,
}

/// Where a grant is tied, or a key hangs.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// The server.
    Server,
    /// An organization.
    Organization(&'a Object<Organization>),
    /// A project.
    Project(&'a Object<Project>),
    /// A job.
    Job(&'a Object<Job>),
    /// A task.
    Task(&'a Object<Task>),
}

macro_rules! at {
    ($($kind:ident),*) => { $(
        impl<'a> From<&'a Object<$kind>> for At<'a> {
            fn from(object: &'a Object<$kind>) -> Self {
                Self::$kind(object)
            }
        }
    )* };
}
at!(Organization, Project, Job, Task);

impl At<'_> {
    /// The point of the cascade.
    pub fn anchor(self) -> Anchor {
        match self {
            Self::Server => Some(Anchor::SERVER),
            Self::Organization(object) => object.facts.anchor(),
            Self::Project(object) => object.facts.anchor(),
            Self::Job(object) => object.facts.anchor(),
            Self::Task(object) => object.facts.anchor(),
        }
        .unwrap()
    }
}

/// The start and the end of a grant.
pub type Span = (Option<OffsetDateTime>, Option<OffsetDateTime>);

/// From now on, for good.
pub const ALWAYS: Span = (None, None);

impl World {
    /// A world on an empty store. `guard` is what the store lives in, such as its directory.
    pub fn new(store: impl Store + 'static, guard: impl Any + Send) -> Self {
        Self {
            store: Arc::new(store),
            clock: FixedClock::default(),
            random: SeededRandom::new(1),
            policy: Arc::new(policy()),
            _guard: Box::new(guard),
        }
    }

    /// The gate at this time.
    pub fn gate(&self) -> Gate {
        Gate::new(Arc::clone(&self.policy), self.now())
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A new id.
    pub fn id(&self) -> Uuid {
        self.random.id(self.now())
    }

    /// A unit of work.
    pub async fn begin(&self) -> Box<dyn Unit> {
        self.store.begin().await.unwrap()
    }

    /// What a sealed object holds.
    pub fn open<T: Entity>(&self, sealed: Sealed<T>) -> Object<T> {
        let (gate, operator) = (self.gate(), Caller::operator());
        gate.open::<View, T>(&operator, Some(sealed)).unwrap().into_object()
    }

    /// The object of this id, as it is stored now.
    pub async fn find<T: Entity>(&self, id: Uuid) -> Option<Object<T>>
    where
        dyn Store: Read<T>,
    {
        Read::<T>::find(&*self.store, id).await.unwrap().map(|sealed| self.open(sealed))
    }

    /// The object as it is stored now.
    pub async fn again<T: Entity>(&self, object: &Object<T>) -> Object<T>
    where
        dyn Store: Read<T>,
    {
        self.find(object.id).await.unwrap()
    }

    /// Every object of a kind.
    pub async fn all<T: Entity>(&self) -> Vec<Object<T>>
    where
        dyn Store: Read<T>,
    {
        let all = Read::<T>::inside(&*self.store, Anchor::SERVER).await.unwrap();
        all.into_iter().map(|sealed| self.open(sealed)).collect()
    }

    /// Adds an object in a unit of its own, and reads it.
    pub async fn add<T: Entity>(&self, new: &New<T>) -> Object<T>
    where
        dyn Unit: Write<T>,
        dyn Store: Read<T>,
    {
        self.try_add(new).await.unwrap();
        self.find(new.object().id).await.unwrap()
    }

    /// Adds an object in a unit of its own.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn try_add<T: Entity>(&self, new: &New<T>) -> Result<(), StoreError>
    where
        dyn Unit: Write<T>,
    {
        let unit = self.begin().await;
        Write::add(&*unit, new).await?;
        unit.commit().await
    }

    /// Saves a change in a unit of its own.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn try_save<T: Entity>(&self, changed: &Changed<T>) -> Result<(), StoreError>
    where
        dyn Unit: Write<T>,
    {
        let unit = self.begin().await;
        Write::save(&*unit, changed).await?;
        unit.commit().await
    }

    /// Removes objects in a unit of its own.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn try_remove<T: Entity>(&self, removed: &[Removed<T>]) -> Result<(), StoreError>
    where
        dyn Unit: Write<T>,
    {
        let unit = self.begin().await;
        Write::remove(&*unit, removed).await?;
        unit.commit().await
    }
}

/// Objects made by the operator, each stored in a unit of its own.
impl World {
    /// An organization.
    pub async fn organization(&self, name: &str) -> Object<Organization> {
        self.add(&self.made_at_server(&op(), organization(name))).await
    }

    /// A collaboration of these organizations.
    pub async fn collaboration(
        &self,
        name: &str,
        members: &[&Object<Organization>],
    ) -> Object<Collaboration> {
        self.add(&self.made_collaboration(&op(), collaboration(name), members)).await
    }

    /// A user.
    pub async fn user(&self, home: &Object<Organization>, name: &str) -> Object<User> {
        self.add(&self.made_user(&op(), home, user(name))).await
    }

    /// A built-in role; the fixture's policy must have it.
    pub async fn built_in(&self, name: &str) -> Object<Role> {
        let id = self.policy.role(name).unwrap().id();
        let unit = self.begin().await;
        unit.put_built_in(id, name, "", true, self.now()).await.unwrap();
        unit.commit().await.unwrap();
        self.find(id).await.unwrap()
    }

    /// A grant without start or end.
    pub async fn grant<'a, T: Entity>(
        &self,
        to: &Object<T>,
        role: &Object<Role>,
        at: impl Into<At<'a>>,
    ) -> Object<Grant> {
        self.add(&self.made_grant(&op(), to, role, at, ALWAYS)).await
    }

    /// A project.
    pub async fn project(&self, of: &Object<Organization>, name: &str) -> Object<Project> {
        self.add(&self.made(&op(), of, project(name))).await
    }

    /// A job.
    pub async fn job(&self, of: &Object<Project>, name: &str) -> Object<Job> {
        self.add(&self.made(&op(), of, job(name))).await
    }

    /// A task.
    pub async fn task(&self, of: &Object<Job>, name: &str) -> Object<Task> {
        self.add(&self.made(&op(), of, task(name))).await
    }

    /// Changes an object, and reads it.
    pub async fn change<T: Unguarded>(&self, object: &Object<T>, change: impl FnOnce(&mut T)) -> Object<T>
    where
        dyn Unit: Write<T>,
        dyn Store: Read<T>,
    {
        self.try_save(&self.changed(object, change)).await.unwrap();
        self.again(object).await
    }
}
