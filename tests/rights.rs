//! Rights over HTTP: what ends them ends them on the very next request, and nobody gets more than they were given.

use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Answer, Site, Stage, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

on_every_storage!(
    a_revoked_grant_is_dead_at_once,
    an_inactive_role_gives_nothing_until_it_is_active_again,
    a_grant_lives_from_its_start_to_its_end,
    sessions_and_keys_end_by_the_clock,
    a_key_does_at_most_what_its_maker_may,
    a_key_gets_no_role_that_its_maker_may_not_grant,
    root_stays,
    nobody_hands_out_what_they_do_not_hold,
    nobody_touches_their_own_grants_but_to_give_one_up,
    nobody_touches_who_holds_more,
    organizations_are_ended_from_the_server_alone,
    a_role_takes_no_rule_that_its_editor_does_not_hold,
);

on_servers!(
    a_revoked_grant_is_dead_at_once,
    an_inactive_role_gives_nothing_until_it_is_active_again,
    a_grant_lives_from_its_start_to_its_end,
    sessions_and_keys_end_by_the_clock,
    a_key_does_at_most_what_its_maker_may,
    a_key_gets_no_role_that_its_maker_may_not_grant,
    root_stays,
    nobody_hands_out_what_they_do_not_hold,
    nobody_touches_their_own_grants_but_to_give_one_up,
    nobody_touches_who_holds_more,
    organizations_are_ended_from_the_server_alone,
    a_role_takes_no_rule_that_its_editor_does_not_hold,
);

fn grant(kind: &str, id: &str, role: &str, anchor: Value) -> Value {
    json!({ "principal": { "kind": kind, "id": id }, "role_id": role, "anchor": anchor })
}

#[track_caller]
fn guard(answer: Answer, status: u16, guard: &str) {
    let answer = answer.is(status);
    assert_eq!(answer.body["guard"], guard, "{:#}", answer.body);
}

async fn a_revoked_grant_is_dead_at_once(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (viewer, owner) = (stage.actor("viewer"), stage.actor("owner"));
    let project = stage.ids.address("project", "north/home");
    let held = stage.ids.address("grant", "north/viewer viewer north/home");
    let body = grant(
        "user",
        stage.id("user", "north/viewer"),
        stage.id("role", "viewer"),
        json!({ "level": "project", "id": stage.id("project", "north/home") }),
    );
    viewer.get(&project).await.is(200);
    owner.delete(&held).await.is(204);
    for _ in 0..5 {
        viewer.get(&project).await.is(404);
        assert!(viewer.get("/projects").await.is(200).ids().iter().all(|id| !project.ends_with(id)));
        let made = owner.post("/grants", body.clone()).await.is(201);
        viewer.get(&project).await.is(200);
        owner.delete(&format!("/grants/{}", made.id())).await.is(204);
    }
    viewer.get(&project).await.is(404);
}

async fn an_inactive_role_gives_nothing_until_it_is_active_again(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (auditor, root) = (stage.actor("auditor"), stage.actor("root"));
    let role = stage.ids.address("role", "north/auditor");
    let project = stage.ids.address("project", "north/next");
    auditor.get(&project).await.is(200);
    root.patch(&role, json!({ "active": false })).await.is(200);
    auditor.get(&project).await.is(404);
    assert_eq!(auditor.get("/whoami").await.is(200).body["grants"], json!([]));
    root.patch(&role, json!({ "active": true })).await.is(200);
    auditor.get(&project).await.is(200);
    // What it includes no longer, it gives no longer.
    root.patch(&role, json!({ "includes": [], "rules": ["job:view:organization"] })).await.is(200);
    auditor.get(&project).await.is(404);
    auditor.get(&stage.ids.address("job", "north/next/workup")).await.is(200);
}

/// A server whose clock stands, with root signed in.
async fn with_clock(storage: Storage) -> (Site, Arc<FixedClock>, Actor) {
    let clock = Arc::new(FixedClock::default());
    let policies = Arc::new(FilePolicy::built_in().unwrap());
    let site = Site::start_at(storage, policies, clock.clone(), Settings::default()).await;
    site.apply(include_str!("src/stage.yaml")).await;
    let root = site.user("north/root").await;
    (site, clock, root)
}

