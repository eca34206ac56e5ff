//! A filled database and those who list what is in it, as a request does and by hand.

use std::hint::black_box;

use anyhow::Context;
use bailiwick_domain::gate::{Granted, View};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{CredentialKey, Lookup, PolicySource, Read};
use bailiwick_domain::{Caller, Entity, Gate};
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_policy::FilePolicy;
use time::OffsetDateTime;
use tokio::runtime::{self, Runtime};

use crate::database::Database;
use crate::measure::Side;
use crate::world::Person;

/// How many pages one side reads before it is the other's turn.
const PAGES: usize = 20;

/// A filled database and one who asks.
pub struct Scene {
    pub runtime: Runtime,
    pub store: SeaStore,
    gate: Gate,
}

impl Scene {
    /// A database that `fill` has filled.
    ///
    /// # Errors
    /// It can't be reached.
    pub fn of(database: &Database, fill: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let store = runtime.block_on(async {
            fill.await?;
            anyhow::Ok(SeaStore::connect(database.url(), &Options::default()).await?)
        })?;
        // Nothing in these worlds begins or ends.
        let now = OffsetDateTime::from_unix_timestamp(1_790_000_000)?;
        let gate = Gate::new(FilePolicy::built_in()?.current(), now);
        Ok(Self { runtime, store, gate })
    }

    /// Somebody as storage knows them.
    ///
    /// # Errors
    /// It does not.
    pub fn caller(&self, person: Person) -> anyhow::Result<Caller> {
        let known = self.runtime.block_on(self.store.known(CredentialKey::User(person.id())))?;
        let known = known.context("nobody")?;
        known.identity.caller(self.gate.policy(), self.gate.now()).context("the caller is not active")
    }

    /// One page as a request reads it: reach, statement, objects, each opened by the gate.
    ///
    /// # Errors
    /// Storage; the list holds what the gate hides.
    pub async fn ours<'c, T: Entity>(
        &'c self,
        caller: &'c Caller,
        query: &Query,
    ) -> anyhow::Result<Vec<Granted<'c, View, T>>>
    where
        SeaStore: Read<T>,
    {
        let visible = self.gate.visible::<T>(caller);
        let page = self.store.list(&visible, query).await?;
        let opened = page.items.into_iter().map(|item| self.gate.open::<View, T>(caller, Some(item)));
        opened.collect::<Result<Vec<_>, _>>().ok().context("a list held what the gate hides")
    }

    /// A side that reads a page again and again.
    pub fn pages<'s, T: Entity>(
        &'s self,
        caller: &'s Caller,
        query: &'s Query,
    ) -> Side<impl FnMut() -> anyhow::Result<()>>
    where
        SeaStore: Read<T>,
    {
        Side(PAGES, move || {
            self.runtime.block_on(async {
                for _ in 0..PAGES {
                    black_box(self.ours::<T>(caller, query).await?);
                }
                Ok(())
            })
        })
    }

    /// A side that does so by hand.
    pub fn by_hand<'s, R>(
        &'s self,
        list: &'s impl AsyncFn() -> anyhow::Result<Vec<R>>,
    ) -> Side<impl FnMut() -> anyhow::Result<()>> {
        Side(PAGES, move || {
            self.runtime.block_on(async {
                for _ in 0..PAGES {
                    black_box(list().await?);
                }
                Ok(())
            })
        })
    }
}
