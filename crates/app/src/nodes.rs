//! Nodes: making and changing them, what they let run, and giving them a new secret.

use std::cell::Cell;

use bailiwick_domain::Facts;
use bailiwick_domain::entities::{
    Collaboration, Image, Name, Node, NodePolicy, Organization, Standing, User,
};
use bailiwick_domain::gate::{Edit, Suspend};
use bailiwick_domain::guards;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, NewSecret, Read, Record, RunsOf, Secret, Unit};
use bailiwick_domain::principal::PrincipalId;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::{edit, edit_then};
use crate::error::AppError;
use crate::kept::Kept;
use crate::leaving::end_runs;
use crate::patch::nullable;
use crate::read::Shown;

/// How many users, organizations or images a node's policy names at most.
const MOST_NAMED: usize = 200;

/// What a node lets run; what is left out is not restricted.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewNodePolicy {
    /// The users whose tasks it runs.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Uuid>>))]
    pub users: Option<Vec<Claimed<User>>>,
    /// The organizations whose tasks it runs.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Uuid>>))]
    pub organizations: Option<Vec<Claimed<Organization>>>,
    /// The images that it runs; one that ends with `*` stands for all that begin so.
    pub images: Option<Vec<Image>>,
}

/// A new node.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewNode {
    /// Unique in the organization.
    pub name: Name,
    /// The collaboration that it works in, of which the organization is a member. It never changes, and an organization
    /// has one node in it.
    #[cfg_attr(feature = "schema", schema(value_type = Uuid))]
    pub collaboration_id: Claimed<Collaboration>,
    /// What it lets run.
    #[serde(default)]
    pub policy: NewNodePolicy,
}

/// Changes of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NodePatch {
    /// Unique in the organization.
    pub name: Option<Name>,
    /// What it lets run; `null` for everything.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<NewNodePolicy>))]
    pub policy: Option<Option<NewNodePolicy>>,
}

/// Makes a node of an organization. The secret is shown this once.
///
/// # Errors
/// The denial; a name that is taken; a collaboration that may not be named or has a node of the organization.
pub async fn create_node(
    cx: &Cx,
    organization: Uuid,
    body: NewNode,
) -> Result<(Shown<'_, Node>, Option<Secret>), AppError> {
    let secret = cx.app.auth.new_node_secret();
    let carried_out = Cell::new(false);
    let shown = create(
        cx,
        async |unit: &dyn Unit| {
            let parent = Read::<Organization>::find(unit, organization).await?;
            let permit = cx
                .gate
                .create::<Node, _>(&cx.caller, parent)
                .map_err(|denial| AppError::denied(denial, organization))?;
            let because = permit.because();
            let row = body.collaboration_id.find::<dyn Unit>(unit).await?;
            let into = row.as_ref().map(|row| cx.gate.facts(row).clone());
            let data = Node {
                name: body.name.as_str().to_owned(),
                collaboration_id: into.as_ref().map_or_else(Uuid::nil, |into| into.id),
                status: Standing::Active,
                policy: policy(cx, unit, &body.policy).await?,
                prefix: secret.prefix.clone(),
                secret_hash: secret.hash.clone(),
                last_seen_at: None,
            };
            let new = guards::make_node(&cx.gate, permit, into.as_ref(), cx.new_id(), data)
                .map_err(|refused| AppError::refused(refused, "/collaboration_id", Kind::Collaboration))?;
            let there = Lookup::nodes_in(unit, new.object().data.collaboration_id).await?;
            if there.iter().any(|node| cx.gate.facts(node).lineage.organization == Some(organization)) {
                return Err(AppError::Taken("collaboration_id"));
            }
            Ok(Made { new, because })
        },
        async |_, _| {
            carried_out.set(true);
            Ok(())
        },
    )
    .await?;
    Ok((shown, carried_out.get().then_some(secret.secret)))
}

/// Changes a node.
///
/// # Errors
/// The denial; a name that is taken; users or organizations that may not be named.
pub async fn edit_node(cx: &Cx, id: Uuid, body: NodePatch) -> Result<Shown<'_, Node>, AppError> {
    edit::<Edit, Node>(cx, id, async |unit, granted| {
        let policy = match &body.policy {
            Some(Some(new)) => Some(policy(cx, unit, new).await?),
            Some(None) => Some(NodePolicy::default()),
            None => None,
        };
        Ok(guards::change_node(&cx.gate, granted, |node| {
            if let Some(name) = &body.name {
                node.name = name.as_str().to_owned();
            }
            if let Some(policy) = policy {
                node.policy = policy;
            }
        }))
    })
    .await
}

