//! The demo world: three organizations, two of them in a collaboration, people with different roles.

use std::sync::Arc;

use anyhow::{Context, bail};
use bailiwick_app::{App, Cx, Kept, accounts, read, world};
use bailiwick_domain::entities::{Project, User};
use bailiwick_domain::page::{Filter, Query};
use bailiwick_domain::ports::{Lookup, Secret};

/// The world, as `bailiwick apply` reads it.
const WORLD: &str = include_str!("demo.yaml");

/// The password of everybody in it. The demo listens on this machine alone and its database goes when it stops.
pub const PASSWORD: &str = "try-bailiwick";

/// Who can sign in, and what they are.
const PEOPLE: &[(&str, &str)] = &[
    ("north-clinic/ada", "root at the server"),
    ("north-clinic/ben", "owner of north-clinic"),
    ("north-clinic/cleo", "annotator in ct-scans: sees her own tasks there, and what is public"),
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
        bail!("the demo needs an empty database; one in which it was made before is served without `--demo`");
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
    Ok(Some(told(&cx).await?))
}

async fn told(cx: &Cx) -> anyhow::Result<String> {
    let people: String = PEOPLE.iter().map(|(login, about)| format!("  {login:<20} {about}\n")).collect();
    let payroll = id_of::<Project>(cx, "payroll").await?;
    let cleo = id_of::<User>(cx, "cleo").await?;
    let token = |user: &str| {
        format!(
            "TOKEN=$(curl -s http://{{address}}/api/v1/auth/tokens -H 'Content-Type: application/json' \\\n     \
             -d '{{\"username\": \"{user}\", \"password\": \"{PASSWORD}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')"
        )
    };
    Ok(format!(
        "\nA demo world is in place. Everybody's password is `{PASSWORD}`:\n\n{people}\n\
         Three things to try:\n\n\
         1. What anybody sees without signing in (one project is public):\n   \
            curl http://{{address}}/api/v1/projects\n\
         2. What the annotator sees: the two scans that she works on, and the public plates:\n   \
            {}\n   \
            curl -H \"Authorization: Bearer $TOKEN\" http://{{address}}/api/v1/tasks\n\
         3. Ask, as root, why she can't see the payroll:\n   \
            {}\n   \
            curl -H \"Authorization: Bearer $TOKEN\" \\\n     \
            'http://{{address}}/api/v1/authz/explain?operation=view&kind=project&id={payroll}&principal_id={cleo}'\n",
        token("north-clinic/cleo"),
        token("north-clinic/ada"),
    ))
}

/// The id of the object of this name; the demo world has one of each that it is asked for.
async fn id_of<T: Kept>(cx: &Cx, name: &str) -> anyhow::Result<String> {
    let query = Query { filters: vec![Filter::NameContains(name.to_owned())], ..Query::default() };
    let found = read::list::<T>(cx, query).await?;
    let object = found.items.iter().find(|item| item.data().name() == name);
    Ok(object.with_context(|| format!("the demo world has no {name}"))?.id().to_string())
}
