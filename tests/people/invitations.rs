//! Invitations.

use bailiwick_tests::{Actor, Storage, on_every_storage};
use serde_json::{Value, json};
use time::Duration;

use super::fixture::{PASSWORD, Town, told};

on_every_storage!(
    somebody_new_accepts_with_a_name_and_a_password,
    somebody_known_accepts_signed_in,
    nobody_accepts_for_another,
    an_invitation_serves_once,
    two_who_accept_at_once_are_one,
    an_invitation_ends_after_seven_days,
    a_maker_who_has_lost_the_right_invites_nobody,
    who_may_not_make_users_invites_only_who_has_a_home,
    nobody_hands_out_what_they_do_not_hold,
    at_the_server_only_global_covers_who_is_not_known,
    what_is_taken_back_is_not_good,
    a_suspended_organization_takes_nobody_in,
    an_invitation_counts_as_a_grant,
    a_taken_name_leaves_it_good,
);

const GUEST: &str = "guest@example.org";
const WORD: &str = "a password of the guest";

/// The id of the object of this name.
async fn id(actor: &Actor, collection: &str, name: &str) -> String {
    let found = actor.get(&format!("/{collection}?q={name}")).await.is(200);
    let mut items = found.body["items"].as_array().unwrap().iter();
    let named = items.find(|item| item["name"] == name || item["username"] == name);
    named.unwrap_or_else(|| panic!("no {name} among {collection}"))["id"].as_str().unwrap().to_owned()
}

/// The body of an invitation to a project of north.
async fn body(by: &Actor, project: &str, role: &str, address: &str) -> Value {
    json!({
        "address": address, "role_id": id(by, "roles", role).await,
        "anchor": { "level": "project", "id": id(by, "projects", project).await }
    })
}

async fn invited(town: &Town, by: &Actor, body: Value) -> (String, String) {
    let address = body["address"].as_str().unwrap().to_owned();
    let made = by.post("/invitations", body).await.is(201);
    town.carry().await;
    (made.id(), town.post.token(&address))
}

fn new(token: &str, name: &str) -> Value {
    json!({ "token": token, "username": name, "password": WORD })
}

async fn somebody_new_accepts_with_a_name_and_a_password(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let mut wanted = body(&owner, "home", "annotator", GUEST).await;
    wanted["ends_at"] = json!("2099-01-01T00:00:00Z");
    let (invitation, token) = invited(&town, &owner, wanted.clone()).await;
    let shown = owner.get(&format!("/invitations/{invitation}")).await.is(200);
    assert_eq!(shown.body["address"], GUEST);
    assert_eq!(shown.body["links"]["self"]["methods"], json!(["GET", "DELETE"]));
    let anon = town.site.anon();
    let missing = anon.post("/invitations/accept", json!({ "token": token })).await.is(422);
    assert_eq!(missing.body["errors"].as_array().unwrap().len(), 2);
    let accepted = anon.post("/invitations/accept", new(&token, "guest")).await.is(201);
    assert_eq!(accepted.body["username"], "north/guest");
    let guest = anon.clone().with_tokens("north/guest", WORD).await;
    let whoami = guest.get("/whoami").await.is(200);
    assert_eq!(whoami.body["principal"]["id"], accepted.body["user_id"]);
    assert_eq!(whoami.body["grants"][0]["grant"], accepted.body["grant_id"]);
    assert_eq!(whoami.body["grants"][0]["anchor"], wanted["anchor"]);
    assert_eq!(whoami.body["grants"][0]["expires_at"], "2099-01-01T00:00:00Z");
    let me = format!("/users/{}", accepted.body["user_id"].as_str().unwrap());
    assert_eq!(guest.get(&me).await.is(200).body["email"], GUEST);
    assert!(guest.get(&me).await.is(200).body["email_verified_at"].is_string());
    owner.get(&format!("/invitations/{invitation}")).await.is(404);
    let root = town.site.user("north/root").await;
    let told = told(&root, "accept_invitation").await;
    assert_eq!(told.len(), 2, "a user and a grant");
    assert!(told.iter().all(|event| event["principal"]["id"] == accepted.body["user_id"]), "{told:#?}");
    assert!(!root.get("/audit-events?limit=500").await.body.to_string().contains(GUEST));
}

