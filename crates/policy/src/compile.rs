//! From files to the table that the gate reads, by asking casbin every question there is.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::access::{AccessRules, App, Entitlement, Opening, RoleSet, Words};
use bailiwick_domain::policy::BuiltInRole;
use bailiwick_domain::ports::PolicyError;
use bailiwick_domain::{Kind, Policy, Rights, Rule};

use crate::access_file::{AccessFile, AccessRule};
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
    /// What changes nothing and does no harm, as `file:line: what it is`.
    pub(crate) warnings: Vec<String>,
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
        let (mut messages, mut warnings) = roles_faults.into_messages_and_warnings();
        let (more_messages, more_warnings) = access_faults.into_messages_and_warnings();
        messages.extend(more_messages);
        warnings.extend(more_warnings);
        if messages.is_empty() {
            Ok(Self { files, roles, access, warnings })
        } else {
            Err(PolicyError(messages))
        }
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

    /// What the access rules open.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub(crate) fn access_rules(&self, roles: &[BuiltInRole]) -> Result<AccessRules, PolicyError> {
        let mut by_tag: HashMap<&str, Vec<Opening>> = HashMap::new();
        for (rule, opening) in self.access.rules.iter().zip(self.openings(roles)?) {
            by_tag.entry(&rule.tag).or_default().push(opening);
        }
        let mut access = AccessRules::default();
        for entitlement in &self.access.entitlements {
            access.declare_entitlement(Entitlement::new(&entitlement.name));
        }
        for app in &self.access.apps {
            access.declare(App::new(&app.name));
        }
        for need in &self.access.needs {
            let app = App::new(&need.app);
            for opening in by_tag.get(need.tag.as_str()).into_iter().flatten() {
                access.add(&app, need.kind, need.operation, opening.clone());
            }
        }
        Ok(access)
    }

    /// What each rule opens, in their order.
    fn openings(&self, roles: &[BuiltInRole]) -> Result<Vec<Opening>, PolicyError> {
        if Judge::compares(&self.files.model)? {
            return Ok(self.openings_as_they_stand(roles));
        }
        let judge = Judge::over(&self.files.model, &self.access_lines())?;
        let mut openings = Vec::with_capacity(self.access.rules.len());
        for rule in &self.access.rules {
            let opens = |word: &str| judge.opens(word, &rule.entitlement, &rule.tag);
            let mut opened = RoleSet::default();
            for (index, role) in (0..).zip(roles) {
                if opens(&role.name)? {
                    opened = opened.with(index);
                }
            }
            let [everybody, registered_user, created_user] = Words::NAMES;
            let words = Words {
                everybody: opens(everybody)?,
                registered_user: opens(registered_user)?,
                created_user: opens(created_user)?,
            };
            openings.push(opening(rule, opened, words));
        }
        Ok(openings)
    }

    /// The same where the model does nothing but compare words: what casbin would find line by line stands in the rule.
    /// casbin scans all its lines for every question, which thousands of rules would have to wait for.
    fn openings_as_they_stand(&self, roles: &[BuiltInRole]) -> Vec<Opening> {
        let index: HashMap<&str, u8> = roles.iter().map(|role| role.name.as_str()).zip(0..).collect();
        let of = |rule: &AccessRule| {
            let named = rule.to.iter().filter_map(|name| index.get(name.as_str()));
            let says = |word: &str| rule.to.iter().any(|name| name == word);
            let [everybody, registered_user, created_user] = Words::NAMES.map(says);
            let opened = named.fold(RoleSet::default(), |set, index| set.with(*index));
            opening(rule, opened, Words { everybody, registered_user, created_user })
        };
        self.access.rules.iter().map(of).collect()
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

fn opening(rule: &AccessRule, roles: RoleSet, words: Words) -> Opening {
    Opening {
        entitlement: Entitlement::new(&rule.entitlement),
        action: rule.tag.clone(),
        roles,
        words,
        line: format!("{ACCESS}:{}", rule.line),
    }
}
