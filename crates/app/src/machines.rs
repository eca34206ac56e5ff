//! Tokens of nodes and containers.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::entities::Run;
use bailiwick_domain::gate::{Edit, Gate};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{AuthError, MachinePair, MachineToken, Read, Record, Secret, Unit};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::reason::Guard;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::{ask, note};
use crate::cx::Cx;
use crate::error::AppError;

/// A token for a node that proves itself by its secret.
///
/// # Errors
/// It is not good; storage.
pub async fn issue_node_token(cx: &Cx, node: Uuid, secret: &Secret) -> Result<MachinePair, AppError> {
    let pair =
        ask(async || cx.app.auth.issue_node_token(node, secret, cx.policy(), cx.gate.now()).await).await;
    let (identity, outcome) = match &pair {
        Ok(pair) => (Some(&pair.identity), Outcome::Allowed),
        Err(AuthError::NotGood) => (None, Outcome::Denied),
        Err(_) => return Ok(pair?),
    };
    let reason = json!({ "sign_in": "node", "node": node });
    cx.write(async |unit: &dyn Unit| note(cx, unit, identity, outcome, reason.clone()).await).await?;
    Ok(pair?)
}

/// A token for the container of a run, for the node that executes it. One that was asked for before ends.
///
/// # Errors
/// The denial; the run has ended.
pub async fn issue_container_token(cx: &Cx, run: Uuid) -> Result<(Secret, MachineToken), AppError> {
    let (token, stored) = cx.app.auth.new_container_token(run, cx.gate.now());
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Run>::find(unit, run).await?;
        let opened = cx.gate.open::<Edit, Run>(&cx.caller, row);
        let granted = opened.map_err(|denial| AppError::unknown_or_denied(denial, "/run_id", Kind::Run))?;
        if !granted.data().status.is_open() || !guards::is_executor(&cx.caller, granted.facts()) {
            return Err(Gate::guarded(Guard::Transition, Operation::Edit, Kind::Run, granted.facts()).into());
        }
        Record::end_machine_tokens(unit, PrincipalId::container(run)).await?;
        Record::add_machine_token(unit, &stored).await?;
        note(cx, unit, cx.identity.as_deref(), Outcome::Allowed, json!({ "container_token": run })).await
    })
    .await?;
    Ok((token, stored))
}

/// Ends the tokens of the node or container that a token belongs to; a token of none changes nothing.
///
/// # Errors
/// Storage.
pub async fn revoke_machine_token(cx: &Cx, token: &Secret) -> Result<(), AppError> {
    match cx.app.auth.machine_of_token(token).await.map_err(AppError::from)? {
        Some(principal) => {
            cx.write(async |unit: &dyn Unit| Ok(Record::end_machine_tokens(unit, principal).await?)).await
        }
        None => Ok(()),
    }
}
