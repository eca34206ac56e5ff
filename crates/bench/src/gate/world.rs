//! A system of people with twenty grants each, of which five are measured. However many others there are, the five,
//! their grants and the objects that they ask about stay the same.

use std::collections::HashMap;

use anyhow::Context;
use bailiwick_domain::access::Entitlement;
use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::ports::Identity;
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Facts, Kind, Lineage, Operation, PrincipalId, Rule, Scope};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

/// How many grants everybody has.
pub const GRANTS: usize = 20;
/// How many people are measured.
pub const CALLERS: usize = 5;

/// A role and what it gives.
pub struct Role {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: &'static str,
    /// What it includes.
    pub closure: Closure,
}

/// A grant as the system keeps it.
pub struct Row {
    grant: Uuid,
    /// Index of its role.
    pub role: usize,
    /// Index of its anchor among the places.
    pub at: usize,
}

/// The system.
pub struct World {
    /// Every role; those from [`World::MADE`] on are made by organizations.
    pub roles: Vec<Role>,
    /// The server, organizations, projects, jobs and tasks.
    pub places: Vec<Facts>,
    /// Tasks and runs that decisions are about.
    pub objects: Vec<Facts>,
    /// The measured people.
    pub callers: Vec<Person>,
    grants: HashMap<Uuid, Vec<Row>>,
}

/// Somebody.
#[derive(Clone)]
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// Where they belong.
    pub home: Uuid,
    /// The collaborations of their home, with their members.
    pub collaborations: Vec<(Uuid, Vec<Uuid>)>,
}

impl World {
    /// The server's place.
    const SERVER: usize = 0;
    /// The first of the roles that organizations made.
    const MADE: usize = 6;

    /// A system with so many grants in all.
    ///
    /// # Errors
    /// There is nothing to choose from.
    pub fn of(grants: usize) -> anyhow::Result<Self> {
        let mut making = Making { random: StdRng::seed_from_u64(20), near: 0, world: Self::empty() };
        making.near()?;
        for _ in CALLERS..grants / GRANTS {
            making.stranger()?;
        }
        Ok(making.world)
    }

    fn empty() -> Self {
        Self {
            roles: roles(),
            places: vec![Facts::server()],
            objects: Vec::new(),
            callers: Vec::new(),
            grants: HashMap::new(),
        }
    }

    /// What somebody was granted.
    pub fn granted(&self, who: Uuid) -> &[Row] {
        self.grants.get(&who).map_or(&[], Vec::as_slice)
    }

    /// Whether anybody holds this role at the server.
    #[cfg(feature = "peers")]
    pub fn is_granted_at_server(&self, role: &Role) -> bool {
        let at_server =
            |row: &Row| row.at == Self::SERVER && self.roles.get(row.role).map(|it| it.id) == Some(role.id);
        self.grants.values().flatten().any(at_server)
    }

    /// What everybody was granted.
    pub fn all_grants(&self) -> impl Iterator<Item = (&Uuid, &[Row])> {
        self.grants.iter().map(|(who, rows)| (who, rows.as_slice()))
    }

    /// How many grants there are.
    pub fn count(&self) -> usize {
        self.grants.values().map(Vec::len).sum()
    }

    /// A role and an anchor.
    ///
    /// # Errors
    /// There is no such.
    pub fn read(&self, row: &Row) -> anyhow::Result<(&Role, &Facts)> {
        Ok((self.roles.get(row.role).context("role")?, self.places.get(row.at).context("place")?))
    }

    /// Somebody as storage knows them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn identity(&self, person: &Person) -> anyhow::Result<Identity> {
        let principal = PrincipalId::user(person.id);
        let home = Facts::new(Kind::Organization, person.home, Lineage::default());
        let grants: anyhow::Result<Vec<HeldGrant>> =
            self.granted(person.id).iter().map(|row| self.held(row, principal)).collect();
        Ok(Identity {
            principal,
            name: "somebody".to_owned(),
            facts: home.child(Kind::User, person.id, None),
            home_name: "home".to_owned(),
            active: true,
            ends_at: None,
            grants: grants?,
            collaborations: person.collaborations.clone(),
            maker: None,
            works: None,
            app: None,
        })
    }

    fn held(&self, row: &Row, principal: PrincipalId) -> anyhow::Result<HeldGrant> {
        let (role, at) = self.read(row)?;
        Ok(HeldGrant::lasting(row.grant, principal, at.clone(), (role.id, role.name), role.closure.clone()))
    }
}

/// Six built-in roles that are granted anywhere below the server, and three that organizations made.
fn roles() -> Vec<Role> {
    use Operation::{Create, Delete, Edit, Receive, Send, View};
    let built_in = ["viewer", "annotator", "reviewer", "editor", "manager", "owner"].into_iter().zip(1..);
    let built_in =
        built_in.map(|(name, id)| Role { id: Uuid::from_u128(id), name, closure: Closure::built_in(name) });
    let task = |operation, scope| Rule::new(Kind::Task, operation, scope);
    let run = |operation, scope| Rule::new(Kind::Run, operation, scope);
    let event = |operation, scope| Rule::new(Kind::Event, operation, scope);
    let made = [
        (
            "doer",
            vec![
                task(View, Scope::Own),
                task(Edit, Scope::Own),
                task(Delete, Scope::Own),
                run(View, Scope::Own),
                run(Edit, Scope::Own),
                run(Delete, Scope::Own),
                event(Receive, Scope::Own),
                Rule::new(Kind::Grant, Create, Scope::Own),
            ],
        ),
        (
            "colleague",
            vec![
                task(View, Scope::Organization),
                run(View, Scope::Organization),
                event(Send, Scope::Organization),
            ],
        ),
        ("partner", vec![run(View, Scope::Collaboration), event(Receive, Scope::Collaboration)]),
    ];
    let made = made.into_iter().zip(100..).map(|((name, rules), id)| Role {
        id: Uuid::from_u128(id),
        name,
        closure: Closure { rules, built_in: Vec::new() },
    });
    built_in.chain(made).collect()
}