async fn somebody_known_accepts_signed_in(storage: Storage) {
    let town = Town::of(storage).await;
    let sue = town.site.user("south/sue").await;
    town.prove(&sue, "password of south/sue", GUEST).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "next", "viewer", "Guest@Example.org").await;
    let (_, token) = invited(&town, &owner, wanted).await;
    let named = sue.post("/invitations/accept", new(&token, "sue")).await.is(422);
    assert_eq!(named.body["errors"][0]["pointer"], "/username");
    let accepted = sue.post("/invitations/accept", json!({ "token": token })).await.is(201);
    assert_eq!(accepted.body["username"], "south/sue");
    let grant = format!("/grants/{}", accepted.body["grant_id"].as_str().unwrap());
    assert_eq!(sue.get(&grant).await.is(200).body["anchor"]["level"], "project");
    let project = id(&owner, "projects", "next").await;
    sue.get(&format!("/projects/{project}")).await.is(200);
}

async fn nobody_accepts_for_another(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "next", "viewer", GUEST).await;
    let (_, token) = invited(&town, &owner, wanted).await;
    let token = json!({ "token": token });
    let sue = town.site.user("south/sue").await;
    sue.post("/invitations/accept", token.clone()).await.is(403);
    town.prove(&sue, "password of south/sue", "sue@example.org").await;
    sue.post("/invitations/accept", token.clone()).await.is(403);
    owner.post("/invitations/accept", token.clone()).await.is(403);
    town.prove(&owner, "password of north/owner", GUEST).await;
    // Its maker makes no grant of their own.
    owner.post("/invitations/accept", token.clone()).await.is(401);
    town.prove(&sue, "password of south/sue", GUEST).await;
    sue.post("/invitations/accept", token).await.is(201);
}

async fn an_invitation_serves_once(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (_, token) = invited(&town, &owner, wanted).await;
    let anon = town.site.anon();
    anon.post("/invitations/accept", new(&token, "guest")).await.is(201);
    let again = anon.post("/invitations/accept", new(&token, "other")).await.is(401);
    let never = anon.post("/invitations/accept", new("none", "other")).await.is(401);
    assert_eq!(again.body["detail"], never.body["detail"]);
    assert_eq!(owner.get("/users?q=other").await.is(200).ids(), Vec::<String>::new());
}

async fn two_who_accept_at_once_are_one(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (_, token) = invited(&town, &owner, wanted).await;
    let anon = town.site.anon();
    let accept =
        async |name: &'static str| anon.post("/invitations/accept", new(&token, name)).await.status.as_u16();
    let (one, two, three) = tokio::join!(accept("one"), accept("two"), accept("three"));
    let mut all = [one, two, three];
    all.sort_unstable();
    assert_eq!(all, [201, 401, 401]);
    let people = owner.all("/users?limit=500").await;
    let came =
        people.iter().filter(|user| ["one", "two", "three"].contains(&user["username"].as_str().unwrap()));
    assert_eq!(came.count(), 1);
}

async fn an_invitation_ends_after_seven_days(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (_, early) = invited(&town, &owner, wanted.clone()).await;
    let (_, late) = invited(&town, &owner, wanted).await;
    let anon = town.site.anon();
    town.pass(Duration::days(7) - Duration::microseconds(1));
    anon.post("/invitations/accept", new(&early, "early")).await.is(201);
    town.pass(Duration::microseconds(1));
    anon.post("/invitations/accept", new(&late, "late")).await.is(401);
}

