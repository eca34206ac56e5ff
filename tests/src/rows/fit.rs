//! A row's world as the server can hold it: the same answers to every question that the server can be asked.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::{Policy, Rule as DomainRule};
use bailiwick_testkit::decisions::{Kind, Object, Operation, Rule, Scope, World};
use bailiwick_testkit::judge::id_of;

/// The names of what a world gets in addition begin so.
pub const EXTRA: &str = "extra-";
const ROLE: &str = "extra-role";
const USER: &str = "extra-user";
const HOME: &str = "extra-organization";

/// Whether there is a table for it.
pub const fn is_kept(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Organization
            | Kind::Collaboration
            | Kind::User
            | Kind::Role
            | Kind::Rule
            | Kind::Grant
            | Kind::ApiKey
            | Kind::Project
            | Kind::Job
            | Kind::Task
            | Kind::AuditEvent
            | Kind::Node
            | Kind::Run
            | Kind::Container
            | Kind::File
            | Kind::Label
            | Kind::Source
            | Kind::Content
    )
}

/// The world as the server can hold it.
///
/// - Kinds without a table are left out, and what names them.
/// - A revoked grant is gone.
/// - A role of no organization is a built-in one.
/// - A key without a maker, which nothing bounds, gets a maker who may do everything.
/// - A run counts as made by the maker of its task, as it is made with it.
/// - A container is that of a run of its task on its node; where the world has none, one is added.
/// - A project carries one of two tags: which, its entitlements say, and the access rules speak of that tag. Sources carry
///   their own, by other names.
///
/// # Errors
/// Why the server can't hold it.
pub fn fit(world: &World) -> Result<World, String> {
    let mut objects: Vec<Object> =
        world.objects.iter().filter(|object| is_kept(object.kind) && !object.revoked).cloned().collect();
    objects.retain(|object| object.kind != Kind::Grant || names_what_is_there(world, object));
    let mut fitted = World { objects, ..world.clone() };
    fitted.objects.iter_mut().filter(|role| role.kind == Kind::Role && role.parent.is_none()).for_each(
        |role| {
            role.builtin = true;
        },
    );
    if let Some(homeless) =
        fitted.objects.iter().find(|user| user.kind == Kind::User && user.parent.is_none())
    {
        return Err(format!("a user without an organization, {}", homeless.id));
    }
    let backwards = |grant: &Object| grant.starts.zip(grant.ends).is_some_and(|(start, end)| end <= start);
    if fitted.objects.iter().any(backwards) {
        return Err("a grant that ends before it starts".to_owned());
    }
    machines(&mut fitted)?;
    tags(&mut fitted)?;
    makers(&mut fitted);
    Ok(fitted)
}

/// Whether principal, role and anchor of a grant are kept.
fn names_what_is_there(world: &World, grant: &Object) -> bool {
    let kept = |id: &Option<String>| {
        let found = world.objects.iter().find(|object| Some(&object.id) == id.as_ref());
        found.is_some_and(|object| is_kept(object.kind))
    };
    let at_server = grant.parent.as_deref().is_none_or(|parent| parent == "server");
    kept(&grant.principal) && kept(&grant.role) && (at_server || kept(&grant.parent))
}

/// Gives each project the tag of its visibility, and the access rules of its entitlements to that tag.
fn tags(world: &mut World) -> Result<(), String> {
    let sorted = |object: &Object| object.entitlements.iter().cloned().collect::<BTreeSet<_>>();
    let projects = || world.objects.iter().filter(|object| object.kind == Kind::Project);
    let sorts: BTreeSet<BTreeSet<String>> = projects().map(sorted).collect();
    let (public, private): (Vec<_>, Vec<_>) = sorts.into_iter().partition(|sort| sort.contains("public"));
    let mut sorts = private.into_iter().chain(public);
    let (private, public) = match (sorts.next(), sorts.next(), sorts.next()) {
        (_, _, Some(_)) => return Err("projects of more than two sorts of entitlements".to_owned()),
        (None, ..) => (BTreeSet::new(), BTreeSet::new()),
        (Some(only), None, _) if only.contains("public") => (BTreeSet::new(), only),
        (Some(only), None, _) => (only, BTreeSet::new()),
        (Some(one), Some(other), None) => (one, other),
    };
    for project in world.objects.iter_mut().filter(|object| object.kind == Kind::Project) {
        let tag = if sorted(project) == private { "private" } else { "public" };
        project.entitlements = vec![tag.to_owned()];
    }
    let old = std::mem::take(&mut world.access_rules);
    for (tag, carried) in [("private", &private), ("public", &public)] {
        let mut opened: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (action, roles) in carried.iter().filter_map(|name| old.get(name)).flatten() {
            opened.entry(action.clone()).or_default().extend(roles.iter().cloned());
        }
        world.access_rules.insert(tag.to_owned(), opened);
    }
    // What sources carry is another tag than what their project does. What nothing carries counts for what the access
    // rules name: handing out a named role takes more.
    for source in world.objects.iter_mut().filter(|object| object.kind == Kind::Source) {
        source.entitlements.iter_mut().for_each(|tag| tag.insert_str(0, EXTRA));
    }
    world.access_rules.extend(old.into_iter().map(|(name, actions)| (format!("{EXTRA}{name}"), actions)));
    Ok(())
}

