//! What tests are made from: a clock that stands still, seeded randomness, and a world on any store.

#![expect(clippy::unwrap_used, reason = "a fixture that can't be made fails its test")]

mod callers;
mod clock;
mod data;
mod policy;
mod random;
mod sample;

use std::any::Any;
use std::sync::Arc;

use bailiwick_domain::entities::{ApiKey, Grant, Job, Organization, Project, Role, Task, User};
use bailiwick_domain::guards::{self, Concern, GivenRole, Standing};
use bailiwick_domain::object::{Changed, New, Removed, Unguarded};
use bailiwick_domain::ports::{Clock, Random, Read, Store, StoreError, Unit, Write};
use bailiwick_domain::{
    Anchor, Caller, Delete, Edit, Entity, Gate, Granted, MayCreate, Object, Policy, PrincipalId,
    PrincipalKind, Sealed, View,
};
use time::OffsetDateTime;
use uuid::Uuid;

pub use callers::{acting, held, person, rights};
pub use clock::FixedClock;
pub use data::{api_key, collaboration, job, organization, project, role, task, user};
pub use policy::policy;
pub use random::SeededRandom;
pub use sample::Sample;

/// A store with all that it takes to fill it. Objects are made by the operator unless a caller is named.
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

/// Making objects without storing them.
impl World {
    /// A new object under a parent, by a caller.
    pub fn made_by<T: Unguarded, P: Entity>(&self, by: &Caller, under: &Object<P>, data: T) -> New<T> {
        let gate = self.gate();
        let permit = gate.create::<T, P>(by, Some(Sealed::new(under.clone()))).unwrap();
        permit.make(self.id(), self.now(), data)
    }

    /// A new object under a parent.
    pub fn made<T: Unguarded, P: Entity>(&self, under: &Object<P>, data: T) -> New<T> {
        self.made_by(&Caller::operator(), under, data)
    }

    /// A new organization or collaboration.
    pub fn made_at_server<T: Unguarded>(&self, data: T) -> New<T> {
        let (gate, operator) = (self.gate(), Caller::operator());
        gate.create_at_server::<T>(&operator).unwrap().make(self.id(), self.now(), data)
    }

    /// A new user.
    pub fn made_user(&self, home: &Object<Organization>, data: User) -> New<User> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let permit = gate.create::<User, _>(&operator, Some(Sealed::new(home.clone()))).unwrap();
        guards::make_user(&gate, permit, self.id(), data)
    }

    /// A new role of an organization.
    pub fn made_role(&self, home: &Object<Organization>, data: Role) -> New<Role> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let permit = gate.create::<Role, _>(&operator, Some(Sealed::new(home.clone()))).unwrap();
        guards::make_role(&gate, permit, self.id(), data).unwrap()
    }

    /// A new API key, which acts for the caller.
    pub fn made_api_key<'a>(&self, by: &Caller, under: impl Into<At<'a>>, data: ApiKey) -> New<ApiKey> {
        let gate = self.gate();
        guards::make_api_key(&gate, permit(&gate, by, under.into()), self.id(), data).unwrap()
    }

    /// A new grant to a user or an API key.
    pub fn made_grant<'a, T: Entity>(
        &self,
        to: &Object<T>,
        role: &Object<Role>,
        at: impl Into<At<'a>>,
        (starts_at, expires_at): Span,
    ) -> New<Grant> {
        let (gate, operator, at) = (self.gate(), Caller::operator(), at.into());
        let receiver = standing(to);
        let given = GivenRole {
            id: role.id,
            name: role.data.name.clone(),
            organization: role.facts.lineage.organization,
            full: role.data.full.clone(),
        };
        let data = Grant {
            principal: receiver.principal,
            role_id: role.id,
            anchor: at.anchor(),
            starts_at,
            expires_at,
        };
        let permit = permit(&gate, &operator, at);
        guards::make_grant(&gate, permit, &given, &receiver, None, self.id(), data).unwrap()
    }

    /// An object with a change.
    pub fn changed<T: Unguarded>(&self, object: &Object<T>, change: impl FnOnce(&mut T)) -> Changed<T> {
        let (gate, operator) = (self.gate(), Caller::operator());
        granted::<Edit, T>(&gate, &operator, object).change(self.now(), change)
    }

    /// A user with a change.
    pub fn changed_user(&self, user: &Object<User>, change: impl FnOnce(&mut User)) -> Changed<User> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let granted = granted::<Edit, User>(&gate, &operator, user);
        guards::change_user(&gate, granted, &standing(user), Concern::Edit, change).unwrap()
    }

    /// A role with a change.
    pub fn changed_role(&self, role: &Object<Role>, change: impl FnOnce(&mut Role)) -> Changed<Role> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let mut after = role.data.clone();
        change(&mut after);
        guards::change_role(&gate, granted::<Edit, Role>(&gate, &operator, role), &[], after).unwrap()
    }

    /// An object to be removed.
    pub fn removed<T: Unguarded>(&self, object: &Object<T>) -> Removed<T> {
        let (gate, operator) = (self.gate(), Caller::operator());
        granted::<Delete, T>(&gate, &operator, object).remove()
    }

    /// A user to be removed.
    pub fn removed_user(&self, user: &Object<User>) -> Removed<User> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let granted = granted::<Delete, User>(&gate, &operator, user);
        guards::remove_user(&gate, granted, &standing(user)).unwrap()
    }

    /// An API key to be removed.
    pub fn removed_api_key(&self, key: &Object<ApiKey>) -> Removed<ApiKey> {
        let (gate, operator) = (self.gate(), Caller::operator());
        let granted = granted::<Delete, ApiKey>(&gate, &operator, key);
        guards::remove_api_key(&gate, granted, &standing(key)).unwrap()
    }

    /// A role to be removed.
    pub fn removed_role(&self, role: &Object<Role>) -> Removed<Role> {
        let (gate, operator) = (self.gate(), Caller::operator());
        guards::remove_role(&gate, granted::<Delete, Role>(&gate, &operator, role), &[]).unwrap()
    }
}

