//! Every route x every kind of principal and role x every relation of the target, in a reviewed table.

use std::collections::BTreeMap;
use std::fmt::Write;

use bailiwick_tests::cases::{About, Case, NOTHING};
use bailiwick_tests::{Actor, Answer, Player, Stage, on_every_storage};
use serde_json::Value;

on_every_storage!(statuses);

/// How the target is related to the people of north.
const RELATIONS: [&str; 5] = ["own", "organization", "collaboration", "foreign", "nothing"];

/// Who asks: the people of north, and two keys.
const ASKING: [&str; 15] = [
    "anonymous",
    "nobody",
    "viewer",
    "annotator",
    "reviewer",
    "editor",
    "manager",
    "owner",
    "root",
    "partner",
    "auditor",
    "key",
    "wide-key",
    "node",
    "container",
];

/// The statuses of a route for everybody who asks.
type Table = BTreeMap<usize, Vec<u16>>;

async fn statuses(storage: bailiwick_tests::Storage) {
    let stage = Stage::set(storage).await;
    let targets = Targets::of(&stage).await;
    let cases = Case::all();
    let mut tables: Vec<(&Case, Table)> = cases.iter().map(|case| (case, Table::new())).collect();
    for (index, name) in ASKING.iter().enumerate() {
        let player = stage.player(name);
        let before = stage.dump().await;
        for (case, table) in &mut tables {
            let rows = stage.site.rows().await;
            let statuses = row(&stage, &targets, case, player).await;
            if statuses.iter().all(|status| (400..500).contains(status)) {
                let told = format!("what was denied to {name}: {}", case.deed);
                assert_eq!(lasting(stage.site.rows().await), lasting(rows), "{told}");
            }
            table.insert(index, statuses);
        }
        stage.unchanged(&before, &format!("what was denied to {name}")).await;
    }
    insta::assert_snapshot!("statuses", told(&tables));
}

/// Tables in which nothing that was denied leaves a row: all, but for the log, which tells of denials, and what signing in
/// to ask leaves.
fn lasting(mut rows: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    rows.retain(|table, _| !["audit_events", "sessions", "refresh_tokens"].contains(&table.as_str()));
    rows
}

/// The statuses of one route for one caller, by relation; one status where it is about nothing in particular.
async fn row(stage: &Stage, targets: &Targets, case: &Case, player: &Player) -> Vec<u16> {
    let asking = asking(stage, case, player).await;
    let (About::Path(kind) | About::Claim(kind)) = case.about else {
        return vec![sent(&asking, case, "", stage).await.status.as_u16()];
    };
    let mut answers = Vec::new();
    for relation in RELATIONS {
        let id = targets.id(stage, player, kind, relation).await;
        answers.push(sent(&asking, case, &id, stage).await);
    }
    if player.name != "root" {
        let (foreign, nothing) = (&answers[3], &answers[4]);
        assert_eq!(shape(foreign), shape(nothing), "{} tells {} what is there", case.deed, player.name);
    }
    answers.iter().map(|answer| answer.status.as_u16()).collect()
}

/// Sends without effect; what is denied is sent again in earnest, and denied again.
async fn sent(asking: &Actor, case: &Case, id: &str, stage: &Stage) -> Answer {
    let send = async |path: String| case.send(asking, &path, id, stage).await;
    let answer = send(case.dry(id, stage)).await;
    if case.dry_run && !answer.status.is_success() {
        let earnest = send(case.to(id, stage)).await;
        assert_eq!(shape(&earnest), shape(&answer), "{}: in earnest it is another answer", case.deed);
    }
    answer
}

/// Signing out ends the session that does it: somebody else's of the same caller.
async fn asking(stage: &Stage, case: &Case, player: &Player) -> Actor {
    match player.login {
        Some(login) if case.deed == "sign_out" => {
            stage.site.anon().with_tokens(login, &format!("password of {login}")).await
        }
        _ => player.actor.clone(),
    }
}

