//! A client that writes, and remembers what was acknowledged and what it has no answer to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::faults::{Answer, Client, Dice, Look, built_in};
use super::whole;

/// Where a writer works.
pub struct Place {
    pub project: String,
    /// A job that nobody deletes, for tasks and grants.
    pub job: String,
    /// Who is granted to.
    pub people: [String; 2],
}

/// A job with what was put into it, to be deleted with all of that.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    pub job: Uuid,
    pub tasks: BTreeSet<Uuid>,
    pub grants: BTreeSet<Uuid>,
}

/// A write without an answer.
#[derive(Debug, Clone)]
enum Open {
    Make { what: What, path: String, body: Value, key: String },
    Edit { task: Uuid, text: String },
    DeleteTask(Uuid),
    Revoke(Uuid),
    DeleteTree(Tree),
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Task,
    Grant,
    Tree,
    TaskOfTree,
    GrantOfTree,
}

pub struct Writer {
    number: usize,
    client: Client,
    place: Place,
    dice: Dice,
    made: u64,
    /// Tasks of the writer's own job: version and description.
    pub tasks: BTreeMap<Uuid, (i64, String)>,
    /// Grants on it.
    pub grants: BTreeSet<Uuid>,
    pub trees: Vec<Tree>,
    /// What was deleted or revoked, for good.
    pub gone: BTreeSet<Uuid>,
    open: Option<Open>,
    acknowledged: u64,
    revoked: u64,
    refused: u64,
}

/// What all writers did together.
#[derive(Debug, Default)]
pub struct Tally {
    pub acknowledged: u64,
    revoked: u64,
    refused: u64,
    pub unanswered: u64,
    done: u64,
    repeated: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, revoked, refused, unanswered, done, repeated } = self;
        write!(
            f,
            "{acknowledged} writes acknowledged ({revoked} of them revocations), {refused} refused for contention, \
             {unanswered} left without an answer ({done} of them done, {} not), {repeated} repeated under their \
             Idempotency-Key",
            unanswered - done
        )
    }
}

impl Writer {
    pub fn new(number: usize, client: Client, place: Place, dice: Dice) -> Self {
        Self {
            number,
            client,
            place,
            dice,
            made: 0,
            tasks: BTreeMap::new(),
            grants: BTreeSet::new(),
            trees: Vec::new(),
            gone: BTreeSet::new(),
            open: None,
            acknowledged: 0,
            revoked: 0,
            refused: 0,
        }
    }

    /// Writes until an answer stays away; counts what is acknowledged.
    pub async fn work(&mut self, at: &str, acknowledged: &AtomicU64) {
        loop {
            let write = self.choose();
            match self.send(at, &write).await {
                None => {
                    self.open = Some(write);
                    return;
                }
                // Others came between, five times: nothing happened.
                Some(answer) if answer.status == 409 && contention(&answer) => self.refused += 1,
                Some(answer) => {
                    self.acknowledged += 1;
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    self.happened(&write, Some(&answer));
                }
            }
        }
    }

    fn choose(&mut self) -> Open {
        let tasks = self.tasks.keys().copied().collect::<Vec<_>>();
        let grants = self.grants.iter().copied().collect::<Vec<_>>();
        let task = self.dice.pick(&tasks).copied();
        let grant = self.dice.pick(&grants).copied();
        let unfinished = self.trees.iter().find(|tree| tree.tasks.len() < 3 || tree.grants.len() < 2);
        let finished = self.trees.iter().find(|tree| tree.tasks.len() >= 3 && tree.grants.len() >= 2);
        match (self.dice.below(10), task, grant) {
            (0 | 1, Some(task), _) => Open::Edit { task, text: format!("text {}", self.dice.below(1 << 40)) },
            (2 | 3, Some(task), _) if tasks.len() > 5 => Open::DeleteTask(task),
            (4 | 5, _, Some(grant)) => Open::Revoke(grant),
            (6, ..) => match finished.cloned() {
                Some(tree) => Open::DeleteTree(tree),
                None => self.make(What::Tree, None),
            },
            (7 | 8, ..) => match unfinished.cloned() {
                Some(tree) if tree.tasks.len() < 3 => self.make(What::TaskOfTree, Some(tree.job)),
                Some(tree) => self.make(What::GrantOfTree, Some(tree.job)),
                None => self.make(What::Task, None),
            },
            (9, ..) => self.make(What::Grant, None),
            _ => self.make(What::Task, None),
        }
    }

    fn make(&mut self, what: What, tree: Option<Uuid>) -> Open {
        self.made += 1;
        let name = format!("{} of {}", self.made, self.number);
        let job = tree.map_or_else(|| self.place.job.clone(), |job| job.to_string());
        let (path, body) = match what {
            What::Task | What::TaskOfTree => (format!("/jobs/{job}/tasks"), json!({ "name": name })),
            What::Tree => (format!("/projects/{}/jobs", self.place.project), json!({ "name": name })),
            What::Grant | What::GrantOfTree => {
                let who = self.dice.pick(&self.place.people).unwrap();
                let principal = json!({ "kind": "user", "id": who });
                let anchor = json!({ "level": "job", "id": job });
                let body = json!({ "principal": principal, "role_id": built_in("viewer"), "anchor": anchor });
                ("/grants".to_owned(), body)
            }
        };
        Open::Make { what, path, body, key: name }
    }