async fn of(actor: &Actor, list: &str, field: &str, name: &str) -> String {
    let all = actor.all(list).await;
    let found = all.iter().find(|item| item[field] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))["id"].as_str().unwrap().to_owned()
}

async fn a_grant_lives_from_its_start_to_its_end(storage: Storage) {
    let (site, clock, root) = with_clock(storage).await;
    let nobody = site.user("north/nobody").await;
    let project = of(&root, "/projects", "name", "next").await;
    let now = {
        use bailiwick_domain::ports::Clock;
        clock.now()
    };
    let at = |minutes: i64| (now + Duration::minutes(minutes)).format(&Rfc3339).unwrap();
    let mut body = grant(
        "user",
        &of(&root, "/users", "username", "nobody").await,
        &of(&root, "/roles", "name", "viewer").await,
        json!({ "level": "project", "id": project }),
    );
    body["starts_at"] = json!(at(1));
    body["expires_at"] = json!(at(3));
    let made = root.post("/grants", body).await.is(201);
    let expects = async |status: u16| nobody.get(&format!("/projects/{project}")).await.is(status);
    expects(404).await;
    clock.advance(Duration::minutes(1) - Duration::microseconds(1));
    expects(404).await;
    clock.advance(Duration::microseconds(1));
    expects(200).await;
    clock.advance(Duration::minutes(2) - Duration::microseconds(1));
    expects(200).await;
    clock.advance(Duration::microseconds(1));
    expects(404).await;
    root.patch(&format!("/grants/{}", made.id()), json!({ "expires_at": null })).await.is(200);
    expects(200).await;
}