async fn a_maker_who_has_lost_the_right_invites_nobody(storage: Storage) {
    let town = Town::of(storage).await;
    let root = town.site.user("north/root").await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (_, first) = invited(&town, &owner, wanted.clone()).await;
    let (_, second) = invited(&town, &owner, wanted).await;
    let me = id(&root, "users", "owner").await;
    let anon = town.site.anon();
    root.act(&format!("/users/{me}/suspend")).await.is(200);
    anon.post("/invitations/accept", new(&first, "guest")).await.is(401);
    root.act(&format!("/users/{me}/wake")).await.is(200);
    let grants = root.all(&format!("/grants?principal_id={me}")).await;
    for grant in &grants {
        root.delete(&format!("/grants/{}", grant["id"].as_str().unwrap())).await.is(204);
    }
    anon.post("/invitations/accept", new(&first, "guest")).await.is(401);
    assert_eq!(root.get("/users?q=guest").await.is(200).ids(), Vec::<String>::new());
    let denied = told(&root, "accept_invitation").await;
    assert!(denied.iter().any(|event| event["decision"] == "denied"), "{denied:#?}");
    // What was taken away comes back, and with it what was offered by it.
    for grant in &grants {
        let again = json!({
            "principal": grant["principal"], "role_id": grant["role_id"], "anchor": grant["anchor"]
        });
        root.post("/grants", again).await.is(201);
    }
    anon.post("/invitations/accept", new(&second, "guest")).await.is(201);
}

async fn who_may_not_make_users_invites_only_who_has_a_home(storage: Storage) {
    let town = Town::of(storage).await;
    let manager = town.site.user("north/manager").await;
    let wanted = body(&manager, "home", "viewer", GUEST).await;
    let (_, token) = invited(&town, &manager, wanted).await;
    town.site.anon().post("/invitations/accept", new(&token, "guest")).await.is(403);
    let wes = town.site.user("west/wes").await;
    town.prove(&wes, "password of west/wes", GUEST).await;
    wes.post("/invitations/accept", json!({ "token": token })).await.is(201);
}

async fn nobody_hands_out_what_they_do_not_hold(storage: Storage) {
    let town = Town::of(storage).await;
    let manager = town.site.user("north/manager").await;
    let wanted = body(&manager, "home", "owner", GUEST).await;
    let refused = manager.post("/invitations", wanted).await.is(403);
    assert_eq!(refused.body["guard"], "escalation");
    let viewer = town.site.user("north/viewer").await;
    let wanted = body(&viewer, "home", "viewer", GUEST).await;
    viewer.post("/invitations", wanted.clone()).await.is(403);
    town.site.anon().post("/invitations", wanted.clone()).await.is(401);
    town.site.user("west/wes").await.post("/invitations", wanted.clone()).await.is(404);
    let wrong = json!({ "address": "no address", "role_id": wanted["role_id"], "anchor": wanted["anchor"] });
    assert_eq!(manager.post("/invitations", wrong).await.is(422).body["errors"][0]["pointer"], "/address");
    let mut wrong = wanted.clone();
    wrong["role_id"] = json!("01920000-0000-7000-8000-000000000001");
    assert_eq!(manager.post("/invitations", wrong).await.is(422).body["errors"][0]["pointer"], "/role_id");
    let mut wrong = wanted;
    (wrong["starts_at"], wrong["ends_at"]) = (json!("2030-01-01T00:00:00Z"), json!("2029-01-01T00:00:00Z"));
    assert_eq!(manager.post("/invitations", wrong).await.is(422).body["errors"][0]["pointer"], "/ends_at");
    town.carry().await;
    assert_eq!(town.post.empty(), []);
}

async fn at_the_server_only_global_covers_who_is_not_known(storage: Storage) {
    let town = Town::of(storage).await;
    let root = town.site.user("north/root").await;
    let at_server =
        |role: String| json!({ "address": GUEST, "role_id": role, "anchor": { "level": "server" } });
    let viewer = at_server(id(&root, "roles", "viewer").await);
    let (_, token) = invited(&town, &root, viewer).await;
    // Nobody new: the server is nobody's home.
    town.site.anon().post("/invitations/accept", new(&token, "guest")).await.is(403);
    let wes = town.site.user("west/wes").await;
    town.prove(&wes, "password of west/wes", GUEST).await;
    wes.post("/invitations/accept", json!({ "token": token })).await.is(201);
    let partner = at_server(id(&root, "roles", "partner").await);
    let refused = root.post("/invitations", partner).await.is(403);
    assert_eq!(refused.body["guard"], "foreign_role");
    let owner = town.site.user("north/owner").await;
    let viewer = at_server(id(&owner, "roles", "viewer").await);
    owner.post("/invitations", viewer).await.is(403);
}

