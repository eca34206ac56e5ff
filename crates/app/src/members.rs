//! Members: everybody who holds a grant in a project or an organization, and taking one out of it.

use bailiwick_domain::entities::{ApiKey, Grant, User};
use bailiwick_domain::gate::Delete;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Read, Unit};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::{Anchor, guards};
use uuid::Uuid;

use crate::cx::Cx;
use crate::delete::delete_in;
use crate::edit::store;
use crate::error::AppError;
use crate::kept::Kept;
use crate::users::standing;

/// Takes a user out of a project or an organization: every grant inside it, every key there that acts for them, every
/// task there that they work on or look at, in one unit. What they made stays, under their name.
///
/// # Errors
/// The denial; a grant or a key that the caller may not take away; nobody who is a member there.
pub async fn remove_member<P: Kept>(cx: &Cx, place: Uuid, member: Claimed<User>) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = P::read(unit).find(place).await?;
        let facts = row.as_ref().map(|row| cx.gate.facts(row).clone());
        let anchor = facts.as_ref().and_then(bailiwick_domain::Facts::anchor);
        // Taking grants away there is what it needs: who may not is answered as for a grant.
        let (Some(facts), Some(anchor)) = (facts, anchor) else {
            return Err(AppError::denied(cx.gate.absent(&cx.caller, Operation::Delete, Kind::Grant), place));
        };
        let Some(because) = cx.gate.rules_allow(&cx.caller, Operation::Delete, Kind::Grant, &facts) else {
            let denial = cx.gate.missing(&cx.caller, Operation::Delete, Kind::Grant, &facts);
            return Err(AppError::denied(denial, place));
        };
        let user = member.find::<dyn Unit>(unit).await?.map(|user| user.id());
        // Whoever is no member there is not found there.
        let nobody = || AppError::denied(cx.gate.absent(&cx.caller, Operation::Delete, Kind::Grant), place);
        let user = user.ok_or_else(nobody)?;
        let mut found = 0;
        for key in Read::<ApiKey>::inside(unit, anchor).await? {
            if cx.gate.facts(&key).maker != Some(PrincipalId::user(user)) {
                continue;
            }
            let granted = cx.gate.open::<Delete, ApiKey>(&cx.caller, Some(key))?;
            delete_in(cx, unit, granted, true).await?;
            found += 1;
        }
        for grant in standing(unit, PrincipalId::user(user)).await?.grants {
            if !is_inside(&grant.at, anchor) {
                continue;
            }
            let Some(row) = Read::<Grant>::find(unit, grant.grant).await? else { continue };
            let granted = cx.gate.open::<Delete, Grant>(&cx.caller, Some(row))?;
            delete_in(cx, unit, granted, false).await?;
            found += 1;
        }
        for task in Lookup::work_of(unit, user, anchor).await? {
            let back = guards::take_back(task, user, cx.gate.now());
            store(cx, unit, because, &back).await?;
            found += 1;
        }
        if found == 0 {
            return Err(nobody());
        }
        Ok(())
    })
    .await
}

fn is_inside(at: &bailiwick_domain::Facts, anchor: Anchor) -> bool {
    at.lineage.is_inside(anchor)
}
