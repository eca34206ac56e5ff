//! A world's objects, put into a store with the permits of the gate, past every guard.
//!
//! Worlds hold what nobody could make by request now: what was made by others, at other times, before something was
//! suspended or archived. So the permits are those of a setup policy, by hands that may do everything, and the guards
//! of grants are shown a role that gives nothing and a receiver that is nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_domain as domain;
use bailiwick_testkit::decisions::{Kind, Object, World};
use bailiwick_testkit::judge::{Scene, id_of, rules};
use domain::audit::{Circumstance, Entry, Outcome};
use domain::entities::{
    Addresses, ApiKey, Collaboration, Grant, Job, JobStatus, Node, NodePolicy, Organization, Project, Role,
    Run, RunStatus, Standing, Task, User, Visibility,
};
use domain::gate::{MayCreate, Sealed};
use domain::guards::{self, GivenRole};
use domain::policy::BuiltInRole;
use domain::ports::{NewSecret, Unit, Write};
use domain::role::Closure;
use domain::{Anchor, Caller, Entity, Facts, Gate, New, Policy, PrincipalId, Rights};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::things::{content, file, label, source};

/// A moment of a world as the time of a server.
pub fn instant(moment: i64) -> OffsetDateTime {
    time::macros::datetime!(2026-03-04 05:06:07 UTC) + Duration::seconds(moment)
}

/// The kinds in the order in which they are planted: parents first, what is named before what names it.
const ORDER: [Kind; 15] = [
    Kind::Organization,
    Kind::Collaboration,
    Kind::User,
    Kind::Node,
    Kind::Project,
    Kind::File,
    Kind::Label,
    Kind::Source,
    Kind::Content,
    Kind::Job,
    Kind::Task,
    Kind::ApiKey,
    Kind::Role,
    Kind::Grant,
    Kind::AuditEvent,
];

/// Plants a world's objects; nobody is suspended yet. `secrets` are those of its keys.
pub async fn plant(
    unit: &(dyn Unit + 'static),
    world: &World,
    now: OffsetDateTime,
    secrets: &BTreeMap<String, NewSecret>,
) {
    let scene = Scene::new(world);
    let gate = Gate::new(Arc::new(setup_policy()), now);
    let bed = Bed { scene: &scene, world, gate: &gate, unit, secrets };
    for kind in ORDER {
        for object in world.objects.iter().filter(|object| object.kind == kind) {
            bed.put(object).await;
        }
    }
    for object in &world.objects {
        bed.tie(object).await;
    }
}

/// The policy that the gate of the setup judges by: a role for grants to name that gives nothing.
fn setup_policy() -> Policy {
    let role = BuiltInRole {
        name: SETUP.to_owned(),
        description: String::new(),
        rights: Rights::default(),
        roles: domain::access::RoleSet::default(),
        includes: Vec::new(),
        fixed: false,
    };
    Policy::new(vec![role], domain::access::AccessRules::default(), "setup")
}

const SETUP: &str = "setup";

struct Bed<'a> {
    scene: &'a Scene<'a>,
    world: &'a World,
    gate: &'a Gate,
    unit: &'a (dyn Unit + 'static),
    secrets: &'a BTreeMap<String, NewSecret>,
}

