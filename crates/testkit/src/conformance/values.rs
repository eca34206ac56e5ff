//! Values: what goes in comes out.

use bailiwick_domain::entities::{
    Annotation, ApiKey, ClientApp, Collaboration, Dataset, Export, ExportFormat, ExportStatus, File,
    Geometry, Grant, Job, JobStatus, Label, Launch, Node, NodePolicy, OldSecret, Organization, Project,
    Proposal, Run, RunStatus, Shape, Standing, Stored, Task, TaskStatus, User,
};
use bailiwick_domain::object::New;
use bailiwick_domain::page::{FieldValue, Filter, Query, Sort};
use bailiwick_domain::ports::{Read, Store, Unit, Write};
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Entity, Kind, Object, Operation, Rule, Scope};
use serde_json::json;
use time::macros::datetime;

use super::sorted;
use crate::fixture::{
    ALWAYS, At, Sample, World, acting, annotation, api_key, client_app, collaboration, comment, computation,
    dataset, export, file, job, label, node, op, organization, project, role, run, task, user,
};

/// Adds an object and compares all of it but what is near.
async fn same<T: Entity + PartialEq>(world: &World, new: New<T>) -> Object<T>
where
    dyn Unit: Write<T>,
    dyn Store: Read<T>,
{
    let found = world.add(&new).await;
    let put = new.object();
    assert_eq!(found.data, put.data);
    assert_eq!(found.facts, put.facts);
    assert_eq!((found.id, found.version), (put.id, 1));
    assert_eq!((found.created_at, found.updated_at), (put.created_at, put.updated_at));
    found
}

/// Every field of every kind, set and absent.
pub async fn every_kind_comes_back_as_it_was_stored(world: World) {
    let sample = Sample::on(&world).await;
    let by = acting(&sample.ada);
    let north = &sample.north;
    let suspended = Organization { status: Standing::Suspended, ..organization("west") };
    same(&world, world.made_at_server(&op(), suspended)).await;
    let keyed = Organization { public_key: Some("-----BEGIN\n".repeat(400)), ..organization("keyed") };
    same(&world, world.made_at_server(&op(), keyed)).await;
    let encrypted = Collaboration { encrypted: true, ..collaboration("alone") };
    same(&world, world.made_collaboration(&op(), encrypted, &[north])).await;
    same(&world, world.made_collaboration(&op(), collaboration("nobody"), &[])).await;
    machines(&world, &sample).await;
    work(&world, &sample).await;
    let proved = User {
        email: Some("Yan@Example.org".to_owned()),
        email_verified_at: Some(world.now()),
        ..user("yan")
    };
    same(&world, world.made_user(&op(), north, proved)).await;
    let zoe = User { email: Some("zoe@example.org".to_owned()), ..user("zoe") };
    same(&world, world.made_user(&op(), north, zoe)).await;

    let rules = [
        Rule::new(Kind::Job, Operation::View, Scope::Organization),
        Rule::new(Kind::Task, Operation::Edit, Scope::Own),
    ];
    let mut reviewers = role("Reviewers", &rules);
    reviewers.includes = super::sorted([sample.viewer.id, sample.lead.id]);
    reviewers.full = Closure { rules: rules.to_vec(), built_in: vec!["viewer".to_owned()] };
    reviewers.live = Closure { rules: rules[..1].to_vec(), built_in: Vec::new() };
    reviewers.description = "who looks at the work".to_owned();
    same(&world, world.made_role(&op(), north, reviewers)).await;

    let mut key = api_key("nightly");
    key.status = Standing::Suspended;
    key.expires_at = Some(world.now());
    key.last_used_at = Some(world.now());
    key.old_secret = Some(OldSecret { hash: "6f".repeat(32), expires_at: world.now() });
    key.addresses = serde_json::from_value(json!(["10.0.0.0/8", "192.0.2.7", "2001:db8::/64"])).unwrap();
    same(&world, world.made_api_key(&by, north, key)).await;
    same(&world, world.made_api_key(&by, &sample.beta, api_key("bare"))).await;
    let app = ClientApp {
        description: "日本 🦀\n".repeat(900),
        status: Standing::Suspended,
        registration: true,
        old_secret: Some(OldSecret { hash: "6f".repeat(32), expires_at: world.now() }),
        ..client_app("an app")
    };
    let app = same(&world, world.made_client_app(&by, app)).await;
    same(&world, world.made_client_app(&op(), client_app("bare"))).await;
    let given = world.client_app_that_gives(&app, &sample.viewer);
    world.try_save(&given).await.unwrap();
    assert_eq!(world.again(&app).await.data, given.after().data);
    same(&world, world.made_key_of_app(&by, north, &app, api_key("of an app"))).await;
    let shared = Project {
        description: "shared".to_owned(),
        collaboration_id: Some(sample.arctic.id),
        archived_at: Some(world.now()),
        ..project("shared")
    };
    same(&world, world.made(&by, north, shared)).await;
    for &status in JobStatus::ALL {
        let data = Job { status, description: "to do".to_owned(), ..job(status.word()) };
        same(&world, world.made(&by, &sample.alpha, data)).await;
    }
    for &status in TaskStatus::ALL {
        let assignee_id = Some(sample.bob.id);
        let parent_id = Some(sample.first.id);
        let data = Task { status, assignee_id, parent_id, ..task(status.word()) };
        same(&world, world.made(&by, &sample.label, data)).await;
    }
    let span = (Some(world.now()), Some(world.now() + time::Duration::days(1)));
    let invited = world.made_invitation(&by, &sample.viewer, &sample.second, "g@example.org", span);
    same(&world, invited).await;
    same(&world, world.made_invitation(&by, &sample.viewer, At::Server, "h@example.org", ALWAYS)).await;
    same(&world, world.made_grant(&op(), &sample.north_key, &sample.viewer, &sample.second, span)).await;
    same(&world, world.made_grant(&op(), &sample.bob, &sample.viewer, At::Server, ALWAYS)).await;
}

