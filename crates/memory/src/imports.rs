//! Imports of files into sources.

use async_trait::async_trait;
use bailiwick_domain::ports::{Import, ImportLookup, ImportRecord, StoreError};
use uuid::Uuid;

use crate::{Cell, Memory, Working};

#[async_trait]
impl<C: Cell> ImportLookup for Memory<C> {
    async fn import_of(&self, source: Uuid) -> Result<Option<Import>, StoreError> {
        Ok(self.0.with(|state| state.imports.get(&source).cloned()))
    }

    async fn due_import(&self) -> Result<Option<Import>, StoreError> {
        Ok(self.0.with(|state| {
            let under_way = state.imports.values().filter(|import| import.status.is_under_way());
            under_way.min_by_key(|import| (import.updated_at, import.source_id)).cloned()
        }))
    }
}

#[async_trait]
impl ImportRecord for Memory<Working> {
    async fn begin_import(&self, import: &Import) -> Result<(), StoreError> {
        self.change(|state| {
            if !state.sources.contains_key(&import.source_id) {
                return Err(StoreError::Stale);
            }
            state.imports.insert(import.source_id, import.clone());
            Ok(())
        })
    }

    async fn save_import(&self, import: &Import) -> Result<(), StoreError> {
        self.change(|state| {
            let stored = state.imports.get_mut(&import.source_id).ok_or(StoreError::Stale)?;
            if (stored.id, stored.version) != (import.id, import.version) {
                return Err(StoreError::Stale);
            }
            *stored = Import { version: import.version + 1, ..import.clone() };
            Ok(())
        })
    }
}
