//! What is there already, as far as the caller may view it and the file speaks of it: read in bulk, found by path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::entities::{
    Collaboration, Grant, Job, Organization, Project, Role, Standing, Task, User,
};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::ports::Unit;
use bailiwick_domain::principal::PrincipalKind;
use bailiwick_domain::reach::Term;
use bailiwick_domain::{Level, Object, Relation};
use uuid::Uuid;

use super::file::{SERVER, organization_of, path};
use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Kept;
use crate::read::open_all;

/// Objects by path; a role of an organization by `organization/role`.
#[derive(Default)]
pub struct Known {
    pub organizations: BTreeMap<String, Object<Organization>>,
    pub collaborations: BTreeMap<String, Object<Collaboration>>,
    pub users: BTreeMap<String, Object<User>>,
    pub roles: BTreeMap<String, Object<Role>>,
    pub projects: BTreeMap<String, Object<Project>>,
    pub jobs: BTreeMap<String, Object<Job>>,
    pub tasks: BTreeMap<String, Object<Task>>,
    pub grants: Vec<KnownGrant>,
}

/// A grant of a user, with the names that the file would call it by.
#[derive(Debug, Clone)]
pub struct KnownGrant {
    pub object: Object<Grant>,
    pub user: String,
    pub role: String,
    pub at: String,
    /// Whether the caller may view user and role, so that they are called by name.
    pub named: bool,
}

/// What to read.
pub struct Scope<'s> {
    /// The organizations of which to read everything; all where absent.
    pub organizations: Option<&'s BTreeSet<String>>,
    /// Whether jobs and tasks are spoken of.
    pub deep: bool,
}

impl Known {
    /// Reads what the caller may view, within a unit.
    ///
    /// # Errors
    /// Storage.
    pub async fn read(cx: &Cx, unit: &dyn Unit, scope: &Scope<'_>) -> Result<Self, AppError> {
        let mut known = Self::default();
        for object in all::<Organization>(cx, unit, &[]).await? {
            known.organizations.insert(object.data.name.clone(), object);
        }
        for object in all::<Collaboration>(cx, unit, &[]).await? {
            known.collaborations.insert(object.data.name.clone(), object);
        }
        let homes = known.homes(cx, unit, scope).await?;
        match homes {
            None => known.read_part(cx, unit, &[], scope.deep).await?,
            Some(homes) => {
                for home in homes {
                    let of_it = [Filter::Is("organization_id", FieldValue::Id(home))];
                    known.read_part(cx, unit, &of_it, scope.deep).await?;
                }
                let at_server = [Filter::Is("level", FieldValue::text(Level::Server.word()))];
                known.read_grants(cx, unit, &at_server).await?;
            }
        }
        known.grants.sort_by(|a, b| (&a.at, &a.user, &a.role).cmp(&(&b.at, &b.user, &b.role)));
        Ok(known)
    }

    /// What sleeps: suspended organizations and users, inactive roles.
    pub fn asleep(&self) -> BTreeSet<Uuid> {
        let organizations = self.organizations.values().filter(|it| it.data.status == Standing::Suspended);
        let users = self.users.values().filter(|it| it.data.status == Standing::Suspended);
        let roles = self.roles.values().filter(|it| !it.data.active);
        organizations.map(|it| it.id).chain(users.map(|it| it.id)).chain(roles.map(|it| it.id)).collect()
    }

    /// Writes into jobs and tasks what they have of their project.
    pub fn renew_under(&mut self, project: &str, facts: &Facts) {
        let prefix = path(project, "");
        let jobs = self.jobs.iter_mut().filter(|(path, _)| path.starts_with(&prefix));
        let tasks = self.tasks.iter_mut().filter(|(path, _)| path.starts_with(&prefix));
        for own in jobs.map(|(_, job)| &mut job.facts).chain(tasks.map(|(_, task)| &mut task.facts)) {
            own.collaboration = facts.collaboration;
            own.entitlements.clone_from(&facts.entitlements);
            own.archived = facts.archived;
        }
    }

    /// Whether there is an organization of this name, though perhaps hidden: what hangs under it tells.
    pub fn has_organization(&self, name: &str) -> bool {
        let inside = |paths: &mut dyn Iterator<Item = &String>| {
            paths.next().is_some_and(|path| organization_of(path) == name)
        };
        let from = path(name, "");
        self.organizations.contains_key(name)
            || inside(&mut self.projects.range(from.clone()..).map(|(path, _)| path))
            || inside(&mut self.users.range(from..).map(|(path, _)| path))
    }

