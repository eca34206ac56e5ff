//! The policy in force. It is kept in storage, for every server on it; each server's files are where it comes from.

use bailiwick_domain::Facts;
use bailiwick_domain::audit::{Entry, Outcome};
use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::{Lookup, PolicyError, PolicyText, Record, StoreError, Unit};
use serde_json::json;

use crate::cx::{App, Cx};
use crate::error::AppError;

/// Reads the policy files again and puts them in force on every server, all or nothing; answers their version.
///
/// # Errors
/// Every fault of the files; the policy in force stays.
pub async fn reload_policy(cx: &Cx) -> Result<String, AppError> {
    let text = cx.app.policies.read().await.map_err(refused)?;
    let policy = cx.app.policies.compile(&text).await.map_err(refused)?;
    cx.write(async |unit: &dyn Unit| put_in_force(cx, unit, &text, &policy).await).await?;
    cx.app.policies.enforce(policy);
    Ok(text.version)
}

/// What a server does when it starts: its files are put in force, unless they were in force before and have been
/// replaced since. Answers the version in force.
///
/// # Errors
/// Faults of the files, or of the policy in force; storage.
pub async fn begin_policy(cx: &Cx) -> Result<String, AppError> {
    let text = cx.app.policies.read().await.map_err(refused)?;
    let policy = cx.app.policies.compile(&text).await.map_err(refused)?;
    // Another server may replace the policy meanwhile: what is in force is read by the unit that puts these in force.
    let kept = cx
        .write(async |unit: &dyn Unit| {
            let in_force = Lookup::policy_in_force(unit).await?;
            if let Some(kept) = in_force.filter(|kept| kept.version != text.version)
                && Lookup::knows_policy(unit, &text.version).await?
            {
                return Ok(Some(kept));
            }
            put_in_force(cx, unit, &text, &policy).await.map(|()| None)
        })
        .await?;
    let Some(kept) = kept else {
        cx.app.policies.enforce(policy);
        return Ok(text.version);
    };
    tracing::warn!(
        files = %text.version,
        in_force = %kept.version,
        "the policy files of this server have been replaced by others, which stay in force; \
         reload the policy to put these back"
    );
    follow(&cx.app, &kept).await?;
    Ok(kept.version)
}

/// Takes over the policy that another server has put in force.
///
/// # Errors
/// This server can't understand it; storage.
pub async fn follow_policy(app: &App) -> Result<(), AppError> {
    match Lookup::policy_in_force(&*app.store).await? {
        Some(kept) if kept.version != app.policies.current().version() => follow(app, &kept).await,
        _ => Ok(()),
    }
}

async fn follow(app: &App, kept: &PolicyText) -> Result<(), AppError> {
    let policy = app.policies.compile(kept).await.map_err(|error| {
        tracing::error!(version = %kept.version, %error, "the policy in force can't be understood here");
        StoreError::Corrupt("the policy in force can't be understood by this server".to_owned())
    })?;
    app.policies.enforce(policy);
    tracing::info!(version = %kept.version, "took over the policy in force");
    Ok(())
}

/// Makes the rows of the built-in roles say what the policy says: new ones are added, ones that are gone give nothing.
async fn put_in_force(cx: &Cx, unit: &dyn Unit, text: &PolicyText, policy: &Policy) -> Result<(), AppError> {
    let now = cx.gate.now();
    unit.put_policy(text, now).await?;
    let rows = Lookup::roles_of(unit, &[]).await?;
    for role in policy.roles() {
        unit.put_built_in(role.id(), &role.name, &role.description, true, now).await?;
    }
    for gone in rows.iter().filter(|row| row.built_in && policy.role(&row.name).is_none()) {
        unit.put_built_in(gone.id, &gone.name, "no longer described by the policy files", false, now).await?;
    }
    let entry = Entry::deed(
        cx.new_id(),
        &cx.caller,
        &cx.circumstance(),
        &Facts::server(),
        Outcome::Allowed,
        json!({ "policy": text.version }),
    );
    Ok(Record::audit(unit, &entry).await?)
}

fn refused(error: PolicyError) -> AppError {
    AppError::Policy(error.0)
}