async fn sessions_and_keys_end_by_the_clock(storage: Storage) {
    let (site, clock, root) = with_clock(storage).await;
    site.set_password("north/mate", "password of mate").await;
    let browser = site.anon().with_cookie("north/mate", "password of mate").await;
    let organization = of(&root, "/organizations", "name", "north").await;
    let now = {
        use bailiwick_domain::ports::Clock;
        clock.now()
    };
    let end = (now + Duration::minutes(14)).format(&Rfc3339).unwrap();
    let past = (now - Duration::minutes(1)).format(&Rfc3339).unwrap();
    let keys = format!("/organizations/{organization}/api-keys");
    let refused = root.post(&keys, json!({ "name": "late", "expires_at": past })).await.is(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/expires_at");
    let made = root.post(&keys, json!({ "name": "short", "expires_at": end })).await.is(201);
    let key = site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
    key.get("/whoami").await.is(200);
    clock.advance(Duration::minutes(14));
    key.get("/whoami").await.is(401);
    root.get("/whoami").await.is(200);
    clock.advance(Duration::minutes(1));
    root.get("/whoami").await.is(401);

    browser.get("/whoami").await.is(200);
    clock.advance(Duration::days(30));
    browser.get("/whoami").await.is(401);
    // A cookie that has ended does not keep its owner out.
    let login = json!({ "username": "north/mate", "password": "password of mate" });
    browser.post("/auth/login", login).await.is(200);
}

async fn a_key_does_at_most_what_its_maker_may(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (key, wide, root) = (stage.actor("key"), stage.actor("wide-key"), stage.actor("root"));
    let (home, far) = (stage.ids.address("project", "north/home"), stage.ids.address("project", "west/far"));
    // The wide key was given the whole server, and its maker has north.
    wide.get(&home).await.is(200);
    wide.get(&far).await.is(404);
    let whoami = wide.get("/whoami").await.is(200);
    assert_eq!(whoami.body["acts_for"]["id"], stage.id("user", "north/owner"));

    key.patch(&home, json!({ "description": "by the key" })).await.is(200);
    root.delete(&stage.ids.address("grant", "north/manager manager north/home")).await.is(204);
    key.get(&home).await.is(404);
    key.patch(&home, json!({ "description": "again" })).await.is(404);
    assert!(key.get("/jobs").await.is(200).ids().iter().all(|id| id != stage.id("job", "north/home/workup")));
    let again = grant(
        "user",
        stage.id("user", "north/manager"),
        stage.id("role", "viewer"),
        json!({ "level": "project", "id": stage.id("project", "north/home") }),
    );
    root.post("/grants", again).await.is(201);
    key.get(&home).await.is(200);
    key.patch(&home, json!({ "description": "again" })).await.is(403);
    // What a key makes counts as made by its maker, who is gone with all their keys when deleted.
    root.delete(&format!("{}?cascade=true", stage.ids.address("user", "north/manager"))).await.is(204);
    key.get(&home).await.is(401);
}

async fn a_key_gets_no_role_that_its_maker_may_not_grant(storage: Storage) {
    let stage = Stage::set(storage).await;
    let keys = format!("{}/api-keys", stage.ids.address("project", "north/home"));
    let manager = stage.actor("manager");
    let with = |name: &str, role: &str| json!({ "name": name, "role_id": stage.id("role", role) });
    guard(manager.post(&keys, with("wider", "owner")).await, 403, "escalation");
    guard(manager.post(&keys, with("wider", "root")).await, 403, "escalation");
    // Nothing half made: the name is still free.
    manager.post(&keys, with("wider", "manager")).await.is(201);
    manager.post(&keys, with("unknown", "west/reader")).await.is(422);
    // Nor does a key give itself or another key more than its maker has.
    let key = stage.actor("key");
    guard(key.post(&keys, with("by the key", "owner")).await, 403, "escalation");
    let home = json!({ "level": "project", "id": stage.id("project", "north/home") });
    let outside = json!({ "level": "organization", "id": stage.id("organization", "north") });
    let robot = stage.id("api_key", "north/home/robot");
    let viewer = stage.id("role", "viewer");
    guard(key.post("/grants", grant("api_key", robot, viewer, home.clone())).await, 403, "own_grant");
    let maker = stage.id("user", "north/manager");
    guard(key.post("/grants", grant("user", maker, viewer, home)).await, 403, "own_grant");
    let owner = stage.actor("owner");
    guard(owner.post("/grants", grant("api_key", robot, viewer, outside)).await, 403, "key_outside");
}

async fn root_stays(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let spare = stage.ids.address("user", "north/spare");
    root.act(&format!("{spare}/suspend")).await.is(200);
    // The spare root sleeps: now root is the last.
    let held = stage.ids.address("grant", "north/root root server");
    let own = stage.ids.address("user", "north/root");
    let organization = stage.ids.address("organization", "north");
    let before = stage.dump().await;
    guard(root.delete(&held).await, 409, "root_stays");
    guard(root.act(&format!("{own}/suspend")).await, 409, "root_stays");
    guard(root.delete(&format!("{own}?cascade=true")).await, 409, "root_stays");
    guard(root.act(&format!("{organization}/suspend")).await, 409, "root_stays");
    root.delete(&format!("{organization}?cascade=true")).await.is(409);
    stage.unchanged(&before, "something was written").await;

    root.act(&format!("{spare}/wake")).await.is(200);
    let spare = stage.site.user("north/spare").await;
    let end = json!({ "expires_at": "2099-01-01T00:00:00Z" });
    let theirs = stage.ids.address("grant", "north/spare root server");
    root.patch(&theirs, end.clone()).await.is(200);
    // An end makes it no lasting root; who ends may not make another without one.
    guard(root.delete(&held).await, 409, "root_stays");
    guard(spare.patch(&held, end).await, 409, "root_stays");
    guard(spare.delete(&held).await, 409, "root_stays");
    let nobody = stage.id("user", "north/nobody");
    let another = grant("user", nobody, stage.id("role", "root"), json!({ "level": "server" }));
    guard(spare.post("/grants", another).await, 403, "escalation");
}

async fn nobody_hands_out_what_they_do_not_hold(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (owner, manager) = (stage.actor("owner"), stage.actor("manager"));
    let mate = stage.id("user", "north/mate");
    let home = json!({ "level": "project", "id": stage.id("project", "north/home") });
    let next = json!({ "level": "project", "id": stage.id("project", "north/next") });
    let (server, role) = (json!({ "level": "server" }), |name| stage.id("role", name));
    let before = stage.dump().await;
    guard(manager.post("/grants", grant("user", mate, role("owner"), home.clone())).await, 403, "escalation");
    guard(manager.post("/grants", grant("user", mate, role("root"), home.clone())).await, 403, "escalation");
    manager.post("/grants", grant("user", mate, role("viewer"), next)).await.is(404);
    owner.post("/grants", grant("user", mate, role("viewer"), server.clone())).await.is(403);
    let abroad = json!({ "level": "project", "id": stage.id("project", "west/far") });
    owner.post("/grants", grant("user", mate, role("viewer"), abroad)).await.is(404);
    // Who runs a project may not take out who was put there from above, with more than they hold.
    let over = grant("user", mate, role("owner"), home.clone());
    stage.unchanged(&before, "something was written").await;
    let made = owner.post("/grants", over).await.is(201).id();
    guard(manager.delete(&format!("/grants/{made}")).await, 403, "escalation");
    let end = json!({ "expires_at": "2099-01-01T00:00:00Z" });
    guard(manager.patch(&format!("/grants/{made}"), end).await, 403, "escalation");
    // Nor does anybody hand out for longer than they hold it.
    let root = stage.actor("root");
    let held = stage.ids.address("grant", "north/manager manager north/home");
    root.patch(&held, json!({ "expires_at": "2099-01-01T00:00:00Z" })).await.is(200);
    let mut longer = grant("user", mate, role("viewer"), home.clone());
    guard(manager.post("/grants", longer.clone()).await, 403, "escalation");
    longer["expires_at"] = json!("2099-01-01T00:00:00Z");
    manager.post("/grants", longer).await.is(201);
    // A role that another organization made is granted there alone.
    let reader = grant("user", mate, role("west/reader"), home);
    guard(root.post("/grants", reader).await, 403, "foreign_role");
    let fixed = root.post("/grants", grant("user", mate, role("node"), server)).await;
    assert!(fixed.status == 403 || fixed.status == 422, "{fixed:?}");
}

async fn nobody_touches_their_own_grants_but_to_give_one_up(storage: Storage) {
    let stage = Stage::set(storage).await;
    let own = [("manager", "north/manager manager north/home"), ("owner", "north/owner owner north")];
    for (who, held) in own {
        let (actor, held) = (stage.actor(who), stage.ids.address("grant", held));
        guard(actor.patch(&held, json!({ "expires_at": null })).await, 403, "own_grant");
        let me = stage.player(who).id.as_deref().unwrap();
        let at = json!({ "level": "project", "id": stage.id("project", "north/home") });
        guard(
            actor.post("/grants", grant("user", me, stage.id("role", "viewer"), at)).await,
            403,
            "own_grant",
        );
        actor.delete(&held).await.is(204);
        actor.get("/projects").await.is(200);
        assert_eq!(actor.get("/whoami").await.body["grants"], json!([]));
    }
    let root = stage.actor("root");
    let held = stage.ids.address("grant", "north/root root server");
    guard(root.patch(&held, json!({ "expires_at": "2099-01-01T00:00:00Z" })).await, 403, "own_grant");
    // A viewer may not view the grants of others, and gives up their own.
    let viewer = stage.actor("viewer");
    viewer.delete(&stage.ids.address("grant", "north/editor editor north/home")).await.is(404);
    viewer.delete(&stage.ids.address("grant", "north/viewer viewer north/home")).await.is(204);
}

async fn nobody_touches_who_holds_more(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (owner, root) = (stage.actor("owner"), stage.actor("root"));
    let before = stage.dump().await;
    let (user, spare) = (stage.ids.address("user", "north/root"), stage.ids.address("user", "north/spare"));
    for user in [&user, &spare] {
        guard(owner.patch(user, json!({ "username": "mine" })).await, 403, "rank");
        guard(owner.patch(user, json!({ "email": "mine@north.example" })).await, 403, "rank");
        guard(owner.act(&format!("{user}/suspend")).await, 403, "rank");
        guard(owner.delete(&format!("{user}?cascade=true")).await, 403, "rank");
    }
    stage.unchanged(&before, "something was written").await;
    // A recovery address is as good as the password: annotators own their tasks, and only a wider right covers that.
    let annotator = stage.ids.address("user", "north/annotator");
    owner.patch(&annotator, json!({ "email": "theirs@north.example" })).await.is(200);
    // Root at home elsewhere stands above the owner of an organization.
    root.patch(&stage.ids.address("user", "west/wes"), json!({ "username": "wesley" })).await.is(200);
    // A key that holds more than its owner keeps its secret to itself.
    let scout = stage.ids.address("api_key", "north/scout");
    guard(owner.act(&format!("{scout}/secret")).await, 403, "rank");
    guard(owner.patch(&scout, json!({ "name": "mine" })).await, 403, "rank");
    owner.act(&format!("{scout}/suspend")).await.is(200);
}

async fn organizations_are_ended_from_the_server_alone(storage: Storage) {
    let stage = Stage::set(storage).await;
    let owner = stage.actor("owner");
    let north = stage.ids.address("organization", "north");
    let before = stage.dump().await;
    owner.delete(&format!("{north}?cascade=true")).await.is(403);
    for verb in ["suspend", "wake"] {
        guard(owner.act(&format!("{north}/{verb}")).await, 403, "organizations");
    }
    owner.patch(&north, json!({ "name": "mine" })).await.is(200);
    owner.patch(&north, json!({ "name": "north" })).await.is(200);
    assert_eq!(before.len(), stage.dump().await.len());
    stage
        .actor("root")
        .delete(&format!("{}?cascade=true", stage.ids.address("organization", "west")))
        .await
        .is(204);
    stage.actor("wes").get("/whoami").await.is(401);
}

async fn a_role_takes_no_rule_that_its_editor_does_not_hold(storage: Storage) {
    let stage = Stage::set(storage).await;
    let owner = stage.actor("owner");
    let roles = format!("{}/roles", stage.ids.address("organization", "north"));
    let rules = |name: &str, rules: &[&str]| json!({ "name": name, "rules": rules });
    owner.post(&roles, rules("good", &["task:edit:organization"])).await.is(201);
    guard(owner.post(&roles, rules("bad", &["organization:delete:global"])).await, 403, "escalation");
    let role = owner.post(&roles, rules("growing", &["task:view:organization"])).await.is(201).id();
    let role = format!("/roles/{role}");
    let more = json!({ "rules": ["task:view:organization", "organization:create:global"] });
    guard(owner.patch(&role, more).await, 403, "escalation");
    let root = json!({ "includes": [stage.id("role", "root")] });
    guard(owner.patch(&role, root).await, 403, "escalation");
    let itself = json!({ "includes": [role.trim_start_matches("/roles/")] });
    guard(owner.patch(&role, itself).await, 409, "cycle");
    let foreign = owner.patch(&role, json!({ "includes": [stage.id("role", "west/reader")] })).await.is(422);
    let nothing = owner.patch(&role, json!({ "includes": [uuid::Uuid::max()] })).await.is(422);
    assert_eq!(foreign.body["errors"], nothing.body["errors"]);
    assert_eq!(foreign.body["errors"][0]["pointer"], "/includes/0");
    let taken = owner.post(&roles, rules("viewer", &[])).await.is(422);
    assert_eq!(taken.body["errors"][0]["pointer"], "/name");
    guard(
        stage
            .actor("root")
            .patch("/roles/ID".replace("ID", stage.id("role", "viewer")).as_str(), json!({ "name": "x" }))
            .await,
        403,
        "built_in",
    );
}
