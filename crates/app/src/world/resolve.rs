//! Whether every name that a world file refers to is there, in the file or on the server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::ports::Unit;
use uuid::Uuid;

use super::candidates::{Candidate, Question, find_candidates};
use super::cycle::{cycle, told};
use super::faults::Faults;
use super::file::{GrantEntry, ProjectEntry, RoleEntry, SERVER, Spot, WorldFile, organization_of, path};
use super::known::Known;
use super::said::Said;
use crate::cx::Cx;
use crate::error::AppError;

struct Resolving<'r> {
    cx: &'r Cx,
    known: &'r Known,
    said: &'r Said<'r>,
    prune: bool,
    faults: Faults<'r>,
    /// Users who are neither in the file nor viewable, and the places that they are named for.
    unseen: Vec<Question<'r>>,
}

/// Checks the references of a file; answers the users in it who may be named without being viewable.
///
/// # Errors
/// All that is wrong, line by line; storage.
pub async fn resolve(
    cx: &Cx,
    unit: &dyn Unit,
    file: &WorldFile,
    (known, said): (&Known, &Said<'_>),
    prune: bool,
) -> Result<HashMap<String, Candidate>, AppError> {
    let faults = Faults::of(&file.name);
    let mut resolving = Resolving { cx, known, said, prune, faults, unseen: Vec::new() };
    resolving.collaborations(file);
    for (name, entry) in &said.organizations {
        resolving.roles(name, &entry.roles);
        entry.projects.iter().for_each(|project| resolving.project(file, name, project));
    }
    file.grants.iter().flatten().for_each(|grant| resolving.grant(grant));
    let Resolving { mut faults, unseen, .. } = resolving;
    let candidates = find_candidates(cx, unit, known, &unseen).await?;
    for Question { spot, field, .. } in unseen {
        if !candidates.contains_key(&spot.value) {
            let right = "is nobody; right would be a user that the file names or the server has";
            faults.add(
                spot.line,
                field,
                &spot.value,
                right_or_pruned(right, known.users.contains_key(&spot.value)),
            );
        }
    }
    faults.settled()?;
    Ok(candidates)
}

impl<'r> Resolving<'r> {
    /// Whether something will be there: the file names it, or the server has it and pruning leaves it.
    fn will_be(&self, path: &str, named: bool, on_server: bool) -> bool {
        named || (on_server && !(self.prune && self.said.covers(path)))
    }

    fn collaborations(&mut self, file: &WorldFile) {
        for spot in file.collaborations.iter().flat_map(|entry| &entry.organizations) {
            let name = spot.value.as_str();
            if !self.said.organizations.contains_key(name) && !self.known.organizations.contains_key(name) {
                let right = "is no organization; right would be one that the file names or the server has";
                self.faults.add(spot.line, "organizations", name, right);
            }
        }
    }

    fn roles(&mut self, organization: &str, roles: &[RoleEntry]) {
        for role in roles {
            if self.cx.policy().reserves(role.name.value.as_str()) {
                let right = "is a built-in role's name, or a word of access rules; right would be another";
                self.faults.add(role.name.line, "name", role.name.value.as_str(), right);
            }
            for include in &role.includes {
                if !self.is_built_in(&include.value) && !self.has_role(&path(organization, &include.value)) {
                    let right = self.roles_there(format!("a role of {organization}"));
                    self.faults.add(include.line, "includes", &include.value, right);
                }
            }
        }
        // Roles of the file and those that stay beside them, by name.
        let mut includes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let prefix = path(organization, "");
        let names: HashMap<Uuid, &str> =
            self.known.roles.values().map(|role| (role.id, role.data.name.as_str())).collect();
        for (at, role) in
            self.known.roles.range(prefix.clone()..).take_while(|(at, _)| at.starts_with(&prefix))
        {
            if self.will_be(at, false, true) {
                let of_it = role.data.includes.iter().filter_map(|id| names.get(id).copied());
                includes.insert(role.data.name.as_str(), of_it.collect());
            }
        }
        for role in roles {
            let of_it = role.includes.iter().map(|include| include.value.as_str());
            includes.insert(role.name.value.as_str(), of_it.collect());
        }
        if let Some(way) = cycle(&includes)
            && let Some(role) = roles.iter().find(|role| way.contains(&role.name.value.as_str()))
        {
            self.faults.add(role.name.line, "includes", role.name.value.as_str(), told(&way));
        }
    }

    fn project(&mut self, file: &WorldFile, organization: &'r str, project: &'r ProjectEntry) {
        if let Some(Some(shared)) = &project.collaboration {
            self.shared(file, organization, shared);
        }
        let project_path = path(organization, project.name.value.as_str());
        for task in project.jobs.iter().flat_map(|job| &job.tasks) {
            if let Some(Some(assignee)) = &task.assignee {
                self.user("assignee", assignee, project_path.clone());
            }
        }
    }

    /// A project is shared only in a collaboration of which its organization is a member.
    fn shared(&mut self, file: &WorldFile, organization: &str, shared: &Spot<String>) {
        let entry = file.collaborations.iter().find(|entry| entry.name.value.as_str() == shared.value);
        let on_server = self.known.collaborations.get(&shared.value);
        if entry.is_none() && on_server.is_none() {
            let right = "is no collaboration; right would be one that the file names or the server has";
            return self.faults.add(shared.line, "collaboration", &shared.value, right);
        }
        let joins =
            entry.is_some_and(|entry| entry.organizations.iter().any(|member| member.value == organization));
        let stays = on_server.is_some_and(|collaboration| {
            let id = self.known.organizations.get(organization).map(|object| object.id);
            id.is_some_and(|id| collaboration.data.members.contains(&id)) && !(self.prune && entry.is_some())
        });
        if !joins && !stays {
            let right = format!(
                "does not have {organization} as a member; right would be a collaboration that has, or `{organization}` among its organizations"
            );
            self.faults.add(shared.line, "collaboration", &shared.value, right);
        }
    }

    fn grant(&mut self, grant: &'r GrantEntry) {
        let (user, role, at) = (&grant.user.value, &grant.role.value, &grant.at.value);
        self.user("user", &grant.user, at.clone());
        if !self.will_be(at, self.said.has_place(at), self.known.place(at).is_some()) {
            let right =
                "is no place; right would be `server` or the path of an organization, project, job or task";
            let right = right_or_pruned(right, self.known.place(at).is_some());
            self.faults.add(grant.at.line, "at", at, right);
        }
        if !role.contains('/') {
            if !self.is_built_in(role) {
                let right = self.roles_there("`organization/role`".to_owned());
                self.faults.add(grant.role.line, "role", role, right);
            }
            return;
        }
        let home = organization_of(role);
        let inside = organization_of(at) == home || (at == SERVER && organization_of(user) == home);
        if !self.has_role(role) {
            let right = self.roles_there("`organization/role`".to_owned());
            let right = right_or_pruned(&right, self.known.roles.contains_key(role));
            self.faults.add(grant.role.line, "role", role, right);
        } else if !inside {
            let right = format!(
                "is a role of {home}; right would be a grant inside {home}, or at the server to its own users"
            );
            self.faults.add(grant.role.line, "role", role, right);
        }
    }

    fn user(&mut self, field: &'static str, spot: &'r Spot<String>, at: String) {
        let user = &spot.value;
        let on_server = self.known.users.contains_key(user);
        if !self.will_be(user, self.said.users.contains(user), on_server) {
            self.unseen.push(Question { spot, field, at });
        }
    }

    fn has_role(&self, path: &str) -> bool {
        self.will_be(path, self.said.roles.contains(path), self.known.roles.contains_key(path))
    }

    fn is_built_in(&self, name: &str) -> bool {
        self.cx.policy().role(name).is_some_and(|role| !role.fixed)
    }

    fn roles_there(&self, or: String) -> String {
        let names: BTreeSet<&str> = self
            .cx
            .policy()
            .roles()
            .iter()
            .filter(|role| !role.fixed)
            .map(|role| role.name.as_str())
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        format!("is no role to give; right would be {} or {or}", names.join(", "))
    }
}

/// What is wrong with a name; of what is there but goes, that it goes.
fn right_or_pruned(right: &str, is_there: bool) -> String {
    let pruned = "would be removed, for the file does not name it; right would be an entry of its own";
    (if is_there { pruned } else { right }).to_owned()
}
