//! Deleting: refused while dependents remain, unless the caller asks for them to go too and may delete each.

use bailiwick_domain::audit::Entry;
use bailiwick_domain::entities::{
    Annotation, ApiKey, ClientApp, Collaboration, Comment, Grant, Invitation, Job, Node, Organization,
    Project, Role, Run, Task, User,
};
use bailiwick_domain::facts::{Anchor, Facts, Level};
use bailiwick_domain::gate::{Delete, Denied, Granted};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Removed, Unguarded};
use bailiwick_domain::ports::{Lookup, Read, RunsOf, Unit};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Because, Gate, Sealed};
use uuid::Uuid;

mod work;

use crate::cx::Cx;
use crate::edit::check_version;
use crate::error::AppError;
use crate::grants::{held_grant, receiver_of};
use crate::kept::Writable;
use crate::leaving::{follow_runs, leave, lose_node};
use crate::roles::{Graph, grants_through, settle_closures};
use crate::rooted::Rooted;
use crate::users::standing;
use work::{clear_things, clear_work};

/// A kind that can be deleted: what its guards say, and what hangs under it.
#[expect(async_fn_in_trait, reason = "used inside this crate and by handlers that stay on their thread")]
pub trait Deletable: Writable {
    /// The permit to remove it, once its guards have been asked.
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError>;

    /// What follows when it is gone.
    async fn follow(cx: &Cx, unit: &dyn Unit, because: Because<'_>, gone: &Facts) -> Result<(), AppError> {
        let _ = (cx, unit, because, gone);
        Ok(())
    }

    /// Removes what hangs under it. Called only when the caller asked for that.
    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        let _ = (cx, unit, of);
        Ok(())
    }
}

/// Deletes an object; with `cascade`, what hangs under it too.
///
/// # Errors
/// The denial; dependents that remain; a version that has moved on; the last root would go.
pub async fn delete<T: Deletable>(cx: &Cx, id: Uuid, cascade: bool) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = T::read(unit).find(id).await?;
        let granted = match cx.gate.open::<Delete, T>(&cx.caller, row) {
            Ok(granted) => granted,
            Err(denial) => {
                if let (Denied::Guarded(_), Some(facts)) = (&denial.answer, &denial.facts) {
                    Rooted::must_stay_without(&cx.gate, unit, Operation::Delete, facts).await?;
                }
                return Err(AppError::denied(denial, id));
            }
        };
        check_version(cx, granted.object().version)?;
        delete_in(cx, unit, granted, cascade).await
    })
    .await
}

/// Deletes an object that has been opened in this unit; with `cascade`, what hangs under it too.
pub(crate) async fn delete_in<T: Deletable>(
    cx: &Cx,
    unit: &dyn Unit,
    granted: Granted<'_, Delete, T>,
    cascade: bool,
) -> Result<(), AppError> {
    let because = granted.because();
    let facts = granted.facts().clone();
    if facts.built_in || matches!(T::KIND, Kind::Organization | Kind::User | Kind::Grant) {
        Rooted::must_stay_without(&cx.gate, unit, Operation::Delete, &facts).await?;
    }
    let removed = T::clear(cx, unit, granted).await?;
    let circumstance = cx.circumstance();
    let along = going_along(unit, &facts).await?;
    let gone = |grant| Entry::gone_along(cx.new_id(), &cx.caller, &circumstance, because, grant);
    unit.record_all(&along.iter().map(gone).collect::<Vec<_>>(), &[]).await?;
    let dependents = unit.dependents(&facts).await?;
    if !dependents.is_empty() {
        if !cascade {
            return Err(AppError::Dependents(dependents));
        }
        T::clear_dependents(cx, unit, &facts).await.map_err(|error| match error {
            // Of what the caller may not delete, the answer tells kinds and numbers, and no more.
            AppError::Denied { .. } => AppError::Dependents(dependents),
            other => other,
        })?;
        let remain = unit.dependents(&facts).await?;
        if !remain.is_empty() {
            return Err(AppError::Dependents(remain));
        }
    }
    remove(cx, unit, because, vec![removed]).await?;
    T::follow(cx, unit, because, &facts).await
}

/// The grants that go with an object: of what is a place, those inside it; of a principal, those that it holds. An
/// organization's and a role's are dependents, which are deleted one by one.
async fn going_along(unit: &dyn Unit, of: &Facts) -> Result<Vec<Sealed<Grant>>, AppError> {
    if matches!(of.kind, Kind::Project | Kind::Job | Kind::Task)
        && let Some(anchor) = of.anchor()
    {
        return Ok(Read::<Grant>::inside(unit, anchor).await?);
    }
    let principal = PrincipalKind::ALL.iter().find(|principal| principal.kind() == of.kind);
    let Some(&kind) = principal else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for grant in standing(unit, PrincipalId { kind, id: of.id }).await?.grants {
        found.extend(Read::<Grant>::find(unit, grant.grant).await?);
    }
    Ok(found)
}

async fn remove<T: Writable>(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    removed: Vec<Removed<T>>,
) -> Result<(), AppError> {
    T::write(unit).remove(&removed).await?;
    cx.record_all(unit, removed.iter().map(|gone| (because, Some(gone.object()), None))).await
}

/// Removes every `T` of these, if the caller may delete each.
async fn clear_all<T: Deletable>(cx: &Cx, unit: &dyn Unit, rows: Vec<Sealed<T>>) -> Result<(), AppError> {
    let mut because = None;
    let mut removed = Vec::with_capacity(rows.len());
    for row in rows {
        let granted = cx.gate.open::<Delete, T>(&cx.caller, Some(row))?;
        because.get_or_insert(granted.because());
        removed.push(T::clear(cx, unit, granted).await?);
    }
    match because {
        Some(because) => remove(cx, unit, because, removed).await,
        None => Ok(()),
    }
}

