//! Access rules, few and many: how soon they are loaded, and how soon a decision is made by one.

use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use bailiwick_domain::access::{App, Entitlement, RoleSet, Words};
use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::ports::PolicySource;
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Caller, Facts, Gate, Judgement, Kind, Operation, Policy, PrincipalId};
use bailiwick_policy::FilePolicy;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::measure::{Rounds, Side, alone, alternate};
use crate::table::{Table, Target, seconds};

/// Short rounds and many, as those of `gate`.
const ROUNDS: Rounds = Rounds { warm_up: 20, counted: 301 };
/// Loading takes long enough to be measured in few.
const LOADS: Rounds = Rounds { warm_up: 1, counted: 7 };

/// What is done to sources and contents.
const DEEDS: [(Kind, Operation); 7] = [
    (Kind::Source, Operation::View),
    (Kind::Source, Operation::Edit),
    (Kind::Source, Operation::Delete),
    (Kind::Content, Operation::View),
    (Kind::Content, Operation::Create),
    (Kind::Content, Operation::Edit),
    (Kind::Content, Operation::Delete),
];

/// To whom rules open something, in turn. Every role that has no rule of its own is among them.
const TO: [&str; 12] = [
    "\"SuperAdmin\", \"createdUser\"",
    "\"VachanAdmin\"",
    "\"VachanContentAdmin\", \"AgAdmin\"",
    "\"everybody\"",
    "\"VachanContentViewer\"",
    "\"BcsDeveloper\"",
    "\"registeredUser\"",
    "\"AgAdmin\", \"AgUser\"",
    "\"AgUser\"",
    "\"SanketMASTAdmin\"",
    "\"SanketMASTUser\", \"createdUser\"",
    "\"createdUser\"",
];

/// How many grants everybody has, half of them on what is asked about.
const GRANTS: usize = 20;
const CALLERS: usize = 10;
const OBJECTS: usize = 40;
/// How many entitlements and tags every one of the policies has.
const SHARED: usize = 10;

/// Access rules for each of so many entitlements and tags. The first ten of each say the same in all of them.
fn access_rules(entitlements: usize, tags: usize) -> anyhow::Result<String> {
    let mut text = String::from("{\n  \"entitlements\": { \"private\": \"Private.\"");
    for number in 0..entitlements {
        write!(text, ",\n    \"e{number}\": \"An entitlement.\"")?;
    }
    text.push_str(" },\n  \"tags\": {");
    for number in 0..tags {
        write!(text, "{}\n    \"t{number}\": \"A tag.\"", if number == 0 { "" } else { "," })?;
    }
    text.push_str(" },\n  \"apps\": {");
    let others = tags.saturating_sub(SHARED);
    for app in 0..2 + others.div_ceil(DEEDS.len()) {
        write!(text, "{}\n    \"{}\": {{", if app == 0 { "" } else { "," }, app_name(app))?;
        for (number, (kind, operation)) in DEEDS.iter().enumerate() {
            // The first two apps need the shared tags alone, so that they say the same however many there are.
            let tag = match app {
                0 | 1 => (app * 3 + number) % SHARED,
                _ => SHARED + ((app - 2) * DEEDS.len() + number) % others,
            };
            write!(text, "{} \"{kind}:{operation}\": \"t{tag}\"", if number == 0 { "" } else { "," })?;
        }
        text.push_str(" }");
    }
    text.push_str(" },\n  \"rules\": {");
    for entitlement in 0..entitlements {
        write!(text, "{}\n    \"e{entitlement}\": {{", if entitlement == 0 { "" } else { "," })?;
        for tag in 0..tags {
            let to = TO.get((entitlement * 5 + tag) % TO.len()).context("to")?;
            let comma = if tag == 0 { "" } else { "," };
            write!(text, "{comma}\n      \"t{tag}\": {{ \"to\": [{to}], \"why\": \"A reason.\" }}")?;
        }
        text.push_str(" }");
    }
    text.push_str(" }\n}\n");
    Ok(text)
}

fn app_name(number: usize) -> String {
    if number == 0 { App::DEFAULT.name().to_owned() } else { format!("app{number}") }
}

/// The shipped files, with other access rules.
fn write(directory: &Path, access_rules: &str) -> anyhow::Result<()> {
    std::fs::write(directory.join("model.conf"), include_str!("../../../policies/model.conf"))?;
    std::fs::write(directory.join("roles.csv"), include_str!("../../../policies/roles.csv"))?;
    Ok(std::fs::write(directory.join("access_rules.json"), access_rules)?)
}

