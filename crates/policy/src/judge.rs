//! casbin, asked about roles and access rules.

use std::sync::Arc;

use bailiwick_domain::Rule;
use bailiwick_domain::access::RoleSet;
use bailiwick_domain::ports::PolicyError;
use casbin::{
    CoreApi, DefaultModel, DefaultRoleManager, EnforceContext, Enforcer, Error, Model, RoleManager,
    StringAdapter,
};
use futures_util::FutureExt;
use parking_lot::RwLock;

use crate::faults::refuse;
use crate::files::Source;

/// The one effect that the table can hold. casbin knows others, and panics at what it does not know.
const EFFECT: &str = "some(where (p_eft == allow))";

/// How a model reads access rules that does nothing but compare words, as casbin spells it.
const COMPARING: [&str; 3] =
    ["r2_entitlement == p2_entitlement", "r2_action == p2_action", "r2_word == p2_word"];

/// casbin under `model.conf`, over some lines.
pub(crate) struct Judge<'a> {
    model: &'a Source,
    enforcer: Enforcer,
    roles: Arc<RwLock<DefaultRoleManager>>,
}

impl<'a> Judge<'a> {
    /// Whether what the model makes of access rules is known without asking: a line opens what it says, to whom it
    /// says it, and nothing else.
    ///
    /// # Errors
    /// As [`Self::over`].
    pub(crate) fn compares(model: &Source) -> Result<bool, PolicyError> {
        let parsed = parsed(model)?;
        let says = |section: &str, key: &str| {
            parsed.get_model().get(section).and_then(|all| all.get(key)).map_or("", |it| it.value.as_str())
        };
        let words = |section: &str, key: &str| -> Vec<String> {
            says(section, key).split(',').map(|word| word.trim().to_owned()).collect()
        };
        let mut comparing: Vec<&str> = says("m", "m2").split("&&").map(str::trim).collect();
        comparing.sort_unstable();
        let mut right = COMPARING.to_vec();
        right.sort_unstable();
        let in_order = |words: &[String]| words == ["word", "entitlement", "action"];
        Ok(in_order(&words("r", "r2")) && in_order(&words("p", "p2")) && comparing == right)
    }

    /// casbin over these lines.
    ///
    /// # Errors
    /// The model can't be understood, or says something else than that a line allows.
    pub(crate) fn over(model: &'a Source, lines: &str) -> Result<Self, PolicyError> {
        let refused = |error: Error| unreadable(model, &error);
        let parsed = parsed(model)?;
        for effect in ["e", "e2"] {
            let found = parsed.get_model().get("e").and_then(|all| all.get(effect)).map(|e| e.value.as_str());
            if found != Some(EFFECT) {
                let right = EFFECT.replace('_', ".");
                return Err(refuse(
                    &model.name,
                    format!("`{effect} = {right}` must stand under [policy_effect]"),
                ));
            }
        }
        // The default role manager follows includes to a depth of ten only.
        let roles = Arc::new(RwLock::new(DefaultRoleManager::new(RoleSet::CAPACITY)));
        let load = async {
            let mut enforcer = Enforcer::new_raw(parsed, StringAdapter::new(lines)).await?;
            enforcer.set_role_manager(roles.clone())?;
            enforcer.load_policy().await?;
            Ok(enforcer)
        };
        let enforcer = at_once(load).map_err(refused)?;
        Ok(Self { model, enforcer, roles })
    }

    /// Whether a role holds a rule.
    ///
    /// # Errors
    /// The model can't be evaluated.
    pub(crate) fn allows(&self, role: &str, rule: Rule) -> Result<bool, PolicyError> {
        let question = (role, rule.kind.word(), rule.operation.word(), rule.scope.word());
        self.enforcer.enforce(question).map_err(|error| self.refused(&error))
    }

    /// Whether an action on what carries an entitlement is opened to a role or word.
    ///
    /// # Errors
    /// The model can't be evaluated.
    pub(crate) fn opens(&self, word: &str, entitlement: &str, action: &str) -> Result<bool, PolicyError> {
        self.enforcer
            .enforce_with_context(EnforceContext::new("2"), (word, entitlement, action))
            .map_err(|error| self.refused(&error))
    }

    /// Whether a role is another or includes it.
    pub(crate) fn includes(&self, role: &str, included: &str) -> bool {
        self.roles.read().has_link(role, included, None)
    }

    fn refused(&self, error: &Error) -> PolicyError {
        refuse(&self.model.name, format!("casbin can't judge by this: {error}"))
    }
}

fn parsed(model: &Source) -> Result<DefaultModel, PolicyError> {
    at_once(DefaultModel::from_str(&model.text)).map_err(|error| unreadable(model, &error))
}

fn unreadable(model: &Source, error: &Error) -> PolicyError {
    refuse(&model.name, format!("casbin can't read this: {error}"))
}

/// The outcome of a future that waits for nothing: casbin is asynchronous for the sake of adapters that do I/O.
fn at_once<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    future.now_or_never().unwrap_or_else(|| Err(std::io::Error::from(std::io::ErrorKind::WouldBlock).into()))
}