async fn what_is_taken_back_is_not_good(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (invitation, token) = invited(&town, &owner, wanted.clone()).await;
    let address = format!("/invitations/{invitation}");
    town.site.user("north/viewer").await.delete(&address).await.is(404);
    owner.delete(&address).await.is(204);
    town.site.anon().post("/invitations/accept", new(&token, "guest")).await.is(401);
    // One that was taken back before its letter went is not mailed.
    let made = owner.post("/invitations", wanted.clone()).await.is(201);
    owner.delete(&format!("/invitations/{}", made.id())).await.is(204);
    owner.post("/invitations?dry_run=true", wanted).await.is(201);
    town.carry().await;
    assert_eq!(town.post.empty(), []);
}

async fn a_suspended_organization_takes_nobody_in(storage: Storage) {
    let town = Town::of(storage).await;
    let root = town.site.user("north/root").await;
    let west = id(&root, "organizations", "west").await;
    let wanted = json!({
        "address": GUEST, "role_id": id(&root, "roles", "viewer").await,
        "anchor": { "level": "organization", "id": west }
    });
    let (invitation, token) = invited(&town, &root, wanted.clone()).await;
    root.act(&format!("/organizations/{west}/suspend")).await.is(200);
    let anon = town.site.anon();
    anon.post("/invitations/accept", new(&token, "guest")).await.is(401);
    root.get(&format!("/invitations/{invitation}")).await.is(404);
    root.act(&format!("/organizations/{west}/wake")).await.is(200);
    anon.post("/invitations/accept", new(&token, "guest")).await.is(401);
    let (_, token) = invited(&town, &root, wanted).await;
    anon.post("/invitations/accept", new(&token, "guest")).await.is(201);
}

async fn an_invitation_counts_as_a_grant(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let north = id(&owner, "organizations", "north").await;
    let role = json!({ "name": "guests", "rules": ["job:view:organization"] });
    let role = owner.post(&format!("/organizations/{north}/roles"), role).await.is(201).id();
    let wanted = json!({
        "address": GUEST, "role_id": role, "anchor": { "level": "organization", "id": north }
    });
    let (invitation, token) = invited(&town, &owner, wanted).await;
    let refused = owner.delete(&format!("/roles/{role}")).await.is(409);
    assert_eq!(refused.body["dependents"], json!([{ "kind": "grant", "count": 1 }]));
    let listed = owner.get(&format!("/invitations?anchor_id={north}")).await.is(200);
    assert_eq!(listed.ids(), [invitation]);
    owner.delete(&format!("/roles/{role}?cascade=true")).await.is(204);
    town.site.anon().post("/invitations/accept", new(&token, "guest")).await.is(401);
    assert_eq!(owner.get("/invitations").await.is(200).ids(), Vec::<String>::new());
}

async fn a_taken_name_leaves_it_good(storage: Storage) {
    let town = Town::of(storage).await;
    let owner = town.site.user("north/owner").await;
    let wanted = body(&owner, "home", "viewer", GUEST).await;
    let (_, token) = invited(&town, &owner, wanted).await;
    let anon = town.site.anon();
    let taken = anon.post("/invitations/accept", new(&token, "mate")).await.is(409);
    assert_eq!(taken.body["errors"][0]["pointer"], "/username");
    let weak = json!({ "token": token, "username": "guest", "password": "short" });
    assert_eq!(
        anon.post("/invitations/accept", weak).await.is(422).body["errors"][0]["pointer"],
        "/password"
    );
    anon.post("/invitations/accept", new(&token, "guest")).await.is(201);
    assert_eq!(town.signs_in("north/mate", PASSWORD).await, 201);
}
