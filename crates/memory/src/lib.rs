//! Storage in memory: the same ports as the database adapter, for embedding and for fast tests.
//!
//! The whole state is a value of maps that share structure, so a unit of work begins with a copy that costs
//! nothing. Readers see the last committed state and wait for nobody; units take turns.

mod dependents;
mod identity;
mod imports;
mod lookup;
mod near;
mod people;
mod read;
mod record;
mod sources;
mod state;
mod work;
mod write;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use bailiwick_domain::ports::{Store, StoreError, Unit};
use tokio::sync::OwnedMutexGuard;

use crate::state::State;

/// Storage in memory, as committed. Clones share it.
pub type MemoryStore = Memory<Committed>;

/// Where reads are the same outside of a unit of work, [`Committed`], and inside of one, [`Working`].
#[derive(Debug, Clone, Default)]
pub struct Memory<C>(C);

/// What a [`Memory`] reads from.
pub trait Cell: Send + Sync + 'static {
    #[doc(hidden)]
    fn with<R>(&self, read: impl FnOnce(&State) -> R) -> R;
}

/// The state that was committed last.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    state: Arc<RwLock<Arc<State>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Cell for Committed {
    fn with<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        let state = Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner));
        read(&state)
    }
}

/// The state as a unit of work has changed it so far.
#[derive(Debug)]
pub struct Working {
    state: Mutex<State>,
    committed: Arc<RwLock<Arc<State>>>,
    /// Held until the unit ends: units take turns, so none can come between.
    _turn: OwnedMutexGuard<()>,
}

impl Cell for Working {
    fn with<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Memory<Working> {
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn Unit>, StoreError> {
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        let state = Mutex::new(self.0.with(State::clone));
        Ok(Box::new(Memory(Working { state, committed: Arc::clone(&self.0.state), _turn: turn })))
    }
}

#[async_trait]
impl Unit for Memory<Working> {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Working { state, committed, _turn } = self.0;
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        *committed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}
