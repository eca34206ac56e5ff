//! The harness of the black box tests: a whole server in this process, on a real socket, spoken to by a real HTTP
//! client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

pub mod actor;
pub mod cases;
pub mod kinds;
pub mod post;
pub mod rows;
pub mod site;
pub mod stage;

pub use actor::{Actor, Answer};
pub use kinds::{KINDS, collection};
pub use post::Postbox;
pub use site::{Site, Storage};
pub use stage::{Ids, Player, Stage};

/// Runs each of these tests on every storage: `on_every_storage!(logout_is_real, login_rotates);`
#[macro_export]
macro_rules! on_every_storage {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Storage::Memory).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Storage::Sqlite).await;
            })*
        }
    };
}

/// Runs each of these tests on database servers too, where the feature is on: `on_servers!(logout_is_real);`
#[macro_export]
macro_rules! on_servers {
    ($($name:ident),* $(,)?) => {
        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Storage::Postgres).await;
            })*
        }
        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Storage::MySql).await;
            })*
        }
    };
}
