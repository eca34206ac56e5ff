//! Reading a world file: what the text alone can get wrong is found here, all of it at once.

use std::collections::HashMap;

use bailiwick_domain::entities::{Email, JobStatus, Name, TaskStatus, Visibility};
use bailiwick_domain::rule::Rule;

use super::cycle::{cycle, told};
use super::faults::Faults;
use super::file::{
    CollaborationEntry, GrantEntry, JobEntry, OrganizationEntry, ProjectEntry, RoleEntry, SERVER, Spot,
    TaskEntry, UserEntry, WorldFile,
};
use super::raw::{
    self, RawCollaboration, RawGrant, RawJob, RawOrganization, RawProject, RawRole, RawTask, RawUser,
};
use super::value::{Reading, line};

/// Reads a world file, in YAML or JSON. `name` is what errors call it.
///
/// # Errors
/// Everything that is wrong with it, each as `name:line: field: what stands there and what would be right`.
pub fn parse(text: &str, name: &str) -> Result<WorldFile, Vec<String>> {
    let mut faults = Faults::of(name);
    let Some(raw) = raw::read(text, &mut faults) else { return Err(faults.into_lines()) };
    let mut reading = Reading { faults };
    let organizations = raw.organizations.into_iter().filter_map(|raw| reading.organization(raw)).collect();
    let collaborations =
        raw.collaborations.into_iter().filter_map(|raw| reading.collaboration(raw)).collect();
    let grants = raw.grants.map(|raw| raw.into_iter().filter_map(|raw| reading.grant(raw)).collect());
    let file = WorldFile { name: name.to_owned(), organizations, collaborations, grants };
    reading.once("name", file.organizations.iter().map(|entry| &entry.name));
    reading.once("name", file.collaborations.iter().map(|entry| &entry.name));
    reading.grants_once(file.grants.as_deref().unwrap_or_default());
    let faults = reading.faults.into_lines();
    if faults.is_empty() { Ok(file) } else { Err(faults) }
}