/// Makes nodes, runs and containers what the server can hold.
fn machines(world: &mut World) -> Result<(), String> {
    let found = |id: &Option<String>| world.objects.iter().find(|object| Some(&object.id) == id.as_ref());
    for node in world.objects.iter().filter(|object| object.kind == Kind::Node) {
        let home = node.parent.as_ref();
        if !found(&node.collaboration)
            .is_some_and(|into| into.members.iter().any(|member| Some(member) == home))
        {
            return Err("a node of an organization that is no member".to_owned());
        }
    }
    let mut makers = BTreeMap::new();
    for run in world.objects.iter().filter(|object| object.kind == Kind::Run) {
        if found(&run.assignee).is_some_and(|assignee| assignee.kind != Kind::Node) {
            return Err("a run that a person carries out".to_owned());
        }
        if found(&run.executes).is_none() || found(&run.parent).is_none() {
            return Err("a run that nobody executes".to_owned());
        }
        makers.insert(run.id.clone(), found(&run.parent).and_then(|task| task.maker.clone()));
    }
    let mut more = Vec::new();
    for container in world.objects.iter().filter(|object| object.kind == Kind::Container) {
        let Some(node) = found(&container.node) else { return Err("a container without a node".to_owned()) };
        if run_of(world, container).is_none() {
            more.push(Object {
                kind: Kind::Run,
                id: format!("{EXTRA}{}", container.id),
                parent: container.parent.clone(),
                executes: node.parent.clone(),
                assignee: container.node.clone(),
                maker: found(&container.parent).and_then(|task| task.maker.clone()),
                suspended: container.suspended,
                ..Object::default()
            });
        }
    }
    for object in &mut world.objects {
        if let Some(maker) = makers.remove(&object.id) {
            object.maker = maker;
        }
    }
    world.objects.extend(more);
    Ok(())
}

/// The run that a container is there for.
fn run_of<'w>(world: &'w World, container: &Object) -> Option<&'w Object> {
    let mut runs = world.objects.iter().filter(|object| object.kind == Kind::Run);
    runs.find(|run| run.parent == container.parent && run.assignee == container.node)
}

/// Gives every key that has no maker one who may do everything.
fn makers(world: &mut World) {
    let unmade = |object: &Object| object.kind == Kind::ApiKey && object.maker.is_none();
    if !world.objects.iter().any(unmade) {
        return;
    }
    world.objects.iter_mut().filter(|key| unmade(key)).for_each(|key| key.maker = Some(USER.to_owned()));
    let roles = world.objects.iter().filter(|object| object.kind == Kind::Role && object.builtin);
    let named = roles.map(|role| role.id.clone());
    let includes = named.filter(|role| ![Policy::NODE, Policy::CONTAINER].contains(&role.as_str())).collect();
    let new = |kind, id: &str| Object { kind, id: id.to_owned(), ..Object::default() };
    world.objects.extend([
        Object { builtin: true, rules: all_rules(), includes, ..new(Kind::Role, ROLE) },
        new(Kind::Organization, HOME),
        Object { parent: Some(HOME.to_owned()), ..new(Kind::User, USER) },
        Object {
            principal: Some(USER.to_owned()),
            role: Some(ROLE.to_owned()),
            ..new(Kind::Grant, "extra-grant")
        },
    ]);
}

/// Every rule of the catalogue with the widest scope.
fn all_rules() -> Vec<Rule> {
    let of = |rule: DomainRule| {
        let kind = Kind::ALL.iter().find(|kind| kind.name() == rule.kind.word());
        let operation = Operation::ALL.iter().find(|operation| operation.name() == rule.operation.word());
        Some((*kind?, *operation?, Scope::Global))
    };
    DomainRule::catalogue()
        .filter(|rule| rule.scope == bailiwick_domain::Scope::Global)
        .filter_map(of)
        .collect()
}

/// The id that an object has on the server. A rule is one of the catalogue; a container has the id of its run.
pub fn id_on_server(world: &World, object: &Object) -> uuid::Uuid {
    if object.kind == Kind::Container {
        return run_of(world, object).map_or_else(|| id_of(object), id_of);
    }
    if object.kind != Kind::Rule {
        return id_of(object);
    }
    let rules = world.objects.iter().filter(|found| found.kind == Kind::Rule);
    let number = rules.take_while(|found| found.id != object.id).count();
    DomainRule::catalogue().nth(number).unwrap().id()
}