/// All of an answer that may tell one target from another.
fn shape(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("instance");
        body.remove("decision");
    }
    // A connection stays if a body that nobody has read has come by then: that is the network's.
    let own = ["x-request-id", "date", "connection"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    (answer.status.as_u16(), headers, body)
}

/// What every route is aimed at.
struct Targets {
    rule: String,
    audit: BTreeMap<String, String>,
}

impl Targets {
    async fn of(stage: &Stage) -> Self {
        let root = stage.actor("root");
        let rule = root.get("/rules").await.is(200).ids()[0].clone();
        let mut audit = BTreeMap::new();
        let places =
            [("own", "north/home"), ("organization", "north/next"), ("collaboration", "south/shared")];
        for (relation, project) in places.into_iter().chain([("foreign", "west/far")]) {
            let about = stage.id("project", project);
            let found = root.get(&format!("/audit-events?object_id={about}")).await.is(200).ids();
            audit.insert(relation.to_owned(), found[0].clone());
        }
        Self { rule, audit }
    }

    async fn id(&self, stage: &Stage, player: &Player, kind: &str, relation: &str) -> String {
        if relation == "nothing" {
            return NOTHING.to_owned();
        }
        let own_name = if player.login.is_none() { "mate" } else { player.name };
        let path = match (kind, relation) {
            ("rule", "foreign") => return NOTHING.to_owned(),
            ("rule", _) => return self.rule.clone(),
            ("audit_event", _) => return self.audit[relation].clone(),
            ("session", _) => return session(stage, player, relation).await,
            ("api_key", "own") if player.name == "wide-key" => "north/scout".to_owned(),
            ("user", "own") if player.login.is_none() => "north/manager".to_owned(),
            ("user", "own") => format!("north/{own_name}"),
            ("grant", "own") => own_grant(player.name).to_owned(),
            ("role", "own") => own_role(player.name).to_owned(),
            ("task", "own") if player.login.is_some() => format!("north/home/workup/for {own_name}"),
            ("annotation", "own") if player.login.is_some() => {
                format!("north/home/workup/for {own_name}: north/home/finding")
            }
            ("comment", "own") if player.login.is_some() => {
                format!("north/home/workup/for {own_name}: hard to see")
            }
            (_, relation) => work(kind, relation).unwrap_or_else(|| fixed(kind, relation).to_owned()),
        };
        stage.id(kind, &path).to_owned()
    }
}

fn own_grant(name: &str) -> &'static str {
    match name {
        "annotator" => "north/annotator annotator north/home",
        "reviewer" => "north/reviewer reviewer north/home",
        "editor" => "north/editor editor north/home",
        "manager" => "north/manager manager north/home",
        "owner" => "north/owner owner north",
        "root" => "north/root root server",
        "partner" => "north/partner north/partner server",
        "auditor" => "north/auditor north/auditor north",
        "key" => "north/home/robot manager north/home",
        "wide-key" => "north/scout viewer server",
        _ => "north/viewer viewer north/home",
    }
}

fn own_role(name: &str) -> &'static str {
    match name {
        "partner" => "north/partner",
        "auditor" => "north/auditor",
        _ => "viewer",
    }
}

/// What work is made of lies alike in one project of each relation.
fn work(kind: &str, relation: &str) -> Option<String> {
    let project = fixed("project", relation);
    Some(match kind {
        "file" => format!("{project}/scan"),
        "dataset" => format!("{project}/scans"),
        "label" => format!("{project}/finding"),
        "source" => format!("{project}/en_ATLAS_1_document"),
        "content" => format!("{project}/page"),
        "annotation" => format!("{project}/workup/loose: {project}/finding"),
        "comment" => format!("{project}/workup/loose: hard to see"),
        "export" => format!("{project}/workup: jsonl"),
        _ => return None,
    })
}

