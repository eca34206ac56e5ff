//! What an object takes from others when it is read: its project's facts, and the objects near it.

use std::collections::BTreeSet;

use bailiwick_domain::entities::{
    ApiKey, ClientApp, Collaboration, Content, Dataset, File, Job, Label, Node, Organization, Project,
    Proposal, Role, Source, Task, User,
};
use bailiwick_domain::{Facts, Kind, Lent, Near, Object, PrincipalId, PrincipalKind, Relation, Sealed};
use uuid::Uuid;

use crate::state::{State, Stored};

impl State {
    /// Facts as of now: what hangs under a project carries the project's collaboration, tags and archived flag.
    pub fn facts(&self, stored: &Facts) -> Facts {
        let mut facts = stored.clone();
        if facts.kind == Kind::Project {
            return facts;
        }
        if let Some(between) = &facts.between {
            let now = |side: &Facts| self.named(side.kind, side.id).map(|(_, facts)| facts);
            let [collaboration, organization] = &**between;
            let sides = now(collaboration).zip(now(organization));
            facts.between = sides.map(|(collaboration, organization)| [collaboration, organization].into());
        }
        if let Some(id) = facts.lineage.project {
            let gone = Facts::server();
            let project = self.get::<Project>(id).map_or(&gone, |project| &project.facts);
            facts.collaboration = project.collaboration;
            facts.entitlements.clone_from(&project.entitlements);
            facts.archived = project.archived;
        }
        let of_task = facts.lineage.task.and_then(|task| self.get::<Task>(task));
        let assignee = of_task.and_then(|task| task.facts.assignee);
        match facts.kind {
            Kind::Annotation => facts.assignee = assignee,
            Kind::Comment => {
                let (job, task) = (facts.lineage.job.unwrap_or_default(), facts.lineage.task);
                facts.lent = assignee.into_iter().map(|to| Lent { to, job, task }).collect();
            }
            Kind::Source => self.settle::<Source>(&mut facts, stored.id),
            Kind::Content => {
                let source = self.get::<Content>(stored.id).map(|content| content.data.source_id);
                self.settle::<Source>(&mut facts, source.unwrap_or_default());
                self.settle::<Content>(&mut facts, stored.id);
            }
            Kind::File | Kind::Label => facts.lent = self.lent(facts.id).into_iter().collect(),
            _ => {}
        }
        facts
    }

    /// Writes into facts what follows from an object's data.
    fn settle<T: Stored>(&self, facts: &mut Facts, id: Uuid) {
        if let Some(object) = self.get::<T>(id) {
            object.data.settle(facts);
        }
    }

    /// To whom a file or a label is lent, by which task of which job.
    fn lent(&self, thing: Uuid) -> BTreeSet<Lent> {
        let holds = |holder: Uuid| self.links.contains_key(&(holder, thing));
        let lends = |task: &Object<Task>| {
            let (to, job) = (task.facts.assignee?, task.facts.lineage.job?);
            let itself = task.data.file_id == Some(thing) || holds(task.id);
            let by_task = itself.then_some(Lent { to, job, task: Some(task.id) });
            let by_job = holds(job).then_some(Lent { to, job, task: None });
            Some(by_task.into_iter().chain(by_job))
        };
        self.all::<Task>().filter_map(|task| lends(task)).flatten().collect()
    }

    /// The object as readers get it.
    pub fn sealed<T: Stored>(&self, stored: &Object<T>) -> Sealed<T> {
        let facts = self.facts(&stored.facts);
        let near = self.near_of(&facts, &stored.data);
        Sealed::new(Object { facts, near, ..self.filled(stored) })
    }

    /// The object with what is read from others.
    pub fn filled<T: Stored>(&self, stored: &Object<T>) -> Object<T> {
        let mut object = stored.clone();
        T::fill(&mut object, self);
        object
    }

    /// The members that the collaboration of a proposal has now.
    pub fn name_members(proposal: &mut Object<Proposal>, state: &Self) {
        let proposal = &mut proposal.data;
        let collaboration = state.get::<Collaboration>(proposal.collaboration_id);
        let members = collaboration.into_iter().flat_map(|found| &found.data.members);
        let name = |id: &Uuid| state.get::<Organization>(*id).map(|found| (*id, found.data.name.clone()));
        proposal.members = members.filter_map(name).collect();
        proposal.members.sort_unstable();
    }

    /// The ancestors from the top, then the objects that it names, as far as they are there.
    fn near_of<T: Stored>(&self, facts: &Facts, data: &T) -> Vec<Near> {
        let line = facts.lineage;
        // Of an audit event the maker is the principal that it names.
        let maker =
            facts.maker.filter(|maker| maker.kind == PrincipalKind::User && facts.kind != Kind::AuditEvent);
        let principal = |relation, principal: Option<PrincipalId>| {
            principal.map(|principal| (relation, principal.kind.kind(), principal.id))
        };
        let object = |relation, kind, id: Option<Uuid>| id.map(|id| (relation, kind, id));
        [
            object(Relation::Organization, Kind::Organization, line.organization),
            object(Relation::Project, Kind::Project, line.project),
            object(Relation::Job, Kind::Job, line.job),
            object(Relation::Task, Kind::Task, line.task),
            object(Relation::ParentTask, Kind::Task, data.parent_task()),
            principal(Relation::Assignee, facts.assignee.filter(|_| facts.kind == Kind::Task)),
            object(Relation::Author, Kind::User, data.author()),
            object(Relation::Reviewer, Kind::User, data.reviewer()),
            object(Relation::Role, Kind::Role, data.role()),
            principal(Relation::Principal, data.principal()),
            object(Relation::Executor, Kind::Organization, data.executor()),
            object(Relation::Initiator, Kind::Organization, data.initiator()),
            object(Relation::Node, Kind::Node, data.node()),
            object(Relation::Source, Kind::Source, data.source()),
            object(Relation::ClientApp, Kind::ClientApp, data.issued_for()),
            principal(Relation::Maker, maker),
            object(
                Relation::Collaboration,
                Kind::Collaboration,
                data.collaboration().or(facts.collaboration),
            ),
        ]
        .into_iter()
        .flatten()
        .filter(|&(_, kind, id)| (kind, id) != (facts.kind, facts.id))
        .filter_map(|(relation, kind, id)| {
            self.named(kind, id).map(|(name, facts)| Near {
                relation,
                name: name.into(),
                facts: facts.into(),
            })
        })
        .collect()
    }

    /// The name and the facts of an object that others name.
    pub fn named(&self, kind: Kind, id: Uuid) -> Option<(String, Facts)> {
        match kind {
            Kind::Organization => self.named_in::<Organization>(id),
            Kind::Collaboration => self.named_in::<Collaboration>(id),
            Kind::User => self.named_in::<User>(id),
            Kind::Role => self.named_in::<Role>(id),
            Kind::Node => self.named_in::<Node>(id),
            Kind::ApiKey => self.named_in::<ApiKey>(id),
            Kind::ClientApp => self.named_in::<ClientApp>(id),
            Kind::Project => self.named_in::<Project>(id),
            Kind::Job => self.named_in::<Job>(id),
            Kind::Task => self.named_in::<Task>(id),
            Kind::File => self.named_in::<File>(id),
            Kind::Label => self.named_in::<Label>(id),
            Kind::Dataset => self.named_in::<Dataset>(id),
            Kind::Source => self.named_in::<Source>(id),
            _ => None,
        }
    }

    fn named_in<T: Stored>(&self, id: Uuid) -> Option<(String, Facts)> {
        self.get::<T>(id).map(|object| (object.data.name().to_owned(), self.facts(&object.facts)))
    }
}
