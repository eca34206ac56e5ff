//! Roles of a world file: those that others include first, so that each is judged by what it will give.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::entities::{Organization, Role};
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::guards;
use bailiwick_domain::object::Object;
use bailiwick_domain::role::Closure;
use bailiwick_domain::rule::Rule;
use uuid::Uuid;

use super::apply::Work;
use super::file::{OrganizationEntry, RoleEntry, path};
use super::place::permit;
use crate::create::Made;
use crate::error::AppError;
use crate::roles::{Graph, grants_through, settle_closures};

impl Work<'_, '_> {
    /// Roles that are missing or differ.
    pub async fn roles(&mut self) -> Result<(), AppError> {
        for entry in &self.file.organizations {
            let Some(first) = entry.roles.first() else { continue };
            self.line.set(first.name.line);
            match self.known.organizations.get(entry.name.value.as_str()).cloned() {
                Some(organization) => self.roles_of(entry, &organization).await?,
                None => drop(permit::<Role, Organization>(self.cx, None)?),
            }
        }
        Ok(())
    }

    async fn roles_of(
        &mut self,
        entry: &OrganizationEntry,
        organization: &Object<Organization>,
    ) -> Result<(), AppError> {
        let mut graph = Graph::of(self.unit, &[organization.id]).await?;
        let before = graph.live();
        for role in included_first(&entry.roles) {
            self.line.set(role.name.line);
            let path = path(entry.name.value.as_str(), role.name.value.as_str());
            let includes = self.included(entry.name.value.as_str(), role);
            match self.known.roles.get(&path).cloned() {
                None => self.make_role(&mut graph, organization, path, role, includes).await?,
                Some(there) => self.change_role(&mut graph, there, path, role, includes).await?,
            }
        }
        settle_closures(self.unit, organization.id).await?;
        let after = Graph::of(self.unit, &[organization.id]).await?;
        for (id, live) in after.live() {
            let old = before.get(&id).cloned().unwrap_or_default();
            if old != live
                && let Some(name) = after.name(id)
            {
                let label = path(entry.name.value.as_str(), name);
                self.effects.role_changed(&label, &self.rules(&old), &self.rules(&live));
            }
        }
        Ok(())
    }

    async fn make_role(
        &mut self,
        graph: &mut Graph,
        organization: &Object<Organization>,
        path: String,
        entry: &RoleEntry,
        includes: Vec<Uuid>,
    ) -> Result<(), AppError> {
        let cx = self.cx;
        let permit = permit::<Role, _>(cx, Some(organization))?;
        let because = permit.because();
        let id = cx.new_id();
        let mut role = Role {
            name: entry.name.value.as_str().to_owned(),
            description: entry.description.clone().unwrap_or_default(),
            built_in: false,
            active: true,
            rules: entry.rules.clone(),
            includes,
            live: Closure::default(),
            full: Closure::default(),
        };
        graph.settle(cx, id, &mut role, permit.parent())?;
        graph.put(id, organization.id, &role);
        let made = Made { new: guards::make_role(&cx.gate, permit, id, role)?, because };
        self.known.roles.insert(path.clone(), made.new.object().clone());
        self.add(vec![(path, made)]).await
    }

    async fn change_role(
        &mut self,
        graph: &mut Graph,
        there: Object<Role>,
        path: String,
        entry: &RoleEntry,
        includes: Vec<Uuid>,
    ) -> Result<(), AppError> {
        let cx = self.cx;
        let mut after = there.data.clone();
        after.rules.clone_from(&entry.rules);
        after.includes = includes;
        if let Some(description) = &entry.description {
            after.description.clone_from(description);
        }
        if after == there.data {
            return Ok(());
        }
        let what = differences(&there.data, &after);
        let id = there.id;
        graph.settle(cx, id, &mut after, &there.facts)?;
        graph.put(id, there.facts.lineage.organization.unwrap_or_default(), &after);
        let granted = cx
            .gate
            .open::<Edit, Role>(&cx.caller, Some(Sealed::new(there)))
            .map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let grants = grants_through(self.unit, graph, id).await?;
        let changed = guards::change_role(&cx.gate, granted, &grants, after)?;
        self.change(path.clone(), because, &changed, what).await?;
        self.known.roles.insert(path, changed.after().clone());
        Ok(())
    }

    /// The ids of what a role includes.
    fn included(&self, organization: &str, role: &RoleEntry) -> Vec<Uuid> {
        let id = |name: &str| match self.cx.policy().role(name) {
            Some(built_in) => Some(built_in.id()),
            None => self.known.roles.get(&path(organization, name)).map(|role| role.id),
        };
        let mut ids: Vec<Uuid> = role.includes.iter().filter_map(|include| id(&include.value)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn rules(&self, closure: &Closure) -> BTreeSet<Rule> {
        closure.resolve(self.cx.policy()).0.rules().collect()
    }
}

/// The roles in an order in which each comes after those that it includes.
fn included_first(roles: &[RoleEntry]) -> Vec<&RoleEntry> {
    fn place<'f>(
        role: &'f RoleEntry,
        all: &BTreeMap<&str, &'f RoleEntry>,
        placed: &mut BTreeSet<&'f str>,
        order: &mut Vec<&'f RoleEntry>,
    ) {
        if placed.insert(role.name.value.as_str()) {
            for included in role.includes.iter().filter_map(|include| all.get(include.value.as_str())) {
                place(included, all, placed, order);
            }
            order.push(role);
        }
    }
    let all = roles.iter().map(|role| (role.name.value.as_str(), role)).collect();
    let (mut placed, mut order) = (BTreeSet::new(), Vec::with_capacity(roles.len()));
    for role in roles {
        place(role, &all, &mut placed, &mut order);
    }
    order
}

fn differences(before: &Role, after: &Role) -> String {
    let mut what = Vec::new();
    what.extend(
        after.rules.iter().filter(|rule| !before.rules.contains(rule)).map(|rule| format!("with {rule}")),
    );
    what.extend(
        before.rules.iter().filter(|rule| !after.rules.contains(rule)).map(|rule| format!("without {rule}")),
    );
    if before.includes != after.includes {
        what.push("other includes".to_owned());
    }
    if before.description != after.description {
        what.push("description".to_owned());
    }
    what.join(", ")
}
