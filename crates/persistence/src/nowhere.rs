//! In place of `here`, where no database reads on the thread that asks.

use sea_orm::Statement;

use crate::row::Row;

/// There is none.
#[derive(Debug)]
pub enum Here {}

impl Here {
    pub const fn of(_url: &str) -> Option<Self> {
        None
    }

    pub const fn rows(&self, _statement: &Statement) -> Option<Vec<Row>> {
        match *self {}
    }

    pub const fn close(&self) {
        match *self {}
    }
}
