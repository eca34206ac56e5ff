//! Which paths a world file names.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{OrganizationEntry, SERVER, WorldFile, organization_of, path};

/// The paths of all entries of a file, by kind.
#[derive(Debug, Default)]
pub struct Said<'f> {
    pub organizations: BTreeMap<&'f str, &'f OrganizationEntry>,
    pub collaborations: BTreeSet<&'f str>,
    pub users: BTreeSet<String>,
    pub roles: BTreeSet<String>,
    pub projects: BTreeSet<String>,
    pub jobs: BTreeSet<String>,
    pub tasks: BTreeSet<String>,
}

impl<'f> Said<'f> {
    /// What this file names.
    pub fn of(file: &'f WorldFile) -> Self {
        let mut said = Self::default();
        said.collaborations.extend(file.collaborations.iter().map(|entry| entry.name.value.as_str()));
        for entry in &file.organizations {
            let organization = entry.name.value.as_str();
            said.organizations.insert(organization, entry);
            said.users
                .extend(entry.users.iter().map(|user| path(organization, user.username.value.as_str())));
            said.roles.extend(entry.roles.iter().map(|role| path(organization, role.name.value.as_str())));
            for project in &entry.projects {
                let project_path = path(organization, project.name.value.as_str());
                for job in &project.jobs {
                    let job_path = path(&project_path, job.name.value.as_str());
                    said.tasks.extend(job.tasks.iter().map(|task| path(&job_path, task.name.value.as_str())));
                    said.jobs.insert(job_path);
                }
                said.projects.insert(project_path);
            }
        }
        said
    }

    /// Whether an entry is an organization, project, job or task at this path.
    pub fn has_place(&self, path: &str) -> bool {
        match path.matches('/').count() {
            0 => path == SERVER || self.organizations.contains_key(path),
            1 => self.projects.contains(path),
            2 => self.jobs.contains(path),
            _ => self.tasks.contains(path),
        }
    }

    /// Whether what is at this path, if it is not named, is for pruning to remove.
    pub fn covers(&self, path: &str) -> bool {
        self.organizations.contains_key(organization_of(path))
    }
}

/// The organizations that a file speaks of in any way, and whether it speaks of jobs or tasks.
pub fn spoken_of(file: &WorldFile) -> (BTreeSet<String>, bool) {
    let grants = || file.grants.iter().flatten();
    let projects = || file.organizations.iter().flat_map(|entry| &entry.projects);
    let assignees = projects()
        .flat_map(|project| &project.jobs)
        .flat_map(|job| &job.tasks)
        .filter_map(|task| task.assignee.as_ref()?.as_ref());
    let paths = grants()
        .flat_map(|grant| [&grant.user, &grant.at])
        .chain(grants().map(|grant| &grant.role).filter(|role| role.value.contains('/')))
        .chain(assignees)
        .chain(file.collaborations.iter().flat_map(|entry| &entry.organizations));
    let mut organizations: BTreeSet<String> =
        paths.map(|spot| organization_of(&spot.value).to_owned()).filter(|name| name != SERVER).collect();
    organizations.extend(file.organizations.iter().map(|entry| entry.name.value.as_str().to_owned()));
    let deep = projects().any(|project| !project.jobs.is_empty())
        || grants().any(|grant| grant.at.value.matches('/').count() > 1);
    (organizations, deep)
}