/// Suspends or wakes a node. Suspending ends its tokens and its open runs.
///
/// # Errors
/// The denial.
pub async fn stand_node(cx: &Cx, id: Uuid, to: Standing) -> Result<Shown<'_, Node>, AppError> {
    edit_then::<Suspend, Node>(
        cx,
        id,
        async |_, granted| Ok(guards::change_node(&cx.gate, granted, |node| node.status = to)),
        async |unit, changed| {
            if to == Standing::Suspended {
                Record::end_machine_tokens(unit, PrincipalId::node(id)).await?;
                let because =
                    cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::Node, &changed.after().facts);
                let because = because.ok_or(AppError::Contention)?;
                end_runs(cx, unit, because, Lookup::open_runs(unit, RunsOf::Node(id)).await?).await?;
            }
            Ok(())
        },
    )
    .await
}

/// Gives a node a new secret, shown this once. The old one and all tokens end at once.
///
/// # Errors
/// The denial; it needs edit on its organization and view on its collaboration.
pub async fn renew_node_secret(cx: &Cx, id: Uuid) -> Result<(Shown<'_, Node>, Secret), AppError> {
    let NewSecret { secret, hash, prefix } = cx.app.auth.new_node_secret();
    let shown = edit_then::<Edit, Node>(
        cx,
        id,
        async |unit, granted| {
            let facts = |row: Option<Facts>| row.unwrap_or_else(Facts::server);
            let home = granted.facts().lineage.organization.unwrap_or_default();
            let organization = Read::<Organization>::find(unit, home).await?;
            let collaboration = Read::<Collaboration>::find(unit, granted.data().collaboration_id).await?;
            let organization = facts(organization.map(|row| cx.gate.facts(&row).clone()));
            let collaboration = facts(collaboration.map(|row| cx.gate.facts(&row).clone()));
            Ok(guards::renew_node(&cx.gate, granted, &organization, &collaboration, &hash, &prefix)?)
        },
        async |unit, _| Ok(Record::end_machine_tokens(unit, PrincipalId::node(id)).await?),
    )
    .await?;
    Ok((shown, secret))
}

/// Ends all open runs that a node executes. It needs that the caller may send events about the node.
///
/// # Errors
/// The denial.
pub async fn kill_node_runs(cx: &Cx, id: Uuid) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Node>::find(unit, id).await?;
        let because = cx.may_send(Kind::Node, row.as_ref().map(|row| cx.gate.facts(row)), id)?;
        end_runs(cx, unit, because, Lookup::open_runs(unit, RunsOf::Node(id)).await?).await
    })
    .await
}

/// What a node lets run, with every user and organization that it names looked up for this caller.
async fn policy(cx: &Cx, unit: &dyn Unit, new: &NewNodePolicy) -> Result<NodePolicy, AppError> {
    let users = match &new.users {
        None => None,
        Some(claimed) => Some(named(cx, unit, claimed, Kind::User, "/policy/users").await?),
    };
    let organizations = match &new.organizations {
        None => None,
        Some(claimed) => Some(named(cx, unit, claimed, Kind::Organization, "/policy/organizations").await?),
    };
    let images =
        new.images.as_ref().map(|images| images.iter().map(|image| image.as_str().to_owned()).collect());
    few(new.images.as_deref(), "/policy/images")?;
    Ok(NodePolicy { users, organizations, images })
}

async fn named<T: Kept>(
    cx: &Cx,
    unit: &dyn Unit,
    claimed: &[Claimed<T>],
    kind: Kind,
    pointer: &str,
) -> Result<Vec<Uuid>, AppError> {
    few(Some(claimed), pointer)?;
    let mut ids = Vec::with_capacity(claimed.len());
    for (at, claim) in claimed.iter().enumerate() {
        let row = claim.find(T::read(unit)).await?;
        let seen = row.filter(|row| cx.gate.may_view(&cx.caller, cx.gate.facts(row)));
        ids.push(seen.ok_or_else(|| AppError::unknown(&format!("{pointer}/{at}"), kind))?.id());
    }
    Ok(ids)
}

fn few<T>(list: Option<&[T]>, pointer: &str) -> Result<(), AppError> {
    match list {
        Some(list) if list.len() > MOST_NAMED => {
            Err(AppError::invalid(pointer, format!("at most {MOST_NAMED}")))
        }
        _ => Ok(()),
    }
}