    /// The organizations in scope. Of one that the caller may not view, the breadcrumb of a project tells the name.
    async fn homes(
        &self,
        cx: &Cx,
        unit: &dyn Unit,
        scope: &Scope<'_>,
    ) -> Result<Option<BTreeSet<Uuid>>, AppError> {
        let Some(names) = scope.organizations else { return Ok(None) };
        let mut homes: BTreeSet<Uuid> =
            names.iter().filter_map(|name| self.organizations.get(name)).map(|object| object.id).collect();
        let reach = cx.gate.visible::<Organization>(&cx.caller);
        let sees_all = reach.reach().granted.contains(&Term::Everything) && reach.reach().bound.is_none();
        if !sees_all && names.iter().any(|name| !self.organizations.contains_key(name)) {
            for project in all::<Project>(cx, unit, &[]).await? {
                let above = project.path().next().filter(|(.., name)| names.contains(*name));
                homes.extend(above.map(|(_, id, _)| id));
            }
        }
        Ok(Some(homes))
    }

    async fn read_part(
        &mut self,
        cx: &Cx,
        unit: &dyn Unit,
        of: &[Filter],
        deep: bool,
    ) -> Result<(), AppError> {
        by_path(&mut self.users, all(cx, unit, of).await?);
        let roles = all::<Role>(cx, unit, of).await?.into_iter().filter(|role| !role.data.built_in);
        by_path(&mut self.roles, roles);
        by_path(&mut self.projects, all(cx, unit, of).await?);
        if deep {
            by_path(&mut self.jobs, all(cx, unit, of).await?);
            by_path(&mut self.tasks, all(cx, unit, of).await?);
        }
        self.read_grants(cx, unit, of).await
    }

    async fn read_grants(&mut self, cx: &Cx, unit: &dyn Unit, of: &[Filter]) -> Result<(), AppError> {
        let homes: HashMap<Uuid, String> =
            self.organizations.iter().map(|(name, object)| (object.id, name.clone())).collect();
        for object in all::<Grant>(cx, unit, of).await? {
            self.grants.extend(known_grant(cx, object, &homes));
        }
        Ok(())
    }
}

/// The grant of a user by the names that the caller may view, else by ids.
fn known_grant(cx: &Cx, object: Object<Grant>, homes: &HashMap<Uuid, String>) -> Option<KnownGrant> {
    if object.data.principal.kind != PrincipalKind::User {
        return None;
    }
    let in_full = |relation| {
        let near = cx.gate.named(&cx.caller, &object, relation)?;
        match (near.facts.lineage.organization, near.facts.kind) {
            (None, Kind::Role) => Some(near.name.to_string()),
            (home, _) => Some(path(homes.get(&home?)?, &near.name)),
        }
    };
    let (user, role) = (in_full(Relation::Principal), in_full(Relation::Role));
    let named = user.is_some() && role.is_some();
    let user = user.unwrap_or_else(|| object.data.principal.to_string());
    let role = role.unwrap_or_else(|| format!("role {}", object.data.role_id));
    let at = match object.data.anchor.level {
        Level::Server => SERVER.to_owned(),
        _ => names_above(&object),
    };
    Some(KnownGrant { user, role, at, named, object })
}

/// The names of an object's ancestors as a path.
fn names_above<T: Kept>(object: &Object<T>) -> String {
    let names: Vec<&str> = object.path().map(|(.., name)| name).collect();
    names.join("/")
}

/// Files objects under the names of their ancestors and their own.
fn by_path<T: Kept>(into: &mut BTreeMap<String, Object<T>>, objects: impl IntoIterator<Item = Object<T>>) {
    for object in objects {
        into.insert(path(&names_above(&object), object.data.name()), object);
    }
}

/// Every object of a kind that the caller may view and that passes the filters.
async fn all<T: Kept>(cx: &Cx, unit: &dyn Unit, filters: &[Filter]) -> Result<Vec<Object<T>>, AppError> {
    const PAGE: usize = 1_000;
    let visible = cx.gate.visible::<T>(&cx.caller);
    let mut found = Vec::new();
    if visible.reach().is_nothing() {
        return Ok(found);
    }
    let mut query = Query { filters: filters.to_vec(), limit: PAGE, ..Query::default() };
    loop {
        let page = T::read(unit).list(&visible, &query).await?;
        found.extend(open_all::<T>(cx, page.items)?.into_iter().map(|granted| granted.into_object()));
        let Some(last) = found.last().filter(|_| page.more) else { return Ok(found) };
        query.after = Some(Position { value: FieldValue::Id(last.id), id: last.id });
    }
}
