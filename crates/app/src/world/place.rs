//! Points of the cascade by path.

use bailiwick_domain::Object;
use bailiwick_domain::entities::{Job, Organization, Project, Task};
use bailiwick_domain::facts::{Anchor, Facts};
use bailiwick_domain::gate::{MayCreate, Sealed};
use bailiwick_domain::object::Entity;

use super::file::SERVER;
use super::known::Known;
use crate::cx::Cx;
use crate::error::AppError;

/// A point of the cascade that is there, or that has just been made.
#[derive(Debug, Clone, Copy)]
pub enum Place<'k> {
    Server,
    Organization(&'k Object<Organization>),
    Project(&'k Object<Project>),
    Job(&'k Object<Job>),
    Task(&'k Object<Task>),
}

impl Known {
    /// The point at a path.
    pub fn place(&self, path: &str) -> Option<Place<'_>> {
        if path == SERVER {
            return Some(Place::Server);
        }
        match path.matches('/').count() {
            0 => self.organizations.get(path).map(Place::Organization),
            1 => self.projects.get(path).map(Place::Project),
            2 => self.jobs.get(path).map(Place::Job),
            _ => self.tasks.get(path).map(Place::Task),
        }
    }
}

impl Place<'_> {
    /// Its facts.
    pub fn facts(self) -> Facts {
        match self {
            Self::Server => Facts::server(),
            Self::Organization(object) => object.facts.clone(),
            Self::Project(object) => object.facts.clone(),
            Self::Job(object) => object.facts.clone(),
            Self::Task(object) => object.facts.clone(),
        }
    }

    /// The anchor that a grant there has.
    pub fn anchor(self) -> Anchor {
        self.facts().lineage.lowest()
    }

    /// The permit to make a `T` there.
    pub fn permit<'c, T: Entity>(self, cx: &'c Cx) -> Result<MayCreate<'c, T>, AppError> {
        match self {
            Self::Server => Ok(cx.gate.create_at_server::<T>(&cx.caller)?),
            Self::Organization(object) => permit(cx, Some(object)),
            Self::Project(object) => permit(cx, Some(object)),
            Self::Job(object) => permit(cx, Some(object)),
            Self::Task(object) => permit(cx, Some(object)),
        }
    }
}

/// The permit to make a `T` under a parent that was read or made in this unit; of one that is hidden, the denial.
pub fn permit<'c, T: Entity, P: Entity>(
    cx: &'c Cx,
    parent: Option<&Object<P>>,
) -> Result<MayCreate<'c, T>, AppError> {
    let sealed = parent.map(|parent| Sealed::new(parent.clone()));
    cx.gate.create::<T, P>(&cx.caller, sealed).map_err(|denial| match parent {
        Some(parent) => AppError::denied(denial, parent.id),
        None => denial.into(),
    })
}