impl Bed<'_> {
    async fn put(&self, object: &Object) {
        let (gate, id, now) = (self.gate, id_of(object), self.gate.now());
        let by = &self.hand(object);
        let name = object.id.clone();
        match object.kind {
            Kind::Organization => {
                let data = Organization { name, status: Standing::Active, public_key: None };
                self.add(self.permit(object, by).make(id, now, data)).await;
            }
            Kind::Collaboration => {
                let members = &object.members;
                let data = Collaboration { name, encrypted: false, members: Vec::new() };
                let members: Vec<&Facts> =
                    members.iter().filter_map(|member| self.scene.facts_of(member)).collect();
                let permit = self.permit(object, by);
                self.add(guards::make_collaboration(gate, permit, id, data, &members).unwrap()).await;
            }
            Kind::User => {
                let data =
                    User { username: name, email: None, email_verified_at: None, status: Standing::Active };
                self.add(guards::make_user(gate, self.permit(object, by), id, data)).await;
            }
            Kind::Project => {
                self.add(self.permit(object, by).make(id, now, self.project(object))).await;
            }
            Kind::File => {
                self.add(self.permit(object, by).make(id, now, file(name, id))).await;
            }
            Kind::Label => {
                self.add(self.permit(object, by).make(id, now, label(name))).await;
            }
            Kind::Source => {
                self.add(self.permit(object, by).make(id, now, source(object))).await;
            }
            Kind::Content => {
                let data = content(name, self.scene.facts_of(object.parent.as_deref().unwrap()).unwrap().id);
                self.add(self.permit(object, by).make(id, now, data)).await;
            }
            Kind::Job => {
                let data = Job { status: JobStatus::Active, ..Job::draft(name, "") };
                self.add(self.permit(object, by).make(id, now, data)).await;
            }
            Kind::Node => {
                let into = object.collaboration.as_deref().and_then(|into| self.scene.facts_of(into));
                let made = guards::make_node(gate, self.permit(object, by), into, id, self.node(object));
                self.add(made.unwrap()).await;
            }
            Kind::Task => {
                let task = self.permit(object, by).make(id, now, self.task(object));
                let runs = self.world.objects.iter().filter(|run| run.kind == Kind::Run);
                let runs: Vec<_> = runs
                    .filter(|run| run.parent.as_deref() == Some(&object.id))
                    .map(|run| guards::make_run(&task, id_of(run), self.run(run)))
                    .collect();
                self.add(task).await;
                for run in runs {
                    self.add(run).await;
                }
            }
            Kind::ApiKey => {
                let data = self.api_key(object);
                self.add(guards::make_api_key(gate, self.permit(object, by), None, id, data).unwrap()).await;
            }
            Kind::Role if object.builtin => {
                let active = object.active != Some(false);
                self.unit.put_built_in(id, &name, "", active, now).await.unwrap();
            }
            Kind::Role => {
                let data = self.role(object);
                self.add(guards::make_role(gate, self.permit(object, by), id, data).unwrap()).await;
            }
            Kind::Grant => self.grant(object, by).await,
            _ => self.audit_event(object, by).await,
        }
    }

    /// Ties to a job or a task what it holds.
    async fn tie(&self, object: &Object) {
        for linked in &object.linked {
            let facts = [&object.id, linked].map(|id| self.scene.facts_of(id).cloned());
            let [Some(holder), Some(named)] = facts.map(|facts| Some(Facts { archived: false, ..facts? }))
            else {
                continue;
            };
            let link = guards::link(self.gate, &Caller::operator(), &holder, Some(&named)).unwrap();
            self.unit.tie(&link).await.unwrap();
        }
    }

    async fn add<T: Entity>(&self, new: New<T>)
    where
        dyn Unit: Write<T>,
    {
        Write::<T>::add(self.unit, &new).await.unwrap();
    }

    /// The id of an object of the world.
    fn id(&self, name: &str) -> Option<Uuid> {
        self.world.objects.iter().find(|object| object.id == name).map(id_of)
    }

    /// Who made an object, with every right: the maker that it names, one that is gone, or the operator for none.
    fn hand(&self, object: &Object) -> Caller {
        let operator = Caller::operator();
        let Some(maker) = &object.maker else { return operator };
        let gone = || PrincipalId::user(Uuid::new_v5(&Uuid::NAMESPACE_URL, maker.as_bytes()));
        let mut hand = Caller::new(self.scene.principal(maker).unwrap_or_else(gone), Uuid::nil());
        hand.grants = operator.grants;
        hand
    }

    /// The permit to make an object under its parent, archived or not.
    fn permit<'c, T: Entity>(&'c self, object: &Object, by: &'c Caller) -> MayCreate<'c, T> {
        match self.place(object) {
            None => self.gate.create_at_server(by),
            Some(facts) => self.gate.create(by, Some(sealed(Facts { archived: false, ..facts.clone() }))),
        }
        .unwrap()
    }

    /// The facts of the parent; none for the server.
    fn place(&self, object: &Object) -> Option<&Facts> {
        object.parent.as_deref().and_then(|parent| self.scene.facts_of(parent))
    }

    fn project(&self, object: &Object) -> Project {
        let public = object.entitlements.iter().any(|tag| tag == "public");
        Project {
            name: object.id.clone(),
            description: String::new(),
            visibility: if public { Visibility::Public } else { Visibility::Private },
            archived_at: object.archived.then(|| self.gate.now()),
            collaboration_id: object.collaboration.as_deref().and_then(|id| self.id(id)),
        }
    }

    fn task(&self, object: &Object) -> Task {
        let assignee = object.assignee.as_deref().and_then(|id| self.scene.principal(id));
        Task { assignee_id: assignee.map(|user| user.id), ..Task::available(object.id.clone(), "") }
    }

    fn node(&self, object: &Object) -> Node {
        let secret = &self.secrets[&object.id];
        Node {
            name: object.id.clone(),
            collaboration_id: object.collaboration.as_deref().and_then(|id| self.id(id)).unwrap(),
            status: Standing::Active,
            policy: NodePolicy::default(),
            prefix: secret.prefix.clone(),
            secret_hash: secret.hash.clone(),
            last_seen_at: Some(self.gate.now()),
        }
    }

    fn run(&self, object: &Object) -> Run {
        Run {
            executor_id: object.executes.as_deref().and_then(|id| self.id(id)).unwrap(),
            initiator_id: None,
            node_id: object.assignee.as_deref().and_then(|id| self.id(id)),
            status: if object.suspended { RunStatus::Completed } else { RunStatus::Active },
            input: None,
            result: None,
            log: None,
            started_at: None,
            finished_at: None,
        }
    }

    fn api_key(&self, object: &Object) -> ApiKey {
        let secret = &self.secrets[&object.id];
        ApiKey {
            name: object.id.clone(),
            status: if object.suspended { Standing::Suspended } else { Standing::Active },
            prefix: secret.prefix.clone(),
            secret_hash: secret.hash.clone(),
            old_secret: None,
            addresses: Addresses::EVERYWHERE,
            client_app_id: None,
            expires_at: None,
            last_used_at: None,
        }
    }

    fn role(&self, object: &Object) -> Role {
        let (live, full) = self.scene.closures(object);
        let mut rules: Vec<_> = rules(&object.rules).collect();
        rules.sort_unstable();
        let mut includes: Vec<_> = object.includes.iter().filter_map(|role| self.id(role)).collect();
        includes.sort_unstable();
        Role {
            name: object.id.clone(),
            description: String::new(),
            built_in: false,
            active: object.active != Some(false),
            rules,
            includes,
            live,
            full,
        }
    }

    async fn grant(&self, object: &Object, by: &Caller) {
        let principal = object.principal.as_deref().and_then(|id| self.scene.principal(id)).unwrap();
        let role_id = object.role.as_deref().and_then(|id| self.id(id)).unwrap();
        let anchor = self.place(object).map_or(Some(Anchor::SERVER), Facts::anchor).unwrap();
        let (starts_at, expires_at) = (object.starts.map(instant), object.ends.map(instant));
        let data = Grant { principal, role_id, anchor, starts_at, expires_at };
        let nobody = PrincipalId::user(Uuid::nil());
        let receiver = guards::Standing { principal: nobody, home: None, grants: Vec::new() };
        let given =
            GivenRole { id: role_id, name: SETUP.to_owned(), organization: None, full: Closure::default() };
        let permit = self.permit(object, by);
        let made = guards::make_grant(self.gate, permit, &given, &receiver, None, id_of(object), data);
        self.add(made.unwrap()).await;
    }

    async fn audit_event(&self, object: &Object, by: &Caller) {
        if object.kind != Kind::AuditEvent {
            return;
        }
        let circumstance =
            Circumstance { deed: "planted".to_owned(), request_id: object.id.clone(), now: self.gate.now() };
        let server = Facts::server();
        let at = self.place(object).unwrap_or(&server);
        let reason = serde_json::Value::Null;
        let entry = Entry::deed(id_of(object), by, &circumstance, at, Outcome::Allowed, reason);
        self.unit.audit(&entry).await.unwrap();
    }
}

