//! What exists in a world: organizations, people, work.

use super::{Builder, Dice, bit, pick, seldom};
use crate::decisions::{Kind, Object};

const ENTITLEMENTS: [&str; 3] = ["public", "content", "publishable"];

impl Builder {
    pub(super) fn organizations(&mut self, parts: &[Dice]) {
        self.add(self.numbered(Kind::Organization));
        for [suspended, ..] in parts {
            let made = self.numbered(Kind::Organization);
            self.add(Object { suspended: seldom(*suspended), ..made });
        }
    }

    pub(super) fn collaborations(&mut self, parts: &[Dice]) {
        for [mask, one, maker, ..] in parts {
            let organizations = self.ids(Kind::Organization);
            let first = pick(&organizations, *one);
            let numbered = organizations.into_iter().enumerate();
            let members = numbered
                .filter(|(number, id)| bit(*mask, *number) || Some(id) == first.as_ref())
                .map(|(_, id)| id)
                .collect();
            let maker = seldom(*maker).then(|| "user-0".to_owned());
            self.add(Object { members, maker, ..self.numbered(Kind::Collaboration) });
        }
    }

    pub(super) fn users(&mut self, parts: &[Dice]) {
        let parent = Some("organization-0".to_owned());
        self.add(Object { parent, ..self.numbered(Kind::User) });
        for [home, suspended, maker, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *home);
            let maker = if *maker < 128 { None } else { self.user(*maker) };
            let suspended = seldom(*suspended);
            self.add(Object { parent, suspended, maker, ..self.numbered(Kind::User) });
        }
    }

    /// Nodes, mostly in collaborations in which something is shared.
    pub(super) fn nodes(&mut self, parts: &[Dice]) {
        for [where_to, member, suspended, maker, ..] in parts {
            let collaborations = self.all(Kind::Collaboration);
            let mut busy = collaborations.clone();
            busy.retain(|found| {
                let projects = self.all(Kind::Project);
                projects.iter().any(|project| project.collaboration.as_ref() == Some(&found.id))
            });
            let from = if busy.is_empty() || *where_to < 64 { collaborations } else { busy };
            let Some(found) = pick(&from, *where_to) else { continue };
            let parent = pick(&found.members, *member);
            let (collaboration, maker) = (Some(found.id), self.maybe_user(*maker));
            let suspended = seldom(*suspended);
            self.add(Object { parent, collaboration, suspended, maker, ..self.numbered(Kind::Node) });
        }
    }

    pub(super) fn projects(&mut self, parts: &[Dice]) {
        for [home, shared, archived, carried, maker, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *home);
            let mut open = self.all(Kind::Collaboration);
            open.retain(|found| found.members.iter().any(|member| Some(member) == parent.as_ref()));
            let collaboration = if *shared < 64 { None } else { pick(&open, *shared).map(|found| found.id) };
            self.add(Object {
                parent,
                collaboration,
                archived: seldom(*archived),
                entitlements: entitlements(*carried),
                maker: self.maybe_user(*maker),
                ..self.numbered(Kind::Project)
            });
        }
    }

    pub(super) fn things(&mut self, parts: &[Dice]) {
        const KINDS: [Kind; 6] =
            [Kind::File, Kind::Label, Kind::Source, Kind::Content, Kind::ManagedEntity, Kind::Source];
        for [kind, parent, carried, maker, ..] in parts {
            let Some(kind) = pick(&KINDS, *kind) else { continue };
            let under = if kind == Kind::Content { Kind::Source } else { Kind::Project };
            let Some(parent) = pick(&self.ids(under), *parent) else { continue };
            self.add(Object {
                parent: Some(parent),
                entitlements: if kind == Kind::Source { entitlements(*carried) } else { Vec::new() },
                maker: self.maybe_user(*maker),
                ..self.numbered(kind)
            });
        }
    }

    pub(super) fn jobs(&mut self, parts: &[Dice]) {
        for [parent, maker, mask, ..] in parts {
            let Some(parent) = pick(&self.ids(Kind::Project), *parent) else { continue };
            let maker = self.maybe_user(*maker);
            let linked = self.linked(&parent, if seldom(*mask) { *mask } else { 0 });
            self.add(Object { parent: Some(parent), linked, maker, ..self.numbered(Kind::Job) });
        }
    }

    pub(super) fn tasks(&mut self, parts: &[Dice]) {
        for [parent, maker, assignee, mask, ..] in parts {
            let Some(job) = pick(&self.all(Kind::Job), *parent) else { continue };
            let linked = job.parent.as_deref().map_or_else(Vec::new, |project| self.linked(project, *mask));
            self.add(Object {
                parent: Some(job.id),
                linked,
                maker: self.maybe_user(*maker),
                assignee: self.maybe_user(*assignee),
                ..self.numbered(Kind::Task)
            });
        }
    }

    /// Files and labels of a project, by the bits of a die.
    fn linked(&self, project: &str, die: u8) -> Vec<String> {
        let mut near = [self.all(Kind::File), self.all(Kind::Label)].concat();
        near.retain(|found| found.parent.as_deref() == Some(project));
        let numbered = near.into_iter().enumerate();
        numbered.filter(|(number, _)| bit(die, *number)).map(|(_, found)| found.id).collect()
    }

    pub(super) fn keys(&mut self, parts: &[Dice]) {
        for [place, parent, maker, suspended, ..] in parts {
            let under = if *place < 128 { Kind::Organization } else { Kind::Project };
            let Some(parent) = pick(&self.ids(under), *parent) else { continue };
            let (maker, suspended) = (self.maybe_user(*maker), seldom(*suspended));
            let parent = Some(parent);
            self.add(Object { parent, maker, suspended, ..self.numbered(Kind::ApiKey) });
        }
    }

    /// Runs, on nodes of the collaboration that the project is shared in or by people, and a container
    /// for most of those on nodes.
    pub(super) fn runs(&mut self, parts: &[Dice]) {
        for [task, node, ended, person, container, ..] in parts {
            let Some(task) = pick(&self.all(Kind::Task), *task) else { continue };
            let Some(project) = self.above(Kind::Project, &task) else { continue };
            let mut nodes = self.all(Kind::Node);
            nodes.retain(|found| {
                found.collaboration.is_some()
                    && found.collaboration == project.collaboration
                    && !self.all(Kind::Run).iter().any(|run| {
                        run.parent.as_ref() == Some(&task.id) && run.assignee.as_ref() == Some(&found.id)
                    })
            });
            let node = pick(&nodes, *node);
            let home = node.as_ref().and_then(|node| self.find(node.parent.as_ref()));
            let must_end = project.archived || home.is_some_and(|home| home.suspended);
            self.add(Object {
                parent: Some(task.id.clone()),
                executes: node.as_ref().unwrap_or(&project).parent.clone(),
                assignee: node.as_ref().map_or_else(|| self.user(*person), |found| Some(found.id.clone())),
                suspended: must_end || seldom(*ended),
                maker: task.maker.clone(),
                ..self.numbered(Kind::Run)
            });
            if let Some(node) = node
                && *container >= 64
            {
                let (parent, node) = (Some(task.id), Some(node.id));
                self.add(Object { parent, node, ..self.numbered(Kind::Container) });
            }
        }
    }

    pub(super) fn others(&mut self, parts: &[Dice]) {
        for [parent, maker, anchor, actor, ..] in parts {
            let parent = pick(&self.ids(Kind::Organization), *parent);
            let maker = self.user(*maker);
            self.add(Object { parent, maker, ..self.numbered(Kind::Webhook) });
            let (parent, maker) = (self.anchor(*anchor), self.user(*actor));
            self.add(Object { parent, maker, ..self.numbered(Kind::AuditEvent) });
            self.add(self.numbered(Kind::Rule));
        }
    }
}

/// Entitlements of a project or source, by the bits of a die.
fn entitlements(die: u8) -> Vec<String> {
    let numbered = ENTITLEMENTS.iter().enumerate();
    numbered.filter(|(number, _)| bit(die, *number)).map(|(_, id)| (*id).to_owned()).collect()
}
