//! The policy files: putting new ones in force, and the rows of the built-in roles.

use bailiwick_domain::Facts;
use bailiwick_domain::audit::{Entry, Outcome};
use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::{Lookup, Record, Unit};
use serde_json::json;

use crate::cx::Cx;
use crate::error::AppError;

/// Reads the policy files again and puts them in force, all or nothing; answers their version.
///
/// # Errors
/// Every fault of the files; the policy in force stays.
pub async fn reload_policy(cx: &Cx) -> Result<String, AppError> {
    let policy = cx.app.policies.reload().await.map_err(|error| AppError::Policy(error.0))?;
    sync_built_in_roles(cx, &policy).await?;
    Ok(policy.version().to_owned())
}

/// Makes the rows of the built-in roles say what the policy says: new ones are added, ones that are gone give nothing.
///
/// # Errors
/// Storage.
pub async fn sync_built_in_roles(cx: &Cx, policy: &Policy) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let now = cx.gate.now();
        let rows = Lookup::roles_of(unit, None).await?;
        for role in policy.roles() {
            unit.put_built_in(role.id(), &role.name, &role.description, true, now).await?;
        }
        for gone in rows.iter().filter(|row| row.built_in && policy.role(&row.name).is_none()) {
            unit.put_built_in(gone.id, &gone.name, "no longer described by the policy files", false, now)
                .await?;
        }
        let entry = Entry::deed(
            cx.new_id(),
            &cx.caller,
            &cx.circumstance(),
            &Facts::server(),
            Outcome::Allowed,
            json!({ "policy": policy.version() }),
        );
        Ok(Record::audit(unit, &entry).await?)
    })
    .await
}
