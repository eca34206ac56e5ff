//! Databases for one run.

use anyhow::ensure;
use sea_orm::{ConnectionTrait, Database};
use tokio::runtime;

/// A fresh database on a server whose address has `{}` where a database's name goes; answers its address.
///
/// # Errors
/// The server can't be reached.
pub fn fresh(server: &str) -> anyhow::Result<String> {
    const NAME: &str = "bailiwick_bench";
    ensure!(server.contains("{}"), "the address of a server has {{}} where the name of a database goes");
    let home = if server.starts_with("postgres") { "postgres" } else { "mysql" };
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let connection = Database::connect(server.replace("{}", home)).await?;
        connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {NAME}")).await?;
        connection.execute_unprepared(&format!("CREATE DATABASE {NAME}")).await?;
        connection.close().await?;
        anyhow::Ok(())
    })?;
    Ok(server.replace("{}", NAME))
}