    async fn send(&self, at: &str, write: &Open) -> Option<Answer> {
        let client = &self.client;
        let answer = match write {
            Open::Make { path, body, key, .. } => {
                client.try_send(at, "POST", path, Some(body), &[("idempotency-key", key)]).await
            }
            Open::Edit { task, text } => {
                let body = json!({ "description": text });
                client.try_send(at, "PATCH", &format!("/tasks/{task}"), Some(&body), &[]).await
            }
            Open::DeleteTask(id) => client.try_send(at, "DELETE", &format!("/tasks/{id}"), None, &[]).await,
            Open::Revoke(id) => client.try_send(at, "DELETE", &format!("/grants/{id}"), None, &[]).await,
            Open::DeleteTree(tree) => {
                client.try_send(at, "DELETE", &format!("/jobs/{}?cascade=true", tree.job), None, &[]).await
            }
        }?;
        let good = matches!(answer.status, 200 | 201 | 204) || contention(&answer);
        assert!(good, "{write:?}: {} {:#}", answer.status, answer.body);
        Some(answer)
    }

    /// Notes what a write did.
    fn happened(&mut self, write: &Open, answer: Option<&Answer>) {
        let id = || answer.unwrap().id().parse::<Uuid>().unwrap();
        match write {
            Open::Make { what, body, .. } => {
                let id = id();
                let tree = |trees: &mut Vec<Tree>, job: &str| {
                    let job = job.parse::<Uuid>().unwrap();
                    trees.iter().position(|tree| tree.job == job).unwrap()
                };
                match what {
                    What::Task => drop(self.tasks.insert(id, (1, String::new()))),
                    What::Grant => drop(self.grants.insert(id)),
                    What::Tree => self.trees.push(Tree { job: id, ..Tree::default() }),
                    What::TaskOfTree => {
                        let Open::Make { path, .. } = write else { return };
                        let at = tree(&mut self.trees, path.split('/').nth(2).unwrap());
                        self.trees[at].tasks.insert(id);
                    }
                    What::GrantOfTree => {
                        let at = tree(&mut self.trees, body["anchor"]["id"].as_str().unwrap());
                        self.trees[at].grants.insert(id);
                    }
                }
            }
            Open::Edit { task, text } => {
                let entry = self.tasks.get_mut(task).unwrap();
                *entry = (entry.0 + 1, text.clone());
            }
            Open::DeleteTask(id) => {
                self.tasks.remove(id);
                self.gone.insert(*id);
            }
            Open::Revoke(id) => {
                self.revoked += 1;
                self.grants.remove(id);
                self.gone.insert(*id);
            }
            Open::DeleteTree(tree) => {
                self.trees.retain(|other| other.job != tree.job);
                self.gone.insert(tree.job);
                self.gone.extend(tree.tasks.iter().chain(&tree.grants));
            }
        }
    }

    /// Finds out what became of the write that had no answer: it happened wholly or not at all. One that makes
    /// something is repeated under its key, and then the thing is there once.
    pub async fn settle(&mut self, look: &Look, at: &str, tally: &mut Tally) {
        if let Some(write) = self.open.take() {
            tally.unanswered += 1;
            let happened = match &write {
                Open::Make { what, key, .. } => {
                    let before = whole::made_under(look, key).await;
                    let answer = self.send(at, &write).await.unwrap();
                    assert_eq!(answer.status, 201, "{write:?}: {:#}", answer.body);
                    let id = answer.id().parse::<Uuid>().unwrap();
                    assert!(before.is_none_or(|made| made == id), "{what:?} {key} was made twice");
                    assert_eq!(whole::made_under(look, key).await, Some(id), "{what:?} {key}");
                    tally.repeated += 1;
                    self.happened(&write, Some(&answer));
                    before.is_some()
                }
                Open::Edit { task, text } => {
                    let now = whole::tasks(look).await[task].clone();
                    let before = &self.tasks[task];
                    let happened = now == (before.0 + 1, text.clone());
                    assert!(happened || now == *before, "half an edit: {before:?} became {now:?}");
                    happened
                }
                Open::DeleteTask(id) => !whole::tasks(look).await.contains_key(id),
                Open::Revoke(id) => !whole::ids(look, "grants").await.contains(id),
                Open::DeleteTree(tree) => {
                    let (jobs, grants) = (whole::ids(look, "jobs").await, whole::ids(look, "grants").await);
                    let tasks = whole::ids(look, "tasks").await;
                    let left = usize::from(jobs.contains(&tree.job))
                        + tree.tasks.intersection(&tasks).count()
                        + tree.grants.intersection(&grants).count();
                    let all = 1 + tree.tasks.len() + tree.grants.len();
                    assert!(left == 0 || left == all, "half a cascade: {left} of {all} are left");
                    left == 0
                }
            };
            tally.done += u64::from(happened);
            if happened && !matches!(write, Open::Make { .. }) {
                self.happened(&write, None);
            }
        }
        tally.acknowledged += std::mem::take(&mut self.acknowledged);
        tally.revoked += std::mem::take(&mut self.revoked);
        tally.refused += std::mem::take(&mut self.refused);
    }
}

fn contention(answer: &Answer) -> bool {
    answer.body["type"] == "urn:bailiwick:problem:contention"
}
