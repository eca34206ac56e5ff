//! Who may do something to an object.

use bailiwick_domain::access::App;
use bailiwick_domain::facts::{Anchor, Lineage};
use bailiwick_domain::gate::Judgement;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Store};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::reach::Term;
use bailiwick_domain::reason::Reason;
use bailiwick_domain::{Facts, Policy};
use serde::Serialize;
use uuid::Uuid;

use super::{Question, look_up, target, told};
use crate::cx::Cx;
use crate::error::AppError;
use crate::methods::Standings;

/// A principal that may, and by what.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Able {
    /// Who.
    pub principal: PrincipalId,
    /// Its name.
    pub name: String,
    /// Its home.
    pub organization_id: Option<Uuid>,
    /// By what; left out where it is a grant that the one who asks may not view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Who may do something to an object.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Who {
    /// Those whom the one who asks may view, by name.
    pub principals: Vec<Able>,
    /// The computed words of access rules that open it: `everybody`, `registeredUser`.
    pub words: Vec<&'static str>,
}

/// Who may do this to that object, people through an app, each with the way by which. Principals that the caller may not view are left out.
///
/// # Errors
/// The object is hidden from the caller; a question that is not well formed; storage.
pub async fn who(cx: &Cx, question: &Question, app: Option<&str>) -> Result<Who, AppError> {
    let app = through(cx, app)?;
    let target = target(question, "")?;
    let seen = look_up(cx, &[target])
        .await?
        .remove(&target)
        .filter(|facts| facts.kind == Kind::Server || cx.gate.may_view(&cx.caller, facts));
    let Some(facts) = seen else {
        let denial = cx.gate.absent(&cx.caller, Operation::View, question.kind);
        return cx.audited(Err(AppError::denied(denial, question.id.unwrap_or_default()))).await;
    };
    let store: &dyn Store = &*cx.store;
    let mut concerned: Vec<PrincipalId> = facts.names.into_iter().collect();
    for about in std::iter::once(&facts).chain(facts.between.iter().flat_map(|sides| sides.iter())) {
        // For viewing, a collaboration lies inside each of its members; a proposal is its sides' to view.
        concerned.extend(Lookup::concerned(store, about).await?);
        if about.kind == Kind::Collaboration {
            for &member in &about.homes {
                let place = Facts::new(Kind::Organization, member, Lineage::default());
                concerned.extend(Lookup::concerned(store, &place).await?);
            }
        }
    }
    // Nodes are asked only where the role that they hold by being nodes says anything of this.
    let role = cx.policy().role(Policy::NODE);
    if role.is_some_and(|role| role.rights.scope(question.kind, question.operation).is_some()) {
        concerned.extend(store.nodes().await?);
    }
    concerned.sort_unstable();
    concerned.dedup();
    let mut principals = Vec::new();
    for identity in Lookup::identities(store, &concerned).await? {
        if !cx.gate.may_view(&cx.caller, &identity.facts) {
            continue;
        }
        let Some(caller) = identity.caller(cx.policy(), cx.gate.now()) else { continue };
        // Keys and machines ask through their own.
        let is_person = identity.principal.kind == PrincipalKind::User;
        let caller = if is_person { caller.through(&app, None) } else { caller };
        if let Judgement::Allowed(because) =
            cx.gate.judge_operation(&caller, question.operation, question.kind, &facts)
        {
            let standings = Standings::of(cx, &caller, std::iter::once(&facts)).await?;
            if standings.forbids(cx, &caller, question.operation, &facts).is_none() {
                principals.push(Able {
                    principal: identity.principal,
                    name: identity.name.clone(),
                    organization_id: identity.home(),
                    reason: told(cx, &caller, because),
                });
            }
        }
    }
    principals.sort_by(|a, b| a.name.cmp(&b.name).then(a.principal.cmp(&b.principal)));
    Ok(Who { principals, words: words(cx, question, &facts, &app) })
}

/// The app through which people would ask: the default app where none is named.
fn through(cx: &Cx, name: Option<&str>) -> Result<App, AppError> {
    let Some(name) = name.filter(|name| *name != App::DEFAULT.name()) else { return Ok(App::DEFAULT) };
    let known = cx.policy().access().apps().find(|app| app.name() == name);
    known.cloned().ok_or_else(|| AppError::invalid("app", "the name of an app in the access rules in force"))
}

fn words(cx: &Cx, question: &Question, facts: &Facts, app: &App) -> Vec<&'static str> {
    let opens = |fits: fn(&bailiwick_domain::access::Words) -> bool| {
        cx.policy().access().openings(app, question.kind, question.operation).iter().any(|opening| {
            let entitled = Term::Entitled { entitlement: &opening.entitlement, within: Anchor::SERVER };
            fits(&opening.words) && entitled.holds(&cx.caller, question.operation, facts)
        })
    };
    let everyone_may = facts.built_in && question.operation == Operation::View;
    let mut words = Vec::new();
    if opens(|words| words.everybody) {
        words.push("everybody");
    }
    if everyone_may || opens(|words| words.registered_user) {
        words.push("registeredUser");
    }
    words
}