/// What jobs and tasks know of work, files, labels of every shape, what is said, exports in every status.
async fn work(world: &World, sample: &Sample) {
    let Sample { alpha, label: job_of_alpha, ada, bob, .. } = sample;
    let by = acting(ada);
    let launch = Launch {
        by: by.principal,
        client_app_id: Some(world.id()),
        files: 1 << 40,
        done: 7,
        through: Some(world.id()),
    };
    let launched = Job { launch, review_percent: 100, lease_minutes: 1, ..job("a launch") };
    same(world, world.made(&by, alpha, launched)).await;
    let bytes = same(world, world.made(&by, alpha, file("bytes", world.id()))).await;
    let looked_at = Task {
        author_id: Some(bob.id),
        reviewer_id: Some(ada.id),
        lease_expires_at: Some(world.now() + time::Duration::microseconds(1)),
        file_id: Some(bytes.id),
        ..task("looked at")
    };
    let looked_at = same(world, world.made(&by, job_of_alpha, looked_at)).await;
    let unknown = File {
        media_type: "application/x-日本".to_owned(),
        bytes: 0,
        width: None,
        height: None,
        ..file("no", world.id())
    };
    same(world, world.made(&op(), alpha, File { bytes: 1 << 50, width: Some(1 << 33), ..unknown })).await;
    let described = Dataset { description: "all".to_owned(), ..dataset("all") };
    same(world, world.made(&by, alpha, described)).await;
    for &shape in Shape::ALL {
        let attributes = json!({ "type": "object", "required": ["日本"] });
        let description = "where".to_owned();
        let data = Label { shape, attributes, description, ..label(shape.word()) };
        let word = same(world, world.made(&by, alpha, data)).await;
        let geometry = match shape {
            Shape::Whole => Geometry::Whole {},
            Shape::Box => Geometry::Box { x: -0.1, y: 1e-7, width: 1e21, height: 0.0 },
            Shape::Polygon => Geometry::Polygon { points: vec![[0.1, 0.2], [1.0 / 3.0, 1e300]] },
            Shape::Point => Geometry::Point { x: 0.0, y: f64::MAX },
        };
        let attributes = json!({ "日本": [null, 1, "x"] });
        let said = Annotation { geometry, attributes, ..annotation(&bytes, &word) };
        same(world, world.made(&by, &looked_at, said)).await;
    }
    same(world, world.made(&by, job_of_alpha, comment("on a job"))).await;
    same(world, world.made(&op(), &looked_at, comment(&"日本 🦀\n".repeat(900)))).await;
    for (&status, &format) in ExportStatus::ALL.iter().zip(ExportFormat::ALL.iter().cycle()) {
        let full = Export {
            by: by.principal,
            client_app_id: Some(world.id()),
            status,
            detail: Some("the disk is full".to_owned()),
            stored: Some(world.id()),
            bytes: Some(1 << 50),
            sha256: Some("0c".repeat(32)),
            annotations: Some(0),
            expires_at: Some(world.now()),
            ..export(format)
        };
        same(world, world.made(&by, job_of_alpha, full)).await;
        same(world, world.made(&op(), job_of_alpha, Export { status, ..export(format) })).await;
    }
}