struct Making {
    random: StdRng,
    /// How many places there are, the server apart, where the measured people have their grants.
    near: usize,
    world: World,
}

impl Making {
    /// An id that looks random, the same in every run.
    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid()
    }

    fn place(&mut self, facts: Facts) -> usize {
        self.world.places.push(facts);
        self.world.places.len() - 1
    }

    fn child(&mut self, of: usize, kind: Kind) -> anyhow::Result<usize> {
        let id = self.id();
        let child = self.world.places.get(of).context("place")?.child(kind, id, None);
        Ok(self.place(child))
    }

    /// Four organizations, the first in a collaboration with each of the next two; projects, jobs, tasks, runs; and
    /// the measured people with their grants there.
    fn near(&mut self) -> anyhow::Result<()> {
        let organizations: Vec<usize> =
            (0..4).map(|_| self.child(World::SERVER, Kind::Organization)).collect::<Result<_, _>>()?;
        let homes: Vec<Uuid> =
            organizations.iter().filter_map(|at| self.world.places.get(*at)).map(|facts| facts.id).collect();
        let with =
            |number: usize| homes.first().copied().into_iter().chain(homes.get(number).copied()).collect();
        let collaborations: Vec<(Uuid, Vec<Uuid>)> = vec![(self.id(), with(1)), (self.id(), with(2))];
        for number in 0..CALLERS {
            let home = *homes.get(number % homes.len()).context("home")?;
            let mut of_home = collaborations.clone();
            of_home.retain(|(_, members)| members.contains(&home));
            let person = Person { id: self.id(), home, collaborations: of_home };
            self.world.callers.push(person);
        }
        let mut below = Vec::new();
        for organization in organizations.iter().copied() {
            for number in 0..4usize {
                let project = self.child(organization, Kind::Project)?;
                self.project(project, number, &collaborations)?;
                below.extend(self.branch(project, 4, 6)?);
            }
        }
        self.objects(&below, &homes)?;
        let mut anchors = organizations;
        anchors.extend(below);
        for person in self.world.callers.clone() {
            self.grant(person.id, &anchors)?;
        }
        self.near = self.world.places.len() - 1;
        Ok(())
    }

    /// Every second project is shared, where its organization is a member; every fourth is public.
    fn project(&mut self, at: usize, number: usize, shared: &[(Uuid, Vec<Uuid>)]) -> anyhow::Result<()> {
        let project = self.world.places.get_mut(at).context("project")?;
        let home = project.lineage.organization.context("organization")?;
        let mut open = shared.iter().filter(|(_, members)| members.contains(&home));
        project.collaboration = open.nth(number / 2).filter(|_| number.is_multiple_of(2)).map(|(id, _)| *id);
        project.entitlements.push(if number == 3 { Entitlement::PUBLIC } else { Entitlement::PRIVATE });
        Ok(())
    }

    /// A project with jobs and tasks: where they are.
    fn branch(&mut self, project: usize, jobs: usize, tasks: usize) -> anyhow::Result<Vec<usize>> {
        let mut places = vec![project];
        for _ in 0..jobs {
            let job = self.child(project, Kind::Job)?;
            places.push(job);
            for _ in 0..tasks {
                places.push(self.child(job, Kind::Task)?);
            }
        }
        Ok(places)
    }

    /// The tasks among the places, made by and assigned to one or another, and two runs of each.
    fn objects(&mut self, places: &[usize], homes: &[Uuid]) -> anyhow::Result<()> {
        let people: Vec<PrincipalId> =
            self.world.callers.iter().map(|person| PrincipalId::user(person.id)).collect();
        for at in places {
            let Some(task) = self.world.places.get(*at).filter(|place| place.kind == Kind::Task) else {
                continue;
            };
            let mut task = task.clone();
            task.maker = people.choose(&mut self.random).copied();
            task.assignee = people.choose(&mut self.random).copied();
            for _ in 0..2 {
                let mut run = task.child(Kind::Run, self.id(), task.maker);
                run.assignee = people.choose(&mut self.random).copied();
                let executes = *homes.choose(&mut self.random).context("home")?;
                if !run.is_home(executes) {
                    run.homes.push(executes);
                }
                self.world.objects.push(run);
            }
            self.world.objects.push(task);
        }
        Ok(())
    }

    /// Two grants at the server of roles that organizations made, the others of any role anywhere below.
    fn grant(&mut self, who: Uuid, anchors: &[usize]) -> anyhow::Result<()> {
        let roles = self.world.roles.len();
        let mut rows = Vec::with_capacity(GRANTS);
        for number in 0..GRANTS {
            let at_server = number < 2;
            let role = self.random.random_range(if at_server { World::MADE..roles } else { 0..roles });
            let at = if at_server {
                World::SERVER
            } else {
                *anchors.choose(&mut self.random).context("anchor")?
            };
            rows.push(Row { grant: self.id(), role, at });
        }
        self.world.grants.insert(who, rows);
        Ok(())
    }

    /// Somebody else: half of their grants lie where the measured people have theirs.
    fn stranger(&mut self) -> anyhow::Result<()> {
        let organization = self.child(World::SERVER, Kind::Organization)?;
        let project = self.child(organization, Kind::Project)?;
        let mut anchors = self.branch(project, 2, 4)?;
        let also = sample(&mut self.random, self.near, anchors.len());
        anchors.extend(also.into_iter().map(|number| number + 1));
        let who = self.id();
        self.grant(who, &anchors)
    }
}
