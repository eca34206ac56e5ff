//! Decisions as answers, over random worlds: what `/authz/check` says is what the gate says, what the deed's route does,
//! what `/authz/explain` explains, whom `/authz/who` names and what the lists hold.
//!
//! `AUTHZ_WORLDS` sets the number of worlds in memory (an eighth of it on SQLite), `AUTHZ_SEED` draws others.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_testkit::decisions::{Answer, Kind, Object, World};
use bailiwick_testkit::draws::draws;
use bailiwick_testkit::judge::Scene;
use bailiwick_testkit::oracle::Verdict;
use bailiwick_testkit::worlds::worlds;
use bailiwick_tests::rows::ask::{collection, list, send};
use bailiwick_tests::rows::fit::id_on_server;
use bailiwick_tests::rows::questions::{Asked, questions};
use bailiwick_tests::rows::{Outcome, Setting, Worlds, fit, request};
use bailiwick_tests::{Actor, Storage};
use serde_json::{Value, json};
use uuid::Uuid;

/// How many worlds there are in memory unless it is said otherwise.
const WORLDS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_as_answers_agree_in_memory() {
    examine_all(Storage::Memory, number("AUTHZ_WORLDS", WORLDS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_as_answers_agree_on_sqlite() {
    examine_all(Storage::Sqlite, number("AUTHZ_WORLDS", WORLDS).div_ceil(8)).await;
}

#[cfg(feature = "postgres")]
mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn decisions_as_answers_agree() {
        super::examine_all(
            super::Storage::Postgres,
            super::number("AUTHZ_WORLDS", super::WORLDS).div_ceil(20),
        )
        .await;
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn decisions_as_answers_agree() {
        super::examine_all(super::Storage::MySql, super::number("AUTHZ_WORLDS", super::WORLDS).div_ceil(20))
            .await;
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn examine_all(storage: Storage, wanted: usize) {
    let mut halves = [Vec::new(), Vec::new()];
    let seed = u8::try_from(number("AUTHZ_SEED", 1) % 256).unwrap();
    for (turn, world) in draws(worlds(), seed).take(wanted).enumerate() {
        halves[turn % 2].push((turn, world));
    }
    let runs = halves.map(|half| {
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let examined =
                half.into_iter().map(|(turn, world)| runtime.block_on(examine(turn, world, storage)));
            examined.collect::<Vec<Counted>>()
        })
    });
    let mut all = Counted::default();
    for run in runs {
        run.await.unwrap().into_iter().for_each(|counted| all.merge(counted));
    }
    println!("{storage:?}: {wanted} worlds, {:?}", all.asked);
    for difference in all.differences.iter().take(20) {
        println!("  {difference}");
    }
    assert!(all.differences.is_empty(), "{} differences", all.differences.len());
}

/// What was asked how often, and what did not agree.
#[derive(Default)]
struct Counted {
    asked: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
}

impl Counted {
    fn merge(&mut self, other: Self) {
        for (what, times) in other.asked {
            *self.asked.entry(what).or_default() += times;
        }
        self.differences.extend(other.differences);
    }

    fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &'static str,
        wanted: T,
        got: T,
        of: impl FnOnce() -> String,
    ) {
        *self.asked.entry(what).or_default() += 1;
        if wanted != got {
            self.differences.push(format!("{what}: wanted {wanted:?}, got {got:?}: {}", of()));
        }
    }
}

/// Takes out of a world what no server can hold: the third and every later sort of entitlements becomes the second, for
/// a project has one of two visibilities, and a grant that would end before it starts has no start.
fn make_possible(world: &mut World) {
    let mut sorts: Vec<Vec<String>> = Vec::new();
    for project in world.objects.iter_mut().filter(|object| object.kind == Kind::Project) {
        if !sorts.contains(&project.entitlements) {
            match sorts.len() {
                2 => project.entitlements.clone_from(&sorts[1]),
                _ => sorts.push(project.entitlements.clone()),
            }
        }
    }
    // Runs are carried out by nodes alone.
    let nodes = world.objects.iter().filter(|object| object.kind == Kind::Node);
    let nodes: BTreeSet<String> = nodes.map(|node| node.id.clone()).collect();
    for run in world.objects.iter_mut().filter(|object| object.kind == Kind::Run) {
        run.assignee = run.assignee.take().filter(|assignee| nodes.contains(assignee));
    }
    for grant in &mut world.objects {
        grant.starts = grant.starts.filter(|start| grant.ends.is_none_or(|end| *start < end));
    }
}

/// One question in this many is put to the routes, to `explain` and alone as well; another one each turn.
const SAMPLE: usize = 23;

/// A world on its server.
struct Examined<'w> {
    turn: usize,
    setting: &'w Setting,
    scene: Scene<'w>,
    questions: Vec<Asked>,
    principals: Vec<&'w str>,
    counted: Counted,
}

async fn examine(turn: usize, mut world: World, storage: Storage) -> Counted {
    make_possible(&mut world);
    let world = fit(&world).unwrap();
    let asks = |object: &&Object| matches!(object.kind, Kind::User | Kind::ApiKey | Kind::Node);
    let principals = world.objects.iter().filter(asks);
    let callers: BTreeSet<String> = principals.map(|principal| principal.id.clone()).collect();
    let setting = Setting::of(world, storage, &callers).await;
    let mut examined = Examined {
        turn,
        setting: &setting,
        scene: Scene::new(&setting.world),
        questions: questions(&setting.world),
        principals: callers.iter().map(String::as_str).collect(),
        counted: Counted::default(),
    };
    let mut allowed = BTreeMap::new();
    for caller in std::iter::once(None).chain(callers.iter().map(|id| Some(id.as_str()))) {
        if let Some(answers) = examined.of_caller(caller).await {
            allowed.insert(caller, answers);
        }
    }
    examined.on_behalf(&allowed).await;
    examined.who(&allowed).await;
    let Counted { asked, mut differences } = examined.counted;
    if !differences.is_empty() {
        differences.push(format!("world {turn}: {}", serde_json::to_string(&setting.world).unwrap()));
    }
    Counted { asked, differences }
}

type Answers<'w> = BTreeMap<Option<&'w str>, Vec<Value>>;

fn is_allowed(answer: &Value) -> bool {
    answer["allowed"].as_bool().unwrap()
}

async fn check(actor: &Actor, principal: Option<&Value>, questions: &[Asked]) -> Option<Vec<Value>> {
    let checks: Vec<&Value> = questions.iter().map(|question| &question.body).collect();
    let mut body = json!({ "checks": checks });
    if let Some(principal) = principal {
        body["principal"] = principal.clone();
    }
    let answer = actor.post("/authz/check", body).await;
    (answer.status != 401).then(|| answer.is(200).body["results"].as_array().unwrap().clone())
}

impl<'w> Examined<'w> {
    /// What one caller is told: all answers; none for credentials that are not good.
    async fn of_caller(&mut self, caller: Option<&'w str>) -> Option<Vec<Value>> {
        let actor = self.setting.actor(caller);
        let judged = self.scene.caller(caller);
        let answers = check(actor, None, &self.questions).await;
        self.counted.same("good credentials", judged.is_some(), answers.is_some(), || format!("{caller:?}"));
        let (judged, answers) = (judged?, answers?);
        for (index, answer) in answers.iter().enumerate() {
            let question = &self.questions[index];
            let of = || format!("{caller:?} {question:?}: {answer}");
            let wanted = question.judged(&self.scene, &judged);
            self.counted.same("check as the gate", wanted, is_allowed(answer), of);
            self.counted.same("a reason with it", is_allowed(answer), answer["reason"].is_object(), of);
            if (index + self.turn).is_multiple_of(SAMPLE) {
                self.alone(caller, index, answer).await;
                self.by_route(caller, index, answer).await;
            }
        }
        self.lists(caller, &answers).await;
        Some(answers)
    }

    /// One question alone, and explained.
    async fn alone(&mut self, caller: Option<&str>, index: usize, answer: &Value) {
        let (actor, question) = (self.setting.actor(caller), &self.questions[index]);
        let alone = check(actor, None, std::slice::from_ref(question)).await.unwrap();
        let of = || format!("{caller:?} {question:?}");
        self.counted.same("alone as in a batch", answer, &alone[0], of);
        let explained = actor.get(&format!("/authz/explain?{}", question.query())).await.is(200).body;
        for part in ["allowed", "reason", "missing", "guard"] {
            self.counted.same("explained as checked", &answer[part], &explained[part], of);
        }
    }

    /// What the route of the deed answers, dry.
    async fn by_route(&mut self, caller: Option<&str>, index: usize, answer: &Value) {
        let question = &self.questions[index];
        let world = &self.setting.world;
        let Ok(request) = request(Worlds { told: world, held: world }, &question.ask) else { return };
        if question.kind == Kind::Grant && question.is_create() {
            return; // What it would hand out matters as well.
        }
        let query = if request.method == reqwest::Method::GET { "" } else { "?dry_run=true" };
        let outcome = send(self.setting.actor(caller), &request, query).await;
        let of = || format!("{caller:?} {question:?}: {answer}, the route says {outcome:?}");
        let done = matches!(outcome, Ok(Outcome::Done | Outcome::Dependents));
        let told = Verdict::from(outcome.clone().unwrap());
        // The question does not say for which collaboration a node would work, and the route refuses one for none.
        let for_none = question.kind == Kind::Node && question.is_create() && !done;
        if !for_none || told != Verdict::Deny(Answer::Unprocessable) {
            self.counted.same("route as checked", is_allowed(answer), done, of);
        }
        let scene = self.scene.answer(caller, &question.ask);
        self.counted.same("route as the gate", scene, told, of);
    }

    /// Every list holds what may be viewed.
    async fn lists(&mut self, caller: Option<&str>, answers: &[Value]) {
        let world = &self.setting.world;
        for &kind in Kind::ALL.iter().filter(|kind| collection(**kind).is_some()) {
            // Small pages, but for the catalogue of rules, which is the same everywhere.
            let limit = if kind == Kind::Rule { 500 } else { 4 + self.turn % 7 };
            let ids = list(self.setting.actor(caller), kind, limit).await.unwrap();
            let of_kind = world.objects.iter().filter(|object| object.kind == kind);
            let known: BTreeSet<Uuid> = of_kind.map(|object| id_on_server(world, object)).collect();
            let viewed = self.questions.iter().zip(answers).filter(|(question, answer)| {
                question.kind == kind && question.is_view() && is_allowed(answer)
            });
            let viewed: BTreeSet<Uuid> = viewed.map(|(question, _)| question.id).collect();
            let listed: BTreeSet<Uuid> = ids.intersection(&known).copied().collect();
            self.counted.same("list as viewed", viewed, listed, || format!("{caller:?} {kind:?}"));
        }
    }

    fn principal(&self, name: &str) -> Value {
        serde_json::to_value(self.scene.principal(name).unwrap()).unwrap()
    }

    /// What root is told of others is what they are told themselves.
    async fn on_behalf(&mut self, allowed: &Answers<'w>) {
        let root = self.setting.actor(Some("user-0"));
        for principal in self.principals.clone() {
            let told = check(root, Some(&self.principal(principal)), &self.questions).await.unwrap();
            for (index, told) in told.iter().enumerate() {
                let own = allowed.get(&Some(principal)).is_some_and(|own| is_allowed(&own[index]));
                let of = || format!("{principal} {:?}", self.questions[index]);
                self.counted.same("of others as of oneself", own, is_allowed(told), of);
            }
        }
    }

    /// Who may, as root is told and as somebody else is.
    async fn who(&mut self, allowed: &Answers<'w>) {
        let asking: Vec<&str> = allowed.keys().filter_map(|caller| *caller).collect();
        for index in 0..self.questions.len() {
            if (index + self.turn).is_multiple_of(SAMPLE) {
                self.who_may("user-0", index, allowed).await;
                self.who_may(asking[(index / SAMPLE) % asking.len()], index, allowed).await;
            }
        }
    }

    async fn who_may(&mut self, asking: &'w str, index: usize, allowed: &Answers<'w>) {
        let question = &self.questions[index];
        let answer = self.setting.actor(Some(asking)).get(&format!("/authz/who?{}", question.query())).await;
        let caller = self.scene.caller(Some(asking)).unwrap();
        let sees = |facts| self.scene.gate().may_view(&caller, facts);
        let seen = self.scene.facts_of(&question.name).is_none_or(sees);
        let of = || format!("{asking} {question:?}: {:#}", answer.body);
        self.counted.same(
            "who is answered to who may view it",
            if seen { 200 } else { 404 },
            answer.status.as_u16(),
            of,
        );
        if !seen || answer.status != 200 {
            return;
        }
        let named: BTreeSet<&str> = answer.body["principals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|able| {
                let is_it = |name: &&&str| self.principal(name) == able["principal"];
                *self.principals.iter().find(is_it).unwrap()
            })
            .collect();
        let may = |name: &&&str| allowed.get(&Some(**name)).is_some_and(|own| is_allowed(&own[index]));
        let viewable = |name: &&&str| self.scene.facts_of(name).is_some_and(sees);
        let able: BTreeSet<&str> = self.principals.iter().filter(may).filter(viewable).copied().collect();
        // Whom a word lets in need not be named one by one.
        let words = answer.body["words"].as_array().unwrap();
        let by_word = |name: &str| {
            let reason = &allowed[&Some(name)][index]["reason"];
            match reason["by"].as_str() {
                Some("access_rule") => words.contains(&reason["word"]),
                _ => words.contains(&json!("registeredUser")) && reason["by"] == "being",
            }
        };
        let missed: Vec<&str> = able.difference(&named).copied().filter(|name| !by_word(name)).collect();
        let wrong: Vec<&str> = named.difference(&able).copied().collect();
        self.counted.same("who as checked", (Vec::new(), Vec::new()), (missed, wrong), of);
    }
}