/// Making objects and storing each in a unit of its own.
impl World {
    /// An organization.
    pub async fn organization(&self, name: &str) -> Object<Organization> {
        self.add(&self.made_at_server(organization(name))).await
    }

    /// A user.
    pub async fn user(&self, home: &Object<Organization>, name: &str) -> Object<User> {
        self.add(&self.made_user(home, user(name))).await
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
        self.add(&self.made_grant(to, role, at, (None, None))).await
    }

    /// A project.
    pub async fn project(&self, of: &Object<Organization>, name: &str) -> Object<Project> {
        self.add(&self.made(of, project(name))).await
    }

    /// A job.
    pub async fn job(&self, of: &Object<Project>, name: &str) -> Object<Job> {
        self.add(&self.made(of, job(name))).await
    }

    /// A task.
    pub async fn task(&self, of: &Object<Job>, name: &str) -> Object<Task> {
        self.add(&self.made(of, task(name))).await
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

fn granted<'c, A: bailiwick_domain::Action, T: Entity>(
    gate: &'c Gate,
    by: &'c Caller,
    object: &Object<T>,
) -> Granted<'c, A, T> {
    gate.open::<A, T>(by, Some(Sealed::new(object.clone()))).unwrap()
}

fn permit<'c, T: Entity>(gate: &'c Gate, by: &'c Caller, at: At<'_>) -> MayCreate<'c, T> {
    match at {
        At::Server => gate.create_at_server::<T>(by),
        At::Organization(parent) => gate.create(by, Some(Sealed::new(parent.clone()))),
        At::Project(parent) => gate.create(by, Some(Sealed::new(parent.clone()))),
        At::Job(parent) => gate.create(by, Some(Sealed::new(parent.clone()))),
        At::Task(parent) => gate.create(by, Some(Sealed::new(parent.clone()))),
    }
    .unwrap()
}

/// A principal that holds nothing.
fn standing<T: Entity>(principal: &Object<T>) -> Standing {
    let kind = PrincipalKind::ALL.iter().find(|kind| kind.kind() == T::KIND).copied().unwrap();
    Standing {
        principal: PrincipalId { kind, id: principal.id },
        home: principal.facts.lineage.organization,
        grants: Vec::new(),
    }
}
