//! Applying a world file: one unit of work, everything through the gate and its guards.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::Facts;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Changed, New};
use bailiwick_domain::ports::Unit;
use uuid::Uuid;

use super::candidates::Candidate;
use super::effect::Effects;
use super::file::WorldFile;
use super::known::{Known, KnownGrant, Scope};
use super::plan::{Line, Plan};
use super::resolve::resolve;
use super::said::{Said, spoken_of};
use crate::create::Made;
use crate::cx::Cx;
use crate::edit::store;
use crate::error::AppError;
use crate::kept::Writable;

/// How to apply a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether to remove what the file does not name, within what it covers. An organization that it names covers its
    /// users, roles, projects, jobs and tasks. A list of grants covers the users' grants at the places that the file
    /// names and, at the server, those of the users of organizations that it names. A collaboration covers its members.
    pub prune: bool,
}

/// Makes the world as the file says: what is missing is made, what differs is changed and, if wanted, what the file
/// does not name is removed. All of it or nothing; with a dry run, nothing. Applying again changes nothing.
///
/// # Errors
/// The names in the file that are not there, as `name:line: field` each; the first denial, when the caller may not do
/// all of it; storage.
pub async fn apply(cx: &Cx, file: &WorldFile, options: Options) -> Result<Plan, AppError> {
    let line = Cell::new(0);
    let outcome =
        cx.write(async |unit: &dyn Unit| Work::begin(cx, unit, file, options, &line).await?.done().await);
    let outcome = outcome.await;
    if let Err(AppError::Denied { .. }) = &outcome {
        tracing::warn!("what line {} of {} says is refused; nothing is applied", line.get(), file.name);
    }
    outcome
}

/// One application of a file, inside its unit.
pub struct Work<'c, 'w> {
    pub cx: &'c Cx,
    pub unit: &'w dyn Unit,
    pub file: &'w WorldFile,
    pub said: Said<'w>,
    pub options: Options,
    pub known: Known,
    pub candidates: HashMap<String, Candidate>,
    /// The grants that were there where the file speaks of any.
    pub spoken: BTreeSet<Uuid>,
    /// Suspended organizations and users, and inactive roles.
    pub asleep: BTreeSet<Uuid>,
    pub effects: Effects,
    pub plan: Plan,
    /// The line that is being applied.
    pub line: &'w Cell<u64>,
}

impl<'c, 'w> Work<'c, 'w> {
    async fn begin(
        cx: &'c Cx,
        unit: &'w dyn Unit,
        file: &'w WorldFile,
        options: Options,
        line: &'w Cell<u64>,
    ) -> Result<Self, AppError> {
        let said = Said::of(file);
        let (organizations, deep) = spoken_of(file);
        let scope = Scope { organizations: Some(&organizations), deep: deep || options.prune };
        let known = Known::read(cx, unit, &scope).await?;
        let candidates = resolve(cx, unit, file, (&known, &said), options.prune).await?;
        let asleep = known.asleep();
        let spoken = known.grants.iter().map(|grant| grant.object.id).collect();
        let (effects, plan) = Default::default();
        let mut work =
            Self { cx, unit, file, said, options, known, candidates, spoken, asleep, effects, plan, line };
        let mut effects = Effects::default();
        for grant in work.known.grants.iter().filter(|grant| work.is_live(grant)) {
            effects.had(&grant.user, &grant.role, &grant.at);
        }
        work.effects = effects;
        Ok(work)
    }

    async fn done(mut self) -> Result<Plan, AppError> {
        self.organizations().await?;
        self.users().await?;
        self.collaborations().await?;
        self.roles().await?;
        self.projects().await?;
        self.jobs().await?;
        self.tasks().await?;
        let kept = self.grants().await?;
        if self.options.prune {
            self.prune(&kept).await?;
        }
        // Last, since nothing changes in what rests.
        self.archives().await?;
        if !self.plan.is_empty() {
            self.cx.root_must_stay(self.unit, &Facts::server(), Operation::Delete, Kind::Grant).await?;
        }
        let Self { mut plan, effects, .. } = self;
        plan.effect = effects.settled();
        Ok(plan)
    }

    /// Stores new objects of a kind with their records, and notes them in the plan.
    pub async fn add<T: Writable>(&mut self, made: Vec<(String, Made<'c, T>)>) -> Result<(), AppError> {
        let (paths, made): (Vec<String>, Vec<Made<'c, T>>) = made.into_iter().unzip();
        let (new, because): (Vec<New<T>>, Vec<_>) =
            made.into_iter().map(|made| (made.new, made.because)).unzip();
        T::write(self.unit).add_all(&new).await?;
        let records = new.iter().zip(because).map(|(new, because)| (because, None, Some(new.object())));
        self.cx.record_all(self.unit, records).await?;
        let line = |path| Line { kind: T::KIND, path, what: String::new() };
        self.plan.made.extend(paths.into_iter().map(line));
        Ok(())
    }

    /// Stores a change with its record, and notes it in the plan.
    pub async fn change<T: Writable>(
        &mut self,
        path: String,
        because: bailiwick_domain::Because<'_>,
        changed: &Changed<T>,
        what: String,
    ) -> Result<(), AppError> {
        store(self.cx, self.unit, because, changed).await?;
        self.plan.changed.push(Line { kind: T::KIND, path, what });
        Ok(())
    }

    /// Whether a grant that is there gives anything now.
    pub fn is_live(&self, grant: &KnownGrant) -> bool {
        let data = &grant.object.data;
        let near =
            grant.object.near.iter().flat_map(|near| [Some(near.facts.id), near.facts.lineage.organization]);
        let concerns = near.chain([grant.object.facts.lineage.organization, Some(data.role_id)]);
        self.gives((data.starts_at, data.expires_at), concerns)
    }

    /// Whether a grant of this time gives anything now, if nothing that it concerns sleeps.
    pub fn gives(
        &self,
        (starts_at, ends_at): (Option<time::OffsetDateTime>, Option<time::OffsetDateTime>),
        mut concerns: impl Iterator<Item = Option<Uuid>>,
    ) -> bool {
        let now = self.cx.gate.now();
        starts_at.is_none_or(|start| start <= now)
            && ends_at.is_none_or(|end| now < end)
            && !concerns.any(|id| id.is_some_and(|id| self.asleep.contains(&id)))
    }
}