fn fixed(kind: &str, relation: &str) -> &'static str {
    match (kind, relation) {
        ("collaboration", "own" | "organization" | "collaboration") => "alliance",
        ("collaboration", _) => "outback",
        ("proposal", _) => "west into alliance",
        ("node", "own" | "organization") => "north/worker",
        ("node", "collaboration") => "south/worker",
        ("node", _) => "west/worker",
        ("run", "own" | "organization") => "south/shared/workup/compute by north",
        ("run", "collaboration") => "south/shared/workup/compute by south",
        ("run", _) => "west/far/workup/compute by west",
        ("organization", "own" | "organization") => "north",
        ("organization", "collaboration") => "south",
        ("organization", _) => "west",
        ("user", "organization") => "north/mate",
        ("user", "collaboration") => "south/sam",
        ("user", _) => "west/wim",
        ("role", "organization") => "north/auditor",
        ("role", "collaboration") => "south/reader",
        ("role", _) => "west/reader",
        ("grant", "organization") => "north/mate editor north/next",
        ("grant", "collaboration") => "south/sue reviewer south/shared",
        ("grant", _) => "west/wim viewer west/far",
        ("invitation", "own") => "? viewer north/home",
        ("invitation", "organization") => "? viewer north/next",
        ("invitation", "collaboration") => "? viewer south/shared",
        ("invitation", _) => "? viewer west/far",
        ("client_app", _) => "Vachan-online",
        ("api_key", "own") => "north/home/robot",
        ("api_key", "organization") => "north/scout",
        ("api_key", "collaboration") => "south/robot",
        ("api_key", _) => "west/robot",
        ("project", "own") => "north/home",
        ("project", "organization") => "north/next",
        ("project", "collaboration") => "south/shared",
        ("project", _) => "west/far",
        ("job", "own") => "north/home/workup",
        ("job", "organization") => "north/next/workup",
        ("job", "collaboration") => "south/shared/workup",
        ("job", _) => "west/far/workup",
        ("task", "own") => "north/home/workup/loose",
        ("task", "organization") => "north/next/workup/loose",
        ("task", "collaboration") => "south/shared/workup/loose",
        ("task", _) => "west/far/workup/loose",
        (kind, _) => panic!("no target of kind {kind}"),
    }
}

/// A session: a second one of the caller's own, or one of somebody else.
async fn session(stage: &Stage, player: &Player, relation: &str) -> String {
    let login = match (relation, player.login) {
        ("own", Some(login)) => login,
        ("collaboration", _) => "south/sue",
        ("foreign", _) => "west/wes",
        _ => "north/nobody",
    };
    let second = stage.site.anon().with_tokens(login, &format!("password of {login}")).await;
    let found = second.get("/auth/sessions").await.is(200);
    let mut sessions = found.body["items"].as_array().unwrap().iter();
    sessions.find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned()
}

/// Routes with equal tables share one; callers with equal rows share one.
fn told(tables: &[(&Case, Table)]) -> String {
    let mut folded: Vec<(Vec<String>, &Table)> = Vec::new();
    for (case, table) in tables {
        let head = format!("{} {} ({})", case.method, case.path, case.deed);
        match folded.iter_mut().find(|(_, known)| *known == table) {
            Some((heads, _)) => heads.push(head),
            None => folded.push((vec![head], table)),
        }
    }
    let mut text = format!("a row is: {}; one status where there is no target\n", RELATIONS.join(", "));
    for (heads, table) in folded {
        write!(text, "\n{}\n", heads.join("\n")).unwrap();
        let mut rows: Vec<(&Vec<u16>, Vec<&str>)> = Vec::new();
        for (index, row) in table {
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, names)) => names.push(ASKING[*index]),
                None => rows.push((row, vec![ASKING[*index]])),
            }
        }
        for (row, names) in rows {
            let row: Vec<_> = row.iter().map(ToString::to_string).collect();
            writeln!(text, "  {:<20} {}", row.join(" "), names.join(", ")).unwrap();
        }
    }
    text
}