/// A question: who, what, of which object.
#[derive(Debug, Clone, Copy)]
struct Ask {
    caller: usize,
    kind: Kind,
    operation: Operation,
    object: usize,
}

/// People, sources with their contents, and a policy over them.
struct Scene {
    gate: Gate,
    callers: Vec<Caller>,
    ideals: Vec<IdealCaller>,
    ideal: Ideal,
    objects: Vec<Facts>,
}

/// What somebody would write by hand for access rules and nothing else: a hash map of hash maps.
struct Ideal(HashMap<(usize, Kind, Operation), ByEntitlement>);

type ByEntitlement = HashMap<Entitlement, (RoleSet, Words)>;

/// Somebody, as the ideal knows them.
struct IdealCaller {
    me: PrincipalId,
    home: Uuid,
    app: usize,
    /// Roles by anchor.
    at: HashMap<Uuid, RoleSet>,
}

impl Ideal {
    fn of(policy: &Policy) -> Self {
        let mut all: HashMap<_, ByEntitlement> = HashMap::new();
        for (number, app) in policy.access().apps().enumerate() {
            for (kind, operation) in DEEDS {
                for opening in policy.access().openings(app, kind, operation) {
                    let of = all.entry((number, kind, operation)).or_default();
                    of.insert(opening.entitlement.clone(), (opening.roles, opening.words));
                }
            }
        }
        Self(all)
    }

    fn allows(&self, caller: &IdealCaller, kind: Kind, operation: Operation, facts: &Facts) -> bool {
        let Some(of) = self.0.get(&(caller.app, kind, operation)) else { return false };
        facts.entitlements.iter().filter_map(|entitlement| of.get(entitlement)).any(|(roles, words)| {
            words.everybody
                || words.registered_user
                || (words.created_user
                    && facts.maker == Some(caller.me)
                    && (facts.lineage.organization == Some(caller.home)
                        || caller.anchors(facts).next().is_some()))
                || caller.anchors(facts).any(|held| !held.both(*roles).is_empty())
        })
    }
}

impl IdealCaller {
    fn anchors<'c>(&'c self, facts: &Facts) -> impl Iterator<Item = &'c RoleSet> + use<'c> {
        let place = &facts.lineage;
        [place.organization, place.project].into_iter().flatten().filter_map(|anchor| self.at.get(&anchor))
    }
}

impl Scene {
    fn of(policy: Arc<Policy>) -> anyhow::Result<Self> {
        let mut random = StdRng::seed_from_u64(7);
        let mut id = || uuid::Builder::from_random_bytes(random.random()).into_uuid();
        let people: Vec<Uuid> = (0..CALLERS).map(|_| id()).collect();
        let mut places = Vec::new();
        for _ in 0..GRANTS {
            let organization = Facts::server().child(Kind::Organization, id(), None);
            let mut project = organization.child(Kind::Project, id(), None);
            project.entitlements.push(Entitlement::PRIVATE);
            places.push((organization, project));
        }
        let ids: Vec<Uuid> = (0..OBJECTS).map(|_| id()).collect();
        let mut objects = Vec::new();
        for (number, of) in ids.iter().enumerate() {
            let (_, project) = places.get(number % (GRANTS / 2)).context("place")?;
            let maker = people.get(number % people.len()).map(|maker| PrincipalId::user(*maker));
            let mut source = project.child(Kind::Source, *of, maker);
            for entitlement in [number % SHARED, (number * 3 + 1) % SHARED] {
                source.entitlements.push(Entitlement::new(format!("e{entitlement}")));
            }
            objects.push(source.child(Kind::Content, Uuid::from_u128(number as u128), maker));
            objects.push(source);
        }
        let roles: Vec<_> =
            policy.roles().iter().filter(|role| role.rights.rules().next().is_none()).collect();
        ensure!(!roles.is_empty(), "roles that access rules name");
        let (mut callers, mut ideals) = (Vec::new(), Vec::new());
        for (number, person) in people.iter().enumerate() {
            let me = PrincipalId::user(*person);
            let home = places.first().map(|(organization, _)| organization.id).context("home")?;
            let app = number % 2;
            let mut caller = Caller::new(me, home);
            caller.app = App::new(app_name(app));
            let mut at: HashMap<Uuid, RoleSet> = HashMap::new();
            for (grant, (organization, project)) in (1u128..).zip(&places) {
                let role = roles.choose(&mut random).context("role")?;
                let anchor = if grant % 2 == 0 { organization } else { project };
                let held = HeldGrant::lasting(
                    Uuid::from_u128(grant),
                    me,
                    anchor.clone(),
                    (role.id(), &role.name),
                    Closure::built_in(&role.name),
                );
                caller.grants.push(held.held(&policy));
                let roles = at.entry(anchor.id).or_default();
                *roles = roles.union(role.roles);
            }
            callers.push(caller);
            ideals.push(IdealCaller { me, home, app, at });
        }
        let ideal = Ideal::of(&policy);
        Ok(Self { gate: Gate::new(policy, OffsetDateTime::UNIX_EPOCH), callers, ideals, ideal, objects })
    }