/// Nodes, runs in every status, proposals.
async fn machines(world: &World, sample: &Sample) {
    let Sample { north, south, arctic, label, .. } = sample;
    let policy = NodePolicy {
        users: Some(vec![sample.ada.id]),
        organizations: Some(vec![north.id, south.id]),
        images: Some(vec!["any*".to_owned(), String::new()]),
    };
    let last_seen_at = Some(world.now());
    let strict = Node { policy, status: Standing::Suspended, last_seen_at, ..node("strict", arctic) };
    let strict = same(world, world.made_node(&acting(&sample.ada), south, arctic, strict)).await;
    same(world, world.made_node(&op(), south, arctic, node("bare", arctic))).await;

    let task = world.made(&acting(&sample.bob), label, computation("compute"));
    same(world, world.made(&op(), label, Task { databases: Vec::new(), ..computation("bare") })).await;
    world.add(&task).await;
    let stored = || Some(Stored { blob: world.id(), parts: 1 << 33, bytes: 1 << 50 });
    for &status in RunStatus::ALL {
        let [input, result, log] = [stored(), stored(), stored()];
        let (started_at, finished_at) = (Some(world.now()), Some(world.now()));
        let full = Run { status, input, result, log, started_at, finished_at, ..run(&strict) };
        same(world, world.made_run(&task, Run { initiator_id: Some(world.id()), ..full })).await;
    }
    let executor_id = world.id();
    same(world, world.made_run(&task, Run { executor_id, node_id: None, ..run(&strict) })).await;

    // The members are read, not stored.
    let new = world.made_proposal(&acting(&sample.ada), arctic, &sample.east);
    let found = world.add(&new).await;
    let members = sorted([(north.id, "north".to_owned()), (south.id, "South".to_owned())]);
    assert_eq!(found.data, Proposal { members, ..new.object().data.clone() });
    assert_eq!(found.facts, new.object().facts);
}

/// From the beginning of time to its end.
pub async fn times_come_back_to_the_microsecond(world: World) {
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    let viewer = world.built_in("viewer").await;
    let times = [
        datetime!(0001-01-01 00:00:00.000001 UTC),
        datetime!(1582-10-10 10:10:10 UTC),
        datetime!(1969-12-31 23:59:59.999999 UTC),
        datetime!(1970-01-01 00:00:00 UTC),
        datetime!(1999-12-31 23:59:59.000001 UTC),
        datetime!(2024-02-29 12:00:00.999999 UTC),
        datetime!(2038-01-19 03:14:08.1 UTC),
        datetime!(9999-12-31 23:59:59.999999 UTC),
    ];
    for at in times {
        let grant = world.made_grant(&op(), &ada, &viewer, &north, (Some(at), Some(at)));
        let grant: Object<Grant> = world.add(&grant).await;
        assert_eq!((grant.data.starts_at, grant.data.expires_at), (Some(at), Some(at)));
        let mut data = api_key(&at.to_string());
        data.expires_at = Some(at);
        let key: Object<ApiKey> = world.add(&world.made_api_key(&acting(&ada), &north, data)).await;
        assert_eq!(key.data.expires_at, Some(at));
    }
    assert_eq!(north.created_at, datetime!(2026-03-04 05:06:07.123457 UTC));
}

/// Lists sort and compare by them.
pub async fn times_are_ordered_from_the_first_year_on(world: World) {
    let times = [
        datetime!(0001-01-01 00:00:00 UTC),
        datetime!(1969-12-31 23:59:59.999999 UTC),
        datetime!(1970-01-01 00:00:00 UTC),
        datetime!(1970-01-01 00:00:00.000001 UTC),
        datetime!(2026-01-01 00:00:00 UTC),
        datetime!(9999-12-31 23:59:59.999999 UTC),
    ];
    for at in times.iter().rev() {
        world.clock.advance(*at - world.now());
        let made = world.organization(&at.to_string()).await;
        assert_eq!((made.created_at, made.updated_at), (*at, *at));
    }
    for field in ["created_at", "updated_at"] {
        let sort = Sort { field, descending: false };
        for (number, at) in times.iter().enumerate() {
            let filters = vec![Filter::After(field, FieldValue::Time(*at))];
            let found =
                super::listed::<Organization>(&world, &Query { filters, sort, ..Query::default() }).await;
            let found: Vec<_> = found.iter().map(|organization| organization.created_at).collect();
            assert_eq!(found, times.split_at(number + 1).1, "{field} after {at}");
        }
    }
}

/// A mebibyte in every description.
pub async fn large_texts_come_back_whole(world: World) {
    let text = "0123456789abcdé ".repeat(1 << 16);
    let north = world.organization("north").await;
    let alpha =
        same(&world, world.made(&op(), &north, Project { description: text.clone(), ..project("alpha") }))
            .await;
    let label =
        same(&world, world.made(&op(), &alpha, Job { description: text.clone(), ..job("label") })).await;
    same(&world, world.made(&op(), &label, Task { description: text.clone(), ..task("first") })).await;
    let described = crate::fixture::role("Lead", &[]);
    let described = bailiwick_domain::entities::Role { description: text, ..described };
    same(&world, world.made_role(&op(), &north, described)).await;
}

/// Quotes, backslashes, zero-width and four-byte characters.
pub async fn texts_of_every_script_come_back(world: World) {
    let north = world.organization("north").await;
    let texts = [
        "'; drop table projects; --",
        "\\n \"quoted\" `ticked`",
        "日本語 العربية",
        "🦀\u{200d}🦀",
        "a\nb\tc",
        "",
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let data = Project { description: text.to_owned(), ..project(&format!("{number} {}", text.trim())) };
        same(&world, world.made(&op(), &north, data)).await;
    }
}
