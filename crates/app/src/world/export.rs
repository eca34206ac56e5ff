//! Writing down the world that the caller may view, as a file that would make it.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::entities::{ApiKey, JobStatus, Role, Standing, TaskStatus, User};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Entity, Object, Relation};
use bailiwick_domain::ports::{Read, StoreError, Unit};
use bailiwick_domain::{Anchor, Granted, View};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::file::organization_of;
use super::known::{Known, KnownGrant, Scope};
use crate::cx::Cx;
use crate::error::AppError;

#[derive(Debug, Default, Serialize)]
struct World {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    organizations: Vec<Organization>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    collaborations: Vec<Collaboration>,
    grants: Vec<Grant>,
}

#[derive(Debug, Default, Serialize)]
struct Organization {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<Person>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<RoleOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    projects: Vec<Project>,
}

#[derive(Debug, Serialize)]
struct Person {
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

#[derive(Debug, Serialize)]
struct RoleOut {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    includes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Project {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    visibility: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    collaboration: Option<String>,
    #[serde(skip_serializing_if = "is_not")]
    archived: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    jobs: Vec<Job>,
}

#[derive(Debug, Serialize)]
struct Job {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<Task>,
}

#[derive(Debug, Serialize)]
struct Task {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
}

#[derive(Debug, Serialize)]
struct Collaboration {
    name: String,
    organizations: Vec<String>,
}

#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    user: String,
    role: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

/// The world that the caller may view, as YAML, everything sorted by name; what such a file can't carry is named in
/// comments at its top. Built-in roles are the policy's, and what the caller may not name is left out without a word.
///
/// # Errors
/// Storage.
pub async fn export(cx: &Cx) -> Result<String, AppError> {
    // A unit, so that all of it is of one moment; it is never committed.
    let unit = cx.store.begin().await?;
    let read = read(cx, &*unit).await;
    unit.rollback().await?;
    let (known, keys) = read?;
    let world = Writing { cx, known: &known, homes: HashMap::new() }.world();
    let text = serde_saphyr::to_string(&world)
        .map_err(|error| AppError::Store(StoreError::Corrupt(error.to_string())))?;
    Ok(left_out(&known, &keys) + &text)
}

/// What the file does not say of the objects in it and beside it, as comments.
fn left_out(known: &Known, keys: &[Object<ApiKey>]) -> String {
    let mut all =
        "# Not in this file: ids, times, makers, passwords, second factors, sessions, invitations, settings, nodes, \
         client apps, proposals, the audit log.\n\
         # Not in this file: files, datasets, labels, annotations, comments, exports, sources and their contents.\n"
            .to_owned();
    let mut add = |what: &str, names: Vec<String>| {
        if !names.is_empty() {
            all.push_str(&format!("# Not in this file: {what}: {}\n", names.join(", ")));
        }
    };
    let place = |key: &Object<ApiKey>| {
        let above = key.path().map(|(_, _, name)| name).chain([key.data.name.as_str()]);
        above.collect::<Vec<_>>().join("/")
    };
    add("API keys, with their grants", keys.iter().map(place).collect());
    let sleeps = |standing: Standing| standing != Standing::Active;
    let organizations = known.organizations.iter().filter(|(_, there)| sleeps(there.data.status));
    add("that these organizations are suspended", organizations.map(|(name, _)| name.clone()).collect());
    let users = known.users.iter().filter(|(_, there)| sleeps(there.data.status));
    add("that these users are suspended", users.map(|(name, _)| name.clone()).collect());
    let roles = known.roles.iter().filter(|(_, there)| !there.data.active);
    add("that these roles are inactive", roles.map(|(name, _)| name.clone()).collect());
    let tasks = known.tasks.iter().filter(|(_, there)| there.data.parent_id.is_some());
    add("which tasks these are part of", tasks.map(|(name, _)| name.clone()).collect());
    let computations = known.tasks.iter().filter(|(_, there)| there.data.image.is_some());
    add("computations, with their runs", computations.map(|(name, _)| name.clone()).collect());
    let encrypted = known.collaborations.iter().filter(|(_, there)| there.data.encrypted);
    add("that these collaborations demand encryption", encrypted.map(|(name, _)| name.clone()).collect());
    let keys = known.organizations.iter().filter(|(_, there)| there.data.public_key.is_some());
    add("the public keys of these organizations", keys.map(|(name, _)| name.clone()).collect());
    all
}

async fn read(cx: &Cx, unit: &dyn Unit) -> Result<(Known, Vec<Object<ApiKey>>), AppError> {
    let known = Known::read(cx, unit, &Scope { organizations: None, deep: true }).await?;
    let keys = Read::<ApiKey>::inside(unit, Anchor::SERVER).await?.into_iter();
    let keys = keys.filter_map(|key| cx.gate.open::<View, _>(&cx.caller, Some(key)).ok());
    let mut keys: Vec<Object<ApiKey>> = keys.map(Granted::into_object).collect();
    keys.sort_by_cached_key(|key| {
        (key.path().map(|(_, _, name)| name.to_owned()).collect::<Vec<_>>(), key.data.name.clone())
    });
    Ok((known, keys))
}

const fn is_not(flag: &bool) -> bool {
    !*flag
}

struct Writing<'k> {
    cx: &'k Cx,
    known: &'k Known,
    homes: HashMap<Uuid, &'k str>,
}

impl<'k> Writing<'k> {
    fn world(mut self) -> World {
        self.homes =
            self.known.organizations.iter().map(|(name, object)| (object.id, name.as_str())).collect();
        let mut organizations: BTreeMap<&str, Organization> = BTreeMap::new();
        for name in self.known.organizations.keys() {
            organizations.entry(name).or_default();
        }
        for (path, user) in &self.known.users {
            organizations.entry(organization_of(path)).or_default().users.push(self.person(user));
        }
        for (path, role) in &self.known.roles {
            organizations.entry(organization_of(path)).or_default().roles.push(self.role(role));
        }
        for (path, project) in &self.known.projects {
            organizations.entry(organization_of(path)).or_default().projects.push(Project {
                name: project.data.name.clone(),
                description: project.data.description.clone(),
                visibility: project.data.visibility.word(),
                collaboration: self.name_of(project, Relation::Collaboration),
                archived: project.data.archived_at.is_some(),
                jobs: self.jobs(path),
            });
        }
        let named = |(name, mut organization): (&str, Organization)| {
            organization.name = name.to_owned();
            organization
        };
        let mut grants: Vec<Grant> =
            self.known.grants.iter().filter(|grant| grant.named).map(written).collect();
        grants.sort_unstable();
        World {
            organizations: organizations.into_iter().map(named).collect(),
            collaborations: self.collaborations(),
            grants,
        }
    }

