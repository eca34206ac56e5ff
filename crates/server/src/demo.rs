//! The demo world: three organizations, two of them in a collaboration, people with different roles.

use std::sync::Arc;

use anyhow::bail;
use bailiwick_app::{App, Cx, accounts, world};
use bailiwick_domain::ports::{Lookup, Secret};

/// The world, as `bailiwick apply` reads it.
const WORLD: &str = include_str!("demo.yaml");

/// The password of everybody in it. The demo listens on this machine alone and its database goes when it stops.
pub const PASSWORD: &str = "try-bailiwick";

/// Who can sign in, and what they are.
const PEOPLE: &[(&str, &str)] = &[
    ("north-clinic/ada", "root at the server"),
    ("north-clinic/ben", "owner of north-clinic"),
    ("north-clinic/cleo", "annotator in ct-scans: sees her own tasks and nothing else"),
    ("south-clinic/dan", "owner of south-clinic"),
    ("south-clinic/eva", "reviewer in north-clinic/ct-scans, which both clinics share"),
    ("open-lab/finn", "editor in open-lab; open-lab/atlas is public"),
];

/// Fills an empty store with the demo world; tells who can sign in and what to try.
///
/// # Errors
/// Storage.
pub async fn fill(app: &Arc<App>) -> anyhow::Result<Option<String>> {
    if !Lookup::is_empty(&*app.store).await? {
        bail!("the demo needs an empty database");
    }
    let cx = Cx::operator(app.clone(), "demo");
    let file = world::parse(WORLD, "demo.yaml").map_err(|errors| anyhow::anyhow!(errors.join("\n")))?;
    world::apply(&cx, &file, world::Options { prune: false }).await?;
    for (login, _) in PEOPLE {
        let Some((organization, username)) = login.split_once('/') else {
            bail!("{login} has no organization")
        };
        if !accounts::set_password(&cx, organization, username, &Secret::new(PASSWORD)).await? {
            bail!("the demo world has no {login}");
        }
    }
    Ok(Some(told()))
}

fn told() -> String {
    let people: String = PEOPLE.iter().map(|(login, about)| format!("  {login:<20} {about}\n")).collect();
    format!(
        "\nA demo world is in place. Everybody's password is `{PASSWORD}`:\n\n{people}\n\
         Three things to try:\n\n\
         1. What anybody sees without signing in (one project is public):\n   \
            curl http://{{address}}/api/v1/projects\n\
         2. Sign in, and see what the annotator sees:\n   \
            TOKEN=$(curl -s http://{{address}}/api/v1/auth/tokens -H 'Content-Type: application/json' \\\n     \
            -d '{{\"username\": \"north-clinic/cleo\", \"password\": \"{PASSWORD}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')\n   \
            curl -H \"Authorization: Bearer $TOKEN\" http://{{address}}/api/v1/tasks\n\
         3. Ask why:\n   \
            curl -H \"Authorization: Bearer $TOKEN\" 'http://{{address}}/api/v1/authz/explain?operation=view&kind=project&id=PROJECT'\n"
    )
}
