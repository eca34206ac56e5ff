//! Users whom the caller may name without viewing them: candidates for a grant at a place.

use std::collections::HashMap;

use bailiwick_domain::Operation;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::guards::candidate_homes;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Lookup, Unit};
use uuid::Uuid;

use super::file::{Spot, organization_of};
use super::known::Known;
use crate::cx::Cx;
use crate::error::AppError;

/// A user by id and name alone.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub id: Uuid,
    pub home: Uuid,
}

/// A user who is named for a place.
pub struct Question<'f> {
    pub spot: &'f Spot<String>,
    pub field: &'static str,
    pub at: String,
}

/// Those of these users who are candidates at the place that they are named for.
///
/// # Errors
/// Storage.
pub async fn find_candidates(
    cx: &Cx,
    unit: &dyn Unit,
    known: &Known,
    questions: &[Question<'_>],
) -> Result<HashMap<String, Candidate>, AppError> {
    let mut found = HashMap::new();
    for Question { spot, at, .. } in questions {
        let user = spot.value.as_str();
        // Who is viewable and still in question is to be removed.
        let Some(place) = known.place(at).filter(|_| !known.users.contains_key(user)) else { continue };
        if let Some(candidate) = candidate(cx, unit, &place.facts(), user).await? {
            found.insert(user.to_owned(), candidate);
        }
    }
    Ok(found)
}

async fn candidate(cx: &Cx, unit: &dyn Unit, at: &Facts, user: &str) -> Result<Option<Candidate>, AppError> {
    const MOST: usize = 1_000;
    if cx.gate.rules_allow(&cx.caller, Operation::Create, Kind::Grant, at).is_none() {
        return Ok(None);
    }
    let (organization, username) = (organization_of(user), user.rsplit('/').next().unwrap_or(user));
    for home in homes(unit, at).await? {
        let near = Lookup::near(unit, Kind::Organization, home).await?;
        if near.is_some_and(|near| &*near.name == organization) {
            let named = unit.candidates(&[home], username, MOST).await?;
            return Ok(named
                .into_iter()
                .find(|(_, name)| name == username)
                .map(|(id, _)| Candidate { id, home }));
        }
    }
    Ok(None)
}

/// Whether a user at home there is a candidate at a place.
///
/// # Errors
/// Storage.
pub async fn is_candidate(cx: &Cx, unit: &dyn Unit, at: &Facts, home: Uuid) -> Result<bool, AppError> {
    let may_grant = cx.gate.rules_allow(&cx.caller, Operation::Create, Kind::Grant, at).is_some();
    Ok(may_grant && homes(unit, at).await?.contains(&home))
}

async fn homes(unit: &dyn Unit, at: &Facts) -> Result<Vec<Uuid>, AppError> {
    let members = match at.collaboration {
        Some(shared) => unit.members(shared).await?,
        None => Vec::new(),
    };
    Ok(candidate_homes(at, &members).into_vec())
}