impl Reading<'_> {
    fn organization(&mut self, raw: RawOrganization) -> Option<OrganizationEntry> {
        let name = self.name("name", raw.name);
        let users: Vec<_> = raw.users.into_iter().filter_map(|raw| self.user(raw)).collect();
        let roles: Vec<_> = raw.roles.into_iter().filter_map(|raw| self.role(raw)).collect();
        let projects: Vec<_> = raw.projects.into_iter().filter_map(|raw| self.project(raw)).collect();
        self.once("username", users.iter().map(|entry: &UserEntry| &entry.username));
        self.once("name", roles.iter().map(|entry: &RoleEntry| &entry.name));
        self.once("name", projects.iter().map(|entry: &ProjectEntry| &entry.name));
        self.no_cycle(&roles);
        let name = name?;
        if name.value.as_str() == SERVER {
            let right = "stands for the server in paths; right would be another name";
            self.faults.add(name.line, "name", SERVER, right);
        }
        Some(OrganizationEntry { name, users, roles, projects })
    }

    fn user(&mut self, raw: RawUser) -> Option<UserEntry> {
        let email = self.wanted(raw.email, |reading, text| {
            reading.parsed::<Email>("email", text).map(|email| email.value.into_string())
        });
        Some(UserEntry { username: self.name("username", raw.username)?, email })
    }

    fn role(&mut self, raw: RawRole) -> Option<RoleEntry> {
        let mut rules: Vec<Rule> = raw.rules.into_iter().filter_map(|text| self.rule(&text)).collect();
        rules.sort_unstable();
        rules.dedup();
        let includes =
            raw.includes.into_iter().filter_map(|text| self.words("includes", text, 1..=1)).collect();
        let description = self.prose(raw.description);
        Some(RoleEntry { name: self.name("name", raw.name)?, description, includes, rules })
    }

    fn project(&mut self, raw: RawProject) -> Option<ProjectEntry> {
        let jobs: Vec<_> = raw.jobs.into_iter().filter_map(|raw| self.job(raw)).collect();
        self.once("name", jobs.iter().map(|entry: &JobEntry| &entry.name));
        let visibilities = (Visibility::from_word, Visibility::WORDS);
        let visibility = self.word("visibility", raw.visibility, visibilities);
        let collaboration =
            self.wanted(raw.collaboration, |reading, text| reading.words("collaboration", text, 1..=1));
        let description = self.prose(raw.description);
        Some(ProjectEntry {
            name: self.name("name", raw.name)?,
            description,
            visibility,
            collaboration,
            archived: raw.archived,
            jobs,
        })
    }

    fn job(&mut self, raw: RawJob) -> Option<JobEntry> {
        let tasks: Vec<_> = raw.tasks.into_iter().filter_map(|raw| self.task(raw)).collect();
        self.once("name", tasks.iter().map(|entry: &TaskEntry| &entry.name));
        let description = self.prose(raw.description);
        let status = self.word("status", raw.status, (JobStatus::from_word, JobStatus::WORDS));
        Some(JobEntry { name: self.name("name", raw.name)?, description, status, tasks })
    }

    fn task(&mut self, raw: RawTask) -> Option<TaskEntry> {
        let assignee = self.wanted(raw.assignee, |reading, text| reading.words("assignee", text, 2..=2));
        let description = self.prose(raw.description);
        let status = self.word("status", raw.status, (by_people, &TASK_WORDS));
        Some(TaskEntry { name: self.name("name", raw.name)?, description, status, assignee })
    }

    fn collaboration(&mut self, raw: RawCollaboration) -> Option<CollaborationEntry> {
        let organizations = raw
            .organizations
            .into_iter()
            .filter_map(|text| self.words("organizations", text, 1..=1))
            .collect();
        Some(CollaborationEntry { name: self.name("name", raw.name)?, organizations })
    }

    fn grant(&mut self, raw: RawGrant) -> Option<GrantEntry> {
        let ends = raw.ends_at.as_ref().map(|end| (line(end), end.value.clone()));
        let starts_at = raw.starts_at.and_then(|text| self.instant("starts_at", &text));
        let ends_at = raw.ends_at.and_then(|text| self.instant("ends_at", &text));
        if let (Some(start), Some(end), Some((line, stands))) = (starts_at, ends_at, ends)
            && end <= start
        {
            self.faults.add(line, "ends_at", &stands, "is not after the start; right would be a later time");
        }
        let user = self.words("user", raw.user, 2..=2);
        let role = self.words("role", raw.role, 1..=2);
        let at = self.words("at", raw.at, 1..=4);
        Some(GrantEntry { user: user?, role: role?, at: at?, starts_at, ends_at })
    }

    /// Each name stands once within its parent.
    fn once<'n>(&mut self, field: &str, names: impl Iterator<Item = &'n Spot<Name>>) {
        let mut seen: HashMap<&str, u64> = HashMap::new();
        for name in names {
            if let Some(before) = seen.insert(name.value.as_str(), name.line) {
                let right =
                    format!("stands on line {before} already; right would be each name once in its parent");
                self.faults.add(name.line, field, name.value.as_str(), right);
            }
        }
    }

    fn grants_once(&mut self, grants: &[GrantEntry]) {
        let mut seen: HashMap<_, u64> = HashMap::new();
        for grant in grants {
            let all = (&grant.user.value, &grant.role.value, &grant.at.value, grant.starts_at, grant.ends_at);
            if let Some(before) = seen.insert(all, grant.user.line) {
                let right =
                    format!("is given the same on line {before} already; right would be each grant once");
                self.faults.add(grant.user.line, "user", &grant.user.value, right);
            }
        }
    }

    fn no_cycle(&mut self, roles: &[RoleEntry]) {
        let includes = roles.iter().map(|role| {
            (role.name.value.as_str(), role.includes.iter().map(|include| include.value.as_str()).collect())
        });
        if let Some(way) = cycle(&includes.collect())
            && let Some(role) = roles.iter().find(|role| Some(&role.name.value.as_str()) == way.first())
        {
            self.faults.add(role.name.line, "includes", role.name.value.as_str(), told(&way));
        }
    }
}

/// The statuses of tasks that people set, and so a file may.
const TASK_WORDS: [&str; 6] =
    ["available", "in_progress", "in_review", "changes_requested", "complete", "deferred"];

fn by_people(word: &str) -> Option<TaskStatus> {
    TaskStatus::from_word(word).filter(|status| status.is_set_by_people())
}
