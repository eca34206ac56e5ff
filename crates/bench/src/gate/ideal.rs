//! The ideal: what somebody would write by hand for these rules and no others. A bit for each kind and operation, a
//! mask of bits for each anchor and scope, a look-up for each level of the lineage. It gives no reason.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use anyhow::bail;
use bailiwick_domain::access::App;
use bailiwick_domain::access::Entitlement;
use bailiwick_domain::{Caller, Facts, Kind, Operation, Policy, PrincipalId, Rule, Scope};
use uuid::Uuid;

/// Ids are random already: their last eight bytes are their hash.
#[derive(Default)]
struct OfId(u64);

impl Hasher for OfId {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().copied().map_or(0, u64::from_ne_bytes);
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A bit for each kind and operation: four for each kind, since what is sent and received is neither viewed nor created.
type Mask = u128;

/// The number of operations that one kind may have.
const OPERATIONS: u32 = 4;
const _: () =
    assert!(Kind::ALL.len() as u32 * OPERATIONS <= Mask::BITS, "a mask has no bit for the last kind");

const fn bit(kind: Kind, operation: Operation) -> Mask {
    1 << (kind as u32 * OPERATIONS + operation as u32 % OPERATIONS)
}

#[derive(Default)]
struct Masks {
    own: Mask,
    all: Mask,
}

/// A caller, prepared.
pub struct Ideal {
    me: PrincipalId,
    home: Uuid,
    collaborations: Vec<Uuid>,
    /// At the server, by scope.
    own: Mask,
    organization: Mask,
    collaboration: Mask,
    global: Mask,
    /// Below it.
    at: HashMap<Uuid, Masks, BuildHasherDefault<OfId>>,
    /// What is opened to everybody on what is public.
    public: Mask,
}

impl Ideal {
    /// The same caller, in masks.
    ///
    /// # Errors
    /// The caller or the policy holds what the ideal was not written for.
    pub fn of(caller: &Caller, policy: &Policy) -> anyhow::Result<Self> {
        let (Some(me), Some(home), None, None) =
            (caller.principal, caller.home, &caller.bound, &caller.confinement)
        else {
            bail!("the ideal knows users alone");
        };
        let mut ideal = Self {
            me,
            home,
            collaborations: caller.collaborations.to_vec(),
            own: 0,
            organization: 0,
            collaboration: 0,
            global: 0,
            at: HashMap::default(),
            public: public(policy)?,
        };
        for held in caller.grants.iter() {
            for rule in held.rights.rules() {
                let bit = bit(rule.kind, rule.operation);
                match held.anchor().id {
                    None => *ideal.at_server(rule.scope) |= bit,
                    Some(anchor) => {
                        let masks = ideal.at.entry(anchor).or_default();
                        *(if rule.scope == Scope::Own { &mut masks.own } else { &mut masks.all }) |= bit;
                    }
                }
            }
        }
        // A wider scope includes the narrower ones.
        ideal.organization |= ideal.collaboration;
        ideal.own |= ideal.organization;
        Ok(ideal)
    }

    fn at_server(&mut self, scope: Scope) -> &mut Mask {
        match scope {
            Scope::Own => &mut self.own,
            Scope::Organization => &mut self.organization,
            Scope::Collaboration => &mut self.collaboration,
            Scope::Global => &mut self.global,
        }
    }

    /// The decision.
    pub fn allows(&self, operation: Operation, kind: Kind, facts: &Facts) -> bool {
        if facts.archived && matches!(operation, Operation::Create | Operation::Edit) {
            return false;
        }
        if operation == Operation::Create && !kind.hangs_under(facts.kind) {
            return false;
        }
        let bit = bit(kind, operation);
        if self.global & bit != 0
            || (self.organization & bit != 0 && facts.is_home(self.home))
            || (self.collaboration & bit != 0
                && facts.collaboration.is_some_and(|it| self.collaborations.contains(&it)))
        {
            return true;
        }
        let (mut own, mut let_in) = (self.own, false);
        let place = &facts.lineage;
        for anchor in [place.organization, place.project, place.job, place.task].into_iter().flatten() {
            if let Some(masks) = self.at.get(&anchor) {
                if masks.all & bit != 0 {
                    return true;
                }
                own |= masks.own;
                let_in = true;
            }
        }
        (own & bit != 0 && self.owns(operation, facts, let_in))
            || (self.public & bit != 0 && facts.entitlements.contains(&Entitlement::PUBLIC))
    }

    fn owns(&self, operation: Operation, facts: &Facts, let_in: bool) -> bool {
        use Operation::{Edit, Receive, View};
        (facts.assignee == Some(self.me) && matches!(operation, View | Edit | Receive))
            || (facts.maker == Some(self.me) && (let_in || facts.lineage.organization == Some(self.home)))
            || (operation == View && facts.lent.iter().any(|lent| lent.to == self.me))
    }
}

/// What the access rules open to everybody.
fn public(policy: &Policy) -> anyhow::Result<Mask> {
    let mut mask = 0;
    // Sources and contents are not among what is measured.
    let measured = |rule: &Rule| !matches!(rule.kind, Kind::Source | Kind::Content);
    for rule in Rule::catalogue().filter(measured) {
        for opening in policy.access().openings(&App::DEFAULT, rule.kind, rule.operation) {
            if opening.entitlement != Entitlement::PUBLIC || !opening.words.everybody {
                bail!("the ideal knows what is open to everybody alone: {}", opening.line);
            }
            mask |= bit(rule.kind, rule.operation);
        }
    }
    Ok(mask)
}
