//! From files to the table that the gate reads, by asking casbin every question there is.

use std::collections::BTreeSet;

use bailiwick_domain::access::{AccessRules, App, Entitlement, Opening, RoleSet, Words};
use bailiwick_domain::policy::BuiltInRole;
use bailiwick_domain::ports::PolicyError;
use bailiwick_domain::{Kind, Policy, Rights, Rule};

use crate::access_file::AccessFile;
use crate::faults::Faults;
use crate::files::{ACCESS, Files};
use crate::judge::Judge;
use crate::roles_file::{Gives, RolesFile};
use crate::{access_check, roles_check};

/// Files that have been read and found good.
pub(crate) struct Checked<'f> {
    files: &'f Files,
    pub(crate) roles: RolesFile,
    pub(crate) access: AccessFile,
}

impl<'f> Checked<'f> {
    /// Reads and checks.
    ///
    /// # Errors
    /// Every fault with its file and line.
    pub(crate) fn read(files: &'f Files) -> Result<Self, PolicyError> {
        let mut roles_faults = Faults::of(&files.roles.name);
        let roles = RolesFile::parse(&files.roles.text, &mut roles_faults);
        let mut access_faults = Faults::of(&files.access.name);
        let access = AccessFile::parse(&files.access.text, &mut access_faults);
        let named: BTreeSet<&str> =
            access.rules.iter().flat_map(|rule| rule.to.iter().map(String::as_str)).collect();
        roles_check::check(&roles, access_faults.is_empty().then_some(&named), &mut roles_faults);
        let known: Vec<&str> = roles.headings.iter().map(|heading| heading.name.as_str()).collect();
        access_check::check(&access, &known, &mut access_faults);
        let mut messages = roles_faults.into_messages();
        messages.extend(access_faults.into_messages());
        if messages.is_empty() { Ok(Self { files, roles, access }) } else { Err(PolicyError(messages)) }
    }

    /// The policy.
    ///
    /// # Errors
    /// casbin can't judge by `model.conf`.
    pub(crate) fn compile(&self) -> Result<Policy, PolicyError> {
        let mut roles = self.plain_roles()?;
        // casbin scans all its lines for every question, so it gets those of one kind at a time.
        for &kind in Kind::ALL {
            let judge = Judge::over(&self.files.model, &self.lines_of(kind))?;
            for role in &mut roles {
                for rule in Rule::catalogue().filter(|rule| rule.kind == kind) {
                    if judge.allows(&role.name, rule)? {
                        role.rights.add(rule);
                    }
                }
            }
        }
        let access = self.access_rules(&roles)?;
        Ok(Policy::new(roles, access, self.files.version()))
    }

    /// The roles with what they include, rights not yet filled in.
    fn plain_roles(&self) -> Result<Vec<BuiltInRole>, PolicyError> {
        let judge = Judge::over(&self.files.model, &self.include_lines())?;
        let role = |heading: &crate::roles_file::Heading| BuiltInRole {
            name: heading.name.clone(),
            description: heading.description.clone(),
            rights: Rights::default(),
            roles: (0..).zip(&self.roles.headings).fold(RoleSet::default(), |set, (index, other)| {
                if judge.includes(&heading.name, &other.name) { set.with(index) } else { set }
            }),
            includes: self.includes_of(&heading.name),
            fixed: matches!(heading.name.as_str(), Policy::NODE | Policy::CONTAINER),
        };
        Ok(self.roles.headings.iter().map(role).collect())
    }

    fn includes_of(&self, role: &str) -> Vec<String> {
        let lines = self.roles.lines.iter().filter(|line| line.role == role);
        lines
            .filter_map(|line| match &line.gives {
                Gives::Role(included) => Some(included.clone()),
                Gives::Rule(_) => None,
            })
            .collect()
    }

    fn access_rules(&self, roles: &[BuiltInRole]) -> Result<AccessRules, PolicyError> {
        let judge = Judge::over(&self.files.model, &self.access_lines())?;
        let mut access = AccessRules::default();
        self.access.apps.iter().for_each(|app| access.declare(App::new(app)));
        for need in &self.access.needs {
            for rule in self.access.rules.iter().filter(|rule| rule.tag == need.tag) {
                let opens = |word: &str| judge.opens(word, &rule.entitlement, &rule.tag);
                let mut opened = RoleSet::default();
                for (index, role) in (0..).zip(roles) {
                    if opens(&role.name)? {
                        opened = opened.with(index);
                    }
                }
                let opening = Opening {
                    entitlement: Entitlement::new(&rule.entitlement),
                    action: rule.tag.clone(),
                    roles: opened,
                    words: Words {
                        everybody: opens("everybody")?,
                        registered_user: opens("registeredUser")?,
                        created_user: opens("createdUser")?,
                    },
                    line: format!("{ACCESS}:{}", rule.line),
                };
                access.add(App::new(&need.app), need.kind, need.operation, opening);
            }
        }
        Ok(access)
    }

    fn include_lines(&self) -> String {
        self.lines(|gives| matches!(gives, Gives::Role(_)))
    }

    fn lines_of(&self, kind: Kind) -> String {
        self.lines(|gives| match gives {
            Gives::Role(_) => true,
            Gives::Rule(rule) => rule.kind == kind,
        })
    }

    fn lines(&self, wanted: impl Fn(&Gives) -> bool) -> String {
        let lines = self.roles.lines.iter().filter(|line| wanted(&line.gives));
        lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The access rules as casbin reads them.
    pub(crate) fn access_lines(&self) -> String {
        let mut lines = String::new();
        for rule in &self.access.rules {
            for word in &rule.to {
                lines.push_str(&format!("p2, {word}, {}, {}\n", rule.entitlement, rule.tag));
            }
        }
        lines
    }
}