    /// Every question there is; making contents is asked of sources.
    fn asks(&self) -> Vec<Ask> {
        let mut asks = Vec::new();
        for caller in 0..self.callers.len() {
            for (object, facts) in self.objects.iter().enumerate() {
                let of = |(kind, operation): &(Kind, Operation)| match operation {
                    Operation::Create => kind.hangs_under(facts.kind),
                    _ => *kind == facts.kind,
                };
                let deeds = DEEDS.iter().filter(|deed| of(deed));
                asks.extend(deeds.map(|&(kind, operation)| Ask { caller, kind, operation, object }));
            }
        }
        asks
    }

    fn ours(&self, ask: Ask) -> anyhow::Result<bool> {
        let (caller, facts) = (self.callers.get(ask.caller).context("caller")?, self.facts(ask)?);
        let judged = self.gate.judge_operation(caller, ask.operation, ask.kind, facts);
        Ok(matches!(judged, Judgement::Allowed(_)))
    }

    fn by_hand(&self, ask: Ask) -> anyhow::Result<bool> {
        let caller = self.ideals.get(ask.caller).context("caller")?;
        Ok(self.ideal.allows(caller, ask.kind, ask.operation, self.facts(ask)?))
    }

    fn facts(&self, ask: Ask) -> anyhow::Result<&Facts> {
        self.objects.get(ask.object).context("object")
    }
}

fn sweep(
    asks: &[Ask],
    mut decide: impl FnMut(Ask) -> anyhow::Result<bool>,
) -> Side<impl FnMut() -> anyhow::Result<()>> {
    Side(asks.len(), move || {
        asks.iter().try_for_each(|ask| decide(*ask).map(|allowed| _ = black_box(allowed)))
    })
}

/// Measures and prints.
///
/// # Errors
/// The files are not good, or two do not decide alike.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let shapes = [("100", 10, 10), ("10,000 of 100 tags", 100, 100), ("10,000 of 10 tags", 1000, 10)];
    let mut scenes = Vec::new();
    for (lines, entitlements, tags) in shapes {
        let directory = tempfile::tempdir()?;
        write(directory.path(), &access_rules(entitlements, tags)?)?;
        let load = || {
            black_box(FilePolicy::load(directory.path())?);
            Ok(())
        };
        let time = alone(LOADS, Side(1, load))?;
        let what = format!("access: files with access rules, {lines}, are loaded");
        table.figure(&what, &seconds(time), "at most 1 s", Some(time <= 1.0))?;
        scenes.push((lines, Scene::of(FilePolicy::load(directory.path())?.current())?));
    }
    let Some(((_, few), many)) = scenes.split_first() else { return Ok(()) };
    let asks = few.asks();
    let mut allowed = 0;
    for ask in &asks {
        let ours = few.ours(*ask)?;
        allowed += usize::from(ours);
        for (lines, scene) in &scenes {
            ensure!(scene.ours(*ask)? == ours, "{lines} differ from 100 about {ask:?}");
            ensure!(scene.by_hand(*ask)? == ours, "the ideal differs about {ask:?}: the gate says {ours}");
        }
    }
    ensure!(allowed > asks.len() / 4 && allowed < asks.len(), "{allowed} of {} are allowed", asks.len());
    for (lines, scene) in many {
        let pair = alternate(ROUNDS, sweep(&asks, |ask| scene.ours(ask)), sweep(&asks, |ask| few.ours(ask)))?;
        let what = format!("access: a decision by access rules, {lines}, beside 100");
        table.pair(&what, &pair, Target::TimesTheTime(1.2))?;
    }
    for (lines, scene) in &scenes {
        let pair =
            alternate(ROUNDS, sweep(&asks, |ask| scene.ours(ask)), sweep(&asks, |ask| scene.by_hand(ask)))?;
        let what = format!("access: a decision by access rules, {lines}, beside the hand-written ideal");
        table.pair(&what, &pair, Target::TimesTheTime(3.0))?;
    }
    Ok(())
}