/// An object of these facts, as storage would hand it out. The gate reads the facts alone.
fn sealed(facts: Facts) -> Sealed<Organization> {
    let now = instant(0);
    Sealed::new(domain::Object {
        id: facts.id,
        created_at: now,
        updated_at: now,
        version: 1,
        facts,
        near: Vec::new(),
        data: Organization { name: String::new(), status: Standing::Active, public_key: None },
    })
}

/// Suspends those of a world who are: users, nodes and organizations, whose credentials were issued before.
pub async fn suspend(unit: &(dyn Unit + 'static), world: &World, now: OffsetDateTime) {
    let gate = Gate::new(Arc::new(setup_policy()), now);
    let operator = Caller::operator();
    for object in world.objects.iter().filter(|object| object.suspended) {
        let id = id_of(object);
        match object.kind {
            Kind::User => {
                let row = domain::ports::Read::<User>::find(unit, id).await.unwrap();
                let opened = gate.open::<domain::gate::Suspend, User>(&operator, row).unwrap();
                let standing =
                    guards::Standing { principal: PrincipalId::user(id), home: None, grants: Vec::new() };
                let concern = guards::Concern::Standing;
                let change = |user: &mut User| user.status = Standing::Suspended;
                let changed = guards::change_user(&gate, opened, &standing, concern, change).unwrap();
                Write::save(unit, &changed).await.unwrap();
            }
            Kind::Node => {
                let row = domain::ports::Read::<Node>::find(unit, id).await.unwrap();
                let opened = gate.open::<domain::gate::Suspend, Node>(&operator, row).unwrap();
                let changed = guards::change_node(&gate, opened, |node| node.status = Standing::Suspended);
                Write::save(unit, &changed).await.unwrap();
            }
            Kind::Organization => {
                let row = domain::ports::Read::<Organization>::find(unit, id).await.unwrap();
                let opened = gate.open::<domain::gate::Suspend, Organization>(&operator, row).unwrap();
                let changed = opened.change(now, |organization| organization.status = Standing::Suspended);
                Write::save(unit, &changed).await.unwrap();
            }
            _ => {}
        }
    }
}
