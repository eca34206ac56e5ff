//! Client apps. The sessions that were begun through one go with it.

use bailiwick_domain::entities::{ClientApp, Standing};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use super::api_key::old_secret;
use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for ClientApp {
    const TABLE: &'static str = "client_apps";
    const LEVELS: &'static [Level] = &[];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "description",
        "status",
        "registration",
        "default_role_id",
        "prefix",
        "secret_hash",
        "old_secret_hash",
        "old_secret_expires_at",
    ];
    const NAMES: &'static [Names] = &[Names::Maker];
    // All that was issued for it hangs on it.
    const CONCERNS: Concerns = Concerns::Everybody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            status: cells.word(Standing::from_word)?,
            registration: cells.next()?,
            default_role_id: cells.next()?,
            prefix: cells.text()?,
            secret_hash: cells.text()?,
            old_secret: old_secret(cells)?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self {
            name,
            description,
            status,
            registration,
            default_role_id,
            prefix,
            secret_hash,
            old_secret,
        } = &object.data;
        let old = old_secret.as_ref();
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("status", status.word().into()),
            ("registration", (*registration).into()),
            ("default_role_id", (*default_role_id).into()),
            ("prefix", prefix.as_str().into()),
            ("secret_hash", secret_hash.as_str().into()),
            ("old_secret_hash", old.map(|old| old.hash.as_str()).into()),
            ("old_secret_expires_at", old.map(|old| micros(old.expires_at)).into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("sessions", "client_app_id", ids)]
    }
}
