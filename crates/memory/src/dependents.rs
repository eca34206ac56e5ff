//! What hangs under an object.

use bailiwick_domain::entities::{
    Annotation, ApiKey, Comment, Content, Dataset, Export, File, Grant, Invitation, Job, Label, Node,
    Project, Role, Run, Source, Task, User,
};
use bailiwick_domain::{Facts, Kind, Object};

use crate::state::{State, Stored, parent};

impl State {
    /// Counted by kind.
    pub fn dependents(&self, of: &Facts) -> Vec<(Kind, u64)> {
        fn count<'a, T: Stored>(state: &'a State, hangs: impl Fn(&'a Object<T>) -> bool) -> (Kind, u64) {
            (T::KIND, state.all::<T>().filter(|object| hangs(object)).count() as u64)
        }
        fn under<T: Stored>(state: &State, of: &Facts) -> (Kind, u64) {
            count::<T>(state, |object| Some(parent(&object.facts)) == of.anchor())
        }
        match of.kind {
            Kind::Role => vec![
                {
                    let (kind, granted) = count::<Grant>(self, |grant| grant.data.role_id == of.id);
                    let (_, invited) = count::<Invitation>(self, |invited| invited.data.role_id == of.id);
                    (kind, granted + invited)
                },
                count::<Role>(self, |role| role.data.includes.contains(&of.id)),
            ],
            Kind::Task => vec![
                count::<Task>(self, |task| task.data.parent_id == Some(of.id)),
                under::<Run>(self, of),
                under::<Annotation>(self, of),
                under::<Comment>(self, of),
            ],
            Kind::File => vec![
                count::<Task>(self, |task| task.data.file_id == Some(of.id)),
                count::<Annotation>(self, |said| said.data.file_id == of.id),
            ],
            Kind::Label => vec![count::<Annotation>(self, |said| said.data.label_id == of.id)],
            Kind::Source => vec![count::<Content>(self, |content| content.data.source_id == of.id)],
            Kind::ClientApp => vec![count::<ApiKey>(self, |key| key.data.client_app_id == Some(of.id))],
            Kind::Collaboration => vec![
                count::<Node>(self, |node| node.data.collaboration_id == of.id),
                count::<Project>(self, |project| project.data.collaboration_id == Some(of.id)),
            ],
            _ if of.anchor().is_none() => Vec::new(),
            _ => vec![
                under::<User>(self, of),
                under::<Node>(self, of),
                under::<Role>(self, of),
                under::<ApiKey>(self, of),
                under::<Project>(self, of),
                under::<Job>(self, of),
                under::<Task>(self, of),
                under::<Comment>(self, of),
                under::<Export>(self, of),
                under::<File>(self, of),
                under::<Dataset>(self, of),
                under::<Label>(self, of),
                under::<Source>(self, of),
            ],
        }
    }
}
