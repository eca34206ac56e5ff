//! The schema's changes, one a file, in order. A file that has been released never changes.

use sea_orm_migration::sea_orm::{DbErr, EntityTrait, QueryOrder};
use sea_orm_migration::{IntoSchemaManagerConnection, MigrationTrait, SchemaManager, seaql_migrations};

pub use sea_orm_migration::MigratorTrait;

mod columns;
mod m0001_organizations;
mod m0002_collaborations;
mod m0003_users;
mod m0004_roles;
mod m0005_projects;
mod m0006_jobs;
mod m0007_tasks;
mod m0008_api_keys;
mod m0009_grants;
mod m0010_audit_events;
mod m0011_outbox;
mod m0012_sessions;
mod m0013_idempotency_keys;
mod m0014_settings;
mod m0015_stamps;
mod m0016_machines;
mod m0017_nodes;
mod m0018_runs;
mod m0019_proposals;
mod m0020_proved_addresses;
mod m0021_invitations;
mod m0022_people;
mod m0023_work;
mod m0024_api_keys;
mod m0025_client_apps;
mod m0026_sources;
mod m0027_imports;
mod m0028_made_at_home;

/// All changes.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_organizations::Migration),
            Box::new(m0002_collaborations::Migration),
            Box::new(m0003_users::Migration),
            Box::new(m0004_roles::Migration),
            Box::new(m0005_projects::Migration),
            Box::new(m0006_jobs::Migration),
            Box::new(m0007_tasks::Migration),
            Box::new(m0008_api_keys::Migration),
            Box::new(m0009_grants::Migration),
            Box::new(m0010_audit_events::Migration),
            Box::new(m0011_outbox::Migration),
            Box::new(m0012_sessions::Migration),
            Box::new(m0013_idempotency_keys::Migration),
            Box::new(m0014_settings::Migration),
            Box::new(m0015_stamps::Migration),
            Box::new(m0016_machines::Migration),
            Box::new(m0017_nodes::Migration),
            Box::new(m0018_runs::Migration),
            Box::new(m0019_proposals::Migration),
            Box::new(m0020_proved_addresses::Migration),
            Box::new(m0021_invitations::Migration),
            Box::new(m0022_people::Migration),
            Box::new(m0023_work::Migration),
            Box::new(m0024_api_keys::Migration),
            Box::new(m0025_client_apps::Migration),
            Box::new(m0026_sources::Migration),
            Box::new(m0027_imports::Migration),
            Box::new(m0028_made_at_home::Migration),
        ]
    }
}

/// The names of all changes, in order.
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// The names of the changes that a database has gone through, in order; also those that this version does not
/// know. Changes nothing.
///
/// # Errors
/// The database's.
pub async fn applied<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, DbErr> {
    let manager = SchemaManager::new(db);
    if !manager.has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let all = seaql_migrations::Entity::find().order_by_asc(seaql_migrations::Column::Version);
    let done = all.all(manager.get_connection()).await?;
    Ok(done.into_iter().map(|done| done.version).collect())
}
