//! A world of any number of tasks, made by the database itself: a thousand projects of twenty organizations, two jobs
//! each, and people who see parts of it.

use bailiwick_domain::rule::id_of_name;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use uuid::Uuid;

/// How many tasks are made by one statement.
const AT_ONCE: u64 = 50_000;
/// How many organizations there are.
pub const ORGANIZATIONS: u64 = 20;
/// How many projects there are.
pub const PROJECTS: u64 = 1_000;
const JOBS: u64 = 2 * PROJECTS;
/// How many users there are who hold nothing.
const OTHERS: u64 = 1_000;
/// Where task `n` is: in job `j` of project `p` of organization `o`. One job has every twentieth task.
pub const TASK_PLACE: &str = "CASE WHEN n % 20 = 3 THEN 0 ELSE 1 + n % 1999 END AS j, \
    CASE WHEN n % 20 = 3 THEN 0 ELSE 1 + n % 1999 END % 1000 AS p, \
    CASE WHEN n % 20 = 3 THEN 0 ELSE 1 + n % 1999 END % 1000 % 20 AS o";
/// What every instant begins at, in microseconds.
const SINCE: u64 = 1_790_000_000_000_000;

/// What has an id here.
#[derive(Debug, Clone, Copy)]
pub enum What {
    Organization = 1,
    Project,
    Job,
    Task,
    User,
    Grant,
    Source,
}

/// The id of the nth of its kind.
pub const fn id(what: What, n: u64) -> Uuid {
    Uuid::from_u128(((what as u128) << 120) | n as u128)
}

/// Somebody who sees a part of the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Views 50 projects, of all organizations.
    FiftyProjects,
    /// Views one job, in which every twentieth task is.
    OneJob,
    /// Views one organization.
    OneOrganization,
    /// Views everything.
    Everything,
    /// Holds nothing.
    Nothing,
    /// Sees, of all tasks, their own.
    OwnTasks,
}

impl Person {
    pub const ALL: [Self; 6] = [
        Self::FiftyProjects,
        Self::OneJob,
        Self::OneOrganization,
        Self::Everything,
        Self::Nothing,
        Self::OwnTasks,
    ];

    /// Who it is.
    pub const fn id(self) -> Uuid {
        id(What::User, OTHERS + self as u64)
    }

    /// The name to sign in with, after that of the organization, `o0`.
    pub fn username(self) -> String {
        format!("user{}", OTHERS + self as u64)
    }

    /// What is said of them.
    pub const fn words(self) -> &'static str {
        match self {
            Self::FiftyProjects => "50 of 1,000 projects",
            Self::OneJob => "one job",
            Self::OneOrganization => "one organization",
            Self::Everything => "everything",
            Self::Nothing => "nothing",
            Self::OwnTasks => "own tasks only",
        }
    }

    /// The projects of who views fifty of them.
    pub fn fifty() -> impl Iterator<Item = u64> {
        (0..50).map(|k| k * (PROJECTS / 50) + k % (PROJECTS / 50))
    }

    /// What they hold: role, level, column, what it is anchored in.
    fn grants(self) -> Vec<(&'static str, &'static str, &'static str, Option<Uuid>)> {
        match self {
            Self::FiftyProjects => Self::fifty()
                .map(|n| ("viewer", "project", "project_id", Some(id(What::Project, n))))
                .collect(),
            Self::OneJob => vec![("viewer", "job", "job_id", Some(id(What::Job, 0)))],
            Self::OneOrganization => {
                vec![("viewer", "organization", "organization_id", Some(id(What::Organization, 7)))]
            }
            Self::Everything => vec![("viewer", "server", "organization_id", None)],
            Self::Nothing => Vec::new(),
            Self::OwnTasks => vec![("annotator", "server", "organization_id", None)],
        }
    }
}

/// Fills a database that has a schema and nothing else.
pub async fn fill(db: &DatabaseConnection, tasks: u64) -> Result<(), DbErr> {
    let on = db.get_database_backend();
    let organizations = format!("{}, 'active', {}", name("o", on), head(What::Organization, on));
    made(db, "organizations", "name, status", &organizations, "n AS o", 0..ORGANIZATIONS).await?;
    let more = format!("'active', {}, {}", ids(on, &[(What::Organization, "o")]), head(What::User, on));
    let users = format!("{}, {more}", name("user", on));
    let people = OTHERS + Person::ALL.len() as u64;
    // Who is measured is of the first organization.
    let home = format!("CASE WHEN n < {OTHERS} THEN n % {ORGANIZATIONS} ELSE 0 END AS o");
    made(db, "users", "username, status, organization_id", &users, &home, 0..people).await?;
    let project = ids(on, &[(What::Organization, "o")]);
    let projects = format!("{}, '', 'private', {project}, {}", name("p", on), head(What::Project, on));
    let columns = "name, description, visibility, organization_id";
    made(db, "projects", columns, &projects, &format!("n % {ORGANIZATIONS} AS o"), 0..PROJECTS).await?;
    let above = ids(on, &[(What::Organization, "o"), (What::Project, "p")]);
    let jobs = format!("{}, '', 'active', {above}, {}", name("j", on), head(What::Job, on));
    let columns = "name, description, status, organization_id, project_id";
    let place = format!("n % {PROJECTS} AS p, n % {PROJECTS} % {ORGANIZATIONS} AS o");
    made(db, "jobs", columns, &jobs, &place, 0..JOBS).await?;
    grants(db).await?;
    for from in (0..tasks).step_by(AT_ONCE as usize) {
        some_tasks(db, from..(from + AT_ONCE).min(tasks)).await?;
    }
    analyze(db).await
}