    /// An address is seen by the person and by whoever may edit the person.
    fn person(&self, user: &Object<User>) -> Person {
        let cx = self.cx;
        let edits = cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::User, &user.facts).is_some();
        Person { username: user.data.username.clone(), email: user.data.email.clone().filter(|_| edits) }
    }

    fn role(&self, role: &Object<Role>) -> RoleOut {
        let name = |id: &Uuid| match self.cx.policy().role_by_id(*id) {
            Some(built_in) => Some(built_in.name.clone()),
            None => self.known.roles.values().find(|role| role.id == *id).map(|role| role.data.name.clone()),
        };
        let mut includes: Vec<String> = role.data.includes.iter().filter_map(name).collect();
        includes.sort_unstable();
        RoleOut {
            name: role.data.name.clone(),
            description: role.data.description.clone(),
            includes,
            rules: role.data.rules.iter().map(ToString::to_string).collect(),
        }
    }

    fn jobs(&self, project: &str) -> Vec<Job> {
        children(&self.known.jobs, project)
            .map(|(path, job)| Job {
                name: job.data.name.clone(),
                description: job.data.description.clone(),
                status: Some(job.data.status).filter(|at| *at != JobStatus::Draft).map(JobStatus::word),
                tasks: self.tasks(path),
            })
            .collect()
    }

    fn tasks(&self, job: &str) -> Vec<Task> {
        children(&self.known.tasks, job)
            .filter(|(_, task)| task.data.image.is_none())
            .map(|(_, task)| Task {
                name: task.data.name.clone(),
                description: task.data.description.clone(),
                status: Some(task.data.status)
                    .filter(|at| *at != TaskStatus::Available)
                    .map(TaskStatus::word),
                assignee: self.name_of(task, Relation::Assignee),
            })
            .collect()
    }

    fn collaborations(&self) -> Vec<Collaboration> {
        let written = |(name, object): (&String, &Object<bailiwick_domain::entities::Collaboration>)| {
            let members = object.data.members.iter().filter_map(|id| self.homes.get(id));
            let mut organizations: Vec<String> = members.map(|name| (*name).to_owned()).collect();
            organizations.sort_unstable();
            Collaboration { name: name.clone(), organizations }
        };
        self.known.collaborations.iter().map(written).collect()
    }

    /// What a near object is called in the file, if the caller may view it.
    fn name_of<T: Entity>(&self, object: &Object<T>, relation: Relation) -> Option<String> {
        let near = self.cx.gate.named(&self.cx.caller, object, relation)?;
        match (near.facts.kind, near.facts.lineage.organization) {
            (Kind::User, Some(home)) => Some(super::file::path(self.homes.get(&home)?, &near.name)),
            _ => Some(near.name.to_string()),
        }
    }
}

/// The objects right under a path.
fn children<'k, T>(
    of: &'k BTreeMap<String, Object<T>>,
    parent: &str,
) -> impl Iterator<Item = (&'k String, &'k Object<T>)> {
    let prefix = super::file::path(parent, "");
    of.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
}

fn written(grant: &KnownGrant) -> Grant {
    let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let KnownGrant { user, role, at, object, .. } = grant;
    Grant {
        user: user.clone(),
        role: role.clone(),
        at: at.clone(),
        starts_at: object.data.starts_at.map(text),
        ends_at: object.data.expires_at.map(text),
    }
}