/// Removes every `T` inside the object's place, if the caller may delete each.
async fn clear_inside<T: Deletable>(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
    let Some(anchor) = of.anchor() else { return Ok(()) };
    let rows = T::read(unit).inside(anchor).await?;
    clear_all(cx, unit, rows).await
}

async fn unguarded<T: Unguarded>(granted: Granted<'_, Delete, T>) -> Result<Removed<T>, AppError> {
    Ok(granted.remove())
}

impl Deletable for Task {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        unguarded(granted).await
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        let subtasks = unit.subtasks(of.id).await?;
        for task in std::iter::once(of.id).chain(subtasks.iter().map(Sealed::id)) {
            clear_all(cx, unit, Lookup::runs(unit, RunsOf::Task(task)).await?).await?;
            let at = Anchor::at(Level::Task, task);
            clear_all(cx, unit, Read::<Annotation>::inside(unit, at).await?).await?;
            clear_all(cx, unit, Read::<Comment>::inside(unit, at).await?).await?;
        }
        clear_all(cx, unit, subtasks).await
    }
}

impl Deletable for Job {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        unguarded(granted).await
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        clear_work(cx, unit, of).await
    }
}

impl Deletable for Project {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        unguarded(granted).await
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        clear_work(cx, unit, of).await?;
        clear_inside::<Job>(cx, unit, of).await?;
        clear_things(cx, unit, of).await?;
        clear_inside::<ApiKey>(cx, unit, of).await
    }
}

impl Deletable for Organization {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        if !Rooted::of(&cx.gate, unit).await?.spared(&cx.gate, &cx.caller, granted.id()) {
            return Err(
                Gate::guarded(Guard::Rank, Operation::Delete, Kind::Organization, granted.facts()).into()
            );
        }
        unguarded(granted).await
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        clear_work(cx, unit, of).await?;
        clear_inside::<Job>(cx, unit, of).await?;
        clear_things(cx, unit, of).await?;
        clear_inside::<ApiKey>(cx, unit, of).await?;
        clear_inside::<Project>(cx, unit, of).await?;
        clear_inside::<Node>(cx, unit, of).await?;
        clear_inside::<Grant>(cx, unit, of).await?;
        clear_inside::<Role>(cx, unit, of).await?;
        clear_inside::<User>(cx, unit, of).await
    }
}

impl Deletable for Run {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        Ok(guards::remove_run(granted))
    }

    async fn follow(cx: &Cx, unit: &dyn Unit, because: Because<'_>, gone: &Facts) -> Result<(), AppError> {
        match gone.lineage.task {
            Some(task) => follow_runs(cx, unit, because, task).await,
            None => Ok(()),
        }
    }
}

impl Deletable for Node {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        lose_node(cx, unit, granted.because(), granted.id()).await?;
        Ok(guards::remove_node(granted))
    }
}

impl Deletable for Collaboration {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        Ok(guards::remove_collaboration(granted))
    }

    /// Its members leave it.
    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        let because = cx.gate.rules_allow(&cx.caller, Operation::Delete, Kind::Collaboration, of);
        let because = because.ok_or(AppError::Contention)?;
        for &member in &of.homes {
            leave(cx, unit, because, member, of.id).await?;
        }
        Ok(())
    }
}

impl Deletable for User {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        let standing = standing(unit, PrincipalId::user(granted.id())).await?;
        Ok(guards::remove_user(&cx.gate, granted, &standing)?)
    }
}

impl Deletable for ApiKey {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        let standing = standing(unit, PrincipalId::api_key(granted.id())).await?;
        Ok(guards::remove_api_key(&cx.gate, granted, &standing)?)
    }
}

impl Deletable for ClientApp {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        Ok(guards::remove_client_app(granted))
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        clear_all(cx, unit, Lookup::keys_of_app(unit, of.id).await?).await
    }
}

impl Deletable for Role {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        let grants = match granted.facts().lineage.organization {
            Some(organization) => {
                grants_through(unit, &Graph::of(unit, &[organization]).await?, granted.id()).await?
            }
            None => Vec::new(),
        };
        Ok(guards::remove_role(&cx.gate, granted, &grants)?)
    }

    async fn follow(_: &Cx, unit: &dyn Unit, _: Because<'_>, gone: &Facts) -> Result<(), AppError> {
        match gone.lineage.organization {
            Some(organization) => settle_closures(unit, organization).await,
            None => Ok(()),
        }
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        for granting in Lookup::granting(unit, &[of.id]).await? {
            let id = granting.grant.grant;
            let row = Read::<Grant>::find(unit, id).await?;
            clear_all(cx, unit, row.into_iter().collect()).await?;
            let row = Read::<Invitation>::find(unit, id).await?;
            clear_all(cx, unit, row.into_iter().collect()).await?;
        }
        Ok(())
    }
}

impl Deletable for Grant {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        let held = held_grant(unit, granted.id()).await?;
        let receiver = receiver_of(&held);
        Ok(guards::remove_grant(&cx.gate, granted, &held.grant, &receiver)?)
    }
}

impl Deletable for Invitation {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        unit.end_links_of(granted.id()).await?;
        let held = held_grant(unit, granted.id()).await?;
        Ok(guards::withdraw_invitation(&cx.gate, granted, &held.grant)?)
    }
}