async fn some_tasks(db: &DatabaseConnection, which: std::ops::Range<u64>) -> Result<(), DbErr> {
    let on = db.get_database_backend();
    let own = OTHERS + Person::OwnTasks as u64;
    // Of thirty-three tasks one is assigned to who sees own tasks only, of the others every second to somebody.
    let place = format!("{TASK_PLACE}, CASE WHEN n % 33 = 7 THEN {own} ELSE n % {OTHERS} END AS a");
    let above = ids(on, &[(What::Organization, "o"), (What::Project, "p"), (What::Job, "j")]);
    let somebody = of(on, What::User, "a");
    let assignee = format!("CASE WHEN n % 33 = 7 OR n % 2 = 0 THEN {somebody} END");
    let row = format!(
        "{}, 'What there is to do, in a few words.', 'available', {assignee}, {above}, {}",
        name("t", on),
        head(What::Task, on)
    );
    let columns = "name, description, status, assignee_id, organization_id, project_id, job_id";
    made(db, "tasks", columns, &row, &place, which).await
}

async fn grants(db: &DatabaseConnection) -> Result<(), DbErr> {
    let mut many = 0;
    for person in Person::ALL {
        for (role, level, column, anchor) in person.grants() {
            grant(db, many, person, (role, level, column, anchor)).await?;
            many += 1;
        }
    }
    Ok(())
}

/// Gives somebody the nth grant: role, level, column, what it is anchored in.
pub async fn grant(
    db: &DatabaseConnection,
    n: u64,
    person: Person,
    (role, level, column, anchor): (&str, &str, &str, Option<Uuid>),
) -> Result<(), DbErr> {
    let on = db.get_database_backend();
    let [own, user, role] =
        [id(What::Grant, n), person.id(), id_of_name("role", role)].map(|id| literal(on, id));
    let anchor = anchor.map_or_else(|| "NULL".to_owned(), |id| literal(on, id));
    let sql = format!(
        "INSERT INTO grants (id, created_at, updated_at, version, principal_kind, principal_id, role_id, \
         level, anchor_id, {column}) VALUES ({own}, {SINCE}, {SINCE}, 1, 'user', {user}, {role}, \
         '{level}', {anchor}, {anchor})"
    );
    db.execute_unprepared(&sql).await.map(drop)
}

/// Lets the planner know what there is.
pub async fn analyze(db: &DatabaseConnection) -> Result<(), DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "VACUUM ANALYZE",
        DbBackend::MySql => {
            "ANALYZE TABLE tasks, jobs, projects, organizations, users, grants, sources, entitlement_sets"
        }
        // An operator is not asked to do so on SQLite.
        _ => return Ok(()),
    };
    db.execute_unprepared(sql).await.map(drop)
}

/// Inserts a row for each number. `row` speaks of the number `n` and of what `place` names.
async fn made(
    db: &DatabaseConnection,
    table: &str,
    columns: &str,
    row: &str,
    place: &str,
    which: std::ops::Range<u64>,
) -> Result<(), DbErr> {
    let (from, to) = (which.start, which.end);
    let thousands = (to - from).div_ceil(1_000) - 1;
    let sql = format!(
        "INSERT INTO {table} ({columns}, id, created_at, updated_at, version, maker_kind, maker_id) \
         WITH RECURSIVE units(u) AS (SELECT 0 UNION ALL SELECT u + 1 FROM units WHERE u < 999), \
         thousands(t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM thousands WHERE t < {thousands}), \
         numbers AS (SELECT {from} + t * 1000 + u AS n FROM thousands CROSS JOIN units), \
         placed AS (SELECT n, {place} FROM numbers WHERE n < {to}) \
         SELECT {row} FROM placed ORDER BY n"
    );
    db.execute_unprepared(&sql).await.map(drop)
}

/// The columns that every table has, after its own.
fn head(what: What, on: DbBackend) -> String {
    // Of forty-seven objects one was made by who sees own tasks only, in their home and elsewhere.
    let own = OTHERS + Person::OwnTasks as u64;
    let maker = of(on, What::User, &format!("CASE WHEN n % 47 = 5 THEN {own} ELSE n % {OTHERS} END"));
    format!("{}, {SINCE} + n, {SINCE} + n, 1, 'user', {maker}", of(on, what, "n"))
}

fn name(prefix: &str, on: DbBackend) -> String {
    match on {
        DbBackend::MySql => format!("CONCAT('{prefix}', n)"),
        _ => format!("'{prefix}' || n"),
    }
}

fn ids(on: DbBackend, which: &[(What, &str)]) -> String {
    which.iter().map(|(what, n)| of(on, *what, n)).collect::<Vec<_>>().join(", ")
}

/// [`id`] of a number that the database works out.
fn of(on: DbBackend, what: What, n: &str) -> String {
    let kind = what as u8;
    match on {
        DbBackend::Postgres => format!("(lpad(to_hex({kind}), 2, '0') || lpad(to_hex({n}), 30, '0'))::uuid"),
        DbBackend::MySql => format!("UNHEX(CONCAT(LPAD(HEX({kind}), 2, '0'), LPAD(HEX({n}), 30, '0')))"),
        _ => format!("unhex(printf('%02x%030x', {kind}, {n}))"),
    }
}

/// An id as it stands in a statement.
fn literal(on: DbBackend, id: Uuid) -> String {
    match on {
        DbBackend::Postgres => format!("'{id}'::uuid"),
        _ => format!("X'{}'", id.simple()),
    }
}
