//! A principal that was remembered is as it was for as long as its stamps are: whatever is written.

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::entities::{
    ApiKey, ClientApp, Grant, Node, Organization, RunStatus, Standing as Active, User, Visibility,
};
use bailiwick_domain::guards::{self, Concern, Report, Standing};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{
    CredentialKey, Known, PolicyText, Presumption, Read, Scheme, Session, Stamps, StoreError, Unit,
};
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Caller, Delete, Edit, Facts, Object, PrincipalId, Sealed};
use time::Duration;
use uuid::Uuid;

use super::{machines, near};
use crate::fixture::{At, Sample, World, acting, api_key, client_app, op};

/// What decisions about a principal need, without its stamps.
fn told(known: Option<&Known>) -> String {
    known.map_or_else(|| "nobody".to_owned(), |known| format!("{:?} {:?}", known.identity, known.credential))
}

/// The principals of a test, each as it was last read.
struct Remembering<'w> {
    world: &'w World,
    keys: Vec<CredentialKey<'static>>,
    known: HashMap<usize, Known>,
    /// What is granted at the server, and to whom, by the stamp of rights at which it was read last.
    at_server: Option<(i64, String)>,
    /// How often the stamps of one whom nothing concerned stayed as they were.
    spared: usize,
}

impl<'w> Remembering<'w> {
    async fn of(world: &'w World, keys: Vec<CredentialKey<'static>>) -> Self {
        let mut remembering = Self { world, keys, known: HashMap::new(), at_server: None, spared: 0 };
        remembering.check("the beginning").await;
        remembering
    }

    /// Reads everybody anew: who reads otherwise has other stamps.
    async fn check(&mut self, after: &str) {
        for (index, key) in self.keys.iter().enumerate() {
            let now = self.world.store.known(*key).await.unwrap();
            if let Some(before) = self.known.get(&index) {
                let stamps = now.as_ref().and_then(|now| now.stamps.clone());
                let same = told(now.as_ref()) == told(Some(before));
                if stamps.is_some() && stamps == before.stamps {
                    assert!(same, "after {after}, {key:?} is remembered wrongly");
                    self.spared += 1;
                }
                if !same {
                    let old = before.stamps.clone().unwrap_or_default();
                    let held = confirmed(self.world, &old).await;
                    assert!(!held, "after {after}, storage confirms what {key:?} no longer is");
                }
            }
            match now {
                Some(now) => self.known.insert(index, now),
                None => self.known.remove(&index),
            };
        }
        self.check_server(after).await;
        near::is_as_it_was_read(self.world, after).await;
    }

    /// Who holds what at the server is remembered by the stamp of rights alone.
    async fn check_server(&mut self, after: &str) {
        let rights =
            self.known.values().filter_map(|known| known.stamps.as_ref()).map(|stamps| stamps.rights);
        let Some(rights) = rights.max() else { return };
        let holders = self.world.store.concerned(&Facts::server()).await.unwrap();
        let mut told = String::new();
        for mut holder in self.world.store.identities(&holders).await.unwrap() {
            holder.grants.retain(|grant| grant.at.lineage.lowest().is_server());
            told += &format!(
                "{:?} {} {:?} {:?}\n",
                holder.principal,
                holder.active,
                holder.home(),
                holder.grants
            );
        }
        if let Some((before, was)) = &self.at_server
            && *before == rights
        {
            assert!(*was == told, "after {after}, remembered of the server:\n{was}but there is\n{told}");
        }
        self.at_server = Some((rights, told));
    }
}

/// Whether storage confirms stamps, asked by a find, by a list, by a unit and by nothing else.
async fn confirmed(world: &World, stamps: &Stamps) -> bool {
    let presuming = || {
        let presumption = Arc::new(Presumption::of("a policy", stamps));
        let store = world.store.presuming(Arc::clone(&presumption)).unwrap();
        (presumption, store)
    };
    let held = |outcome: Result<(), StoreError>| match outcome {
        Ok(()) => true,
        Err(StoreError::Outdated) => false,
        Err(error) => unreachable!("{error:?}"),
    };
    let (presumption, store) = presuming();
    let verified = held(store.verify().await);
    assert_eq!((presumption.is_open(), presumption.has_failed()), (false, !verified));

    let there = world.all::<Organization>().await.first().map_or_else(Uuid::nil, |found| found.id);
    for id in [there, world.id()] {
        let (presumption, store) = presuming();
        let found = held(Read::<Organization>::find(&*store, id).await.map(|_| ()));
        // A find that found nothing to bring the stamps in leaves it open at worst.
        assert!(found == verified || presumption.is_open(), "find");
    }
    let (presumption, store) = presuming();
    let (gate, operator) = (world.gate(), Caller::operator());
    let list = Read::<User>::list(&*store, &gate.visible::<User>(&operator), &Query::default()).await;
    assert!(held(list.map(|_| ())) == verified || presumption.is_open(), "list");

    let (_, store) = presuming();
    let unit = store.begin().await.unwrap();
    assert_eq!(held(unit.commit().await), verified, "commit");
    verified
}

fn session(world: &World, user: &Object<User>, scheme: Scheme) -> Session {
    let now = world.now();
    Session {
        id: world.id(),
        user_id: user.id,
        scheme,
        secret_hash: "secret".to_owned(),
        csrf_hash: String::new(),
        created_at: now,
        last_seen_at: now,
        idle_at: now + Duration::HOUR,
        expires_at: now + Duration::DAY,
        user_agent: String::new(),
        client_app_id: None,
    }
}

/// A principal that holds nothing, so that the operator may do anything to it.
fn standing(principal: PrincipalId, home: Option<Uuid>) -> Standing {
    Standing { principal, home, grants: Vec::new() }
}

async fn record(world: &World, deed: impl AsyncFnOnce(&dyn Unit) -> Result<(), StoreError>) {
    let unit = world.begin().await;
    deed(&*unit).await.unwrap();
    unit.commit().await.unwrap();
}

async fn change_user(world: &World, user: &Object<User>, change: impl FnOnce(&mut User)) {
    let user = world.again(user).await;
    world.try_save(&world.changed_user(&user, change)).await.unwrap();
}

async fn change_key(world: &World, key: &Object<ApiKey>, change: impl FnOnce(&mut ApiKey)) {
    let (gate, operator, key) = (world.gate(), op(), world.again(key).await);
    let whose = standing(PrincipalId::api_key(key.id), key.facts.lineage.organization);
    let granted = gate.open::<Edit, ApiKey>(&operator, Some(Sealed::new(key))).unwrap();
    let changed = guards::change_api_key(&gate, granted, &whose, Concern::Edit, change).unwrap();
    world.try_save(&changed).await.unwrap();
}

async fn end_grant(world: &World, grant: &Object<Grant>) {
    let (gate, operator) = (world.gate(), op());
    let held = world.store.held_grants(&[grant.id]).await.unwrap().remove(0);
    let receiver = standing(grant.data.principal, held.home);
    let granted = gate.open::<Edit, Grant>(&operator, Some(Sealed::new(world.again(grant).await))).unwrap();
    let ends = Some(world.now() + Duration::HOUR);
    let changed = guards::change_grant(&gate, granted, &held.grant, &receiver, None, ends).unwrap();
    world.try_save(&changed).await.unwrap();
}

async fn revoke(world: &World, grant: &Object<Grant>) {
    let (gate, operator) = (world.gate(), op());
    let held = world.store.held_grants(&[grant.id]).await.unwrap().remove(0);
    let receiver = standing(grant.data.principal, held.home);
    let granted = gate.open::<Delete, Grant>(&operator, Some(Sealed::new(world.again(grant).await))).unwrap();
    let removed = guards::remove_grant(&gate, granted, &held.grant, &receiver).unwrap();
    world.try_remove(&[removed]).await.unwrap();
}

/// Each kind of write that may change what a remembered principal's decisions need, and some that may not.
pub async fn a_remembered_principal_is_as_its_stamps_say(world: World) {
    let w = &world;
    let of = Sample::on(w).await;
    let through = Some(of.reader.id);
    let sessions = [
        session(w, &of.ada, Scheme::Cookie),
        session(w, &of.bob, Scheme::Bearer),
        Session { client_app_id: through, ..session(w, &of.ada, Scheme::Bearer) },
    ];
    let of_app = w.made_key_of_app(&acting(&of.ada), &of.north, &of.reader, api_key("of the app"));
    let of_app = w.add(&of_app).await;
    for session in &sessions {
        record(w, async |unit| unit.add_session(session).await).await;
    }
    let token = machines::token(w, PrincipalId::node(of.south_node.id)).await;
    if w.store.known(CredentialKey::User(of.ada.id)).await.unwrap().unwrap().stamps.is_none() {
        // This storage keeps no stamps, so nobody is remembered.
        assert!(w.store.presuming(Arc::new(Presumption::of_policy("a policy"))).is_none());
        return;
    }
    let mut all = Remembering::of(
        w,
        vec![
            CredentialKey::Session(sessions[0].id),
            CredentialKey::Session(sessions[1].id),
            CredentialKey::ApiKey(of.north_key.id),
            CredentialKey::ApiKey(of.alpha_key.id),
            CredentialKey::User(of.cyd.id),
            CredentialKey::User(of.eve.id),
            CredentialKey::Node(of.north_node.id),
            CredentialKey::Machine(token.id),
            CredentialKey::Session(sessions[2].id),
            CredentialKey::ApiKey(of_app.id),
        ],
    )
    .await;
    macro_rules! step {
        ($what:literal, $deed:expr) => {{
            let done = $deed;
            all.check($what).await;
            done
        }};
    }

    let task = step!("a new task", w.task(&of.label, "u").await);
    let at_server = step!("a grant at the server", w.grant(&of.eve, &of.viewer, At::Server).await);
    step!("a change of a grant at the server", end_grant(w, &at_server).await);
    step!("a holder at the server suspended", {
        change_user(w, &of.eve, |user| user.status = Active::Suspended).await;
    });
    step!("a grant at the server revoked", revoke(w, &at_server).await);
    step!("a key at the server", w.grant(&of.alpha_key, &of.viewer, At::Server).await);
    let at_task = step!("a grant on a task", w.grant(&of.ada, &of.viewer, &task).await);
    step!("a grant to a key", w.grant(&of.north_key, &of.viewer, &of.label).await);
    let at_job = step!("a grant to another", w.grant(&of.bob, &of.lead, &of.label).await);
    step!("a change of a grant", end_grant(w, &at_job).await);
    step!("a rename of a job", w.change(&of.label, |job| job.name = "renamed".to_owned()).await);
    step!("a rename of a task", w.change(&task, |task| task.name = "renamed".to_owned()).await);
    let project = step!("a project made private", {
        w.change(&of.alpha, |project| project.visibility = Visibility::Private).await
    });
    step!("a project shared elsewhere", {
        w.change(&project, |project| project.collaboration_id = Some(of.tropic.id)).await
    });
    let club = step!("a collaboration", { w.collaboration("club", &[&of.north, &of.south]).await });
    let club = step!("a member less", w.leave(&club, &of.south).await);
    step!("a removed collaboration", w.try_remove(&[w.removed_collaboration(&club)]).await.unwrap());
    step!("a user renamed", change_user(w, &of.ada, |user| user.username = "eva".to_owned()).await);
    step!("a user suspended", change_user(w, &of.ada, |user| user.status = Active::Suspended).await);
    step!("a user awake", change_user(w, &of.ada, |user| user.status = Active::Active).await);
    step!("a key suspended", change_key(w, &of.north_key, |key| key.status = Active::Suspended).await);
    step!("a key's new secret", change_key(w, &of.alpha_key, |key| key.secret_hash = "6f".repeat(32)).await);
    let later = Some(w.now() + Duration::HOUR);
    step!("a key's other secret, the old one kept", {
        change_key(w, &of.alpha_key, |key| key.renew("7f", "bwk_5678", later)).await;
    });
    step!("a key's end", change_key(w, &of.alpha_key, |key| key.expires_at = later).await);
    step!("a key's networks", {
        let networks = serde_json::from_value(serde_json::json!(["10.0.0.0/8"])).unwrap();
        change_key(w, &of.alpha_key, |key| key.addresses = networks).await;
    });
    step!("another app", w.add(&w.made_client_app(&op(), client_app("writer"))).await);
    let app = step!("an app's new key", {
        let renewed = w.changed_client_app(&of.reader, |app| app.renew("8a", "bwp_5678", later));
        w.try_save(&renewed).await.unwrap();
        w.again(&of.reader).await
    });
    let app = step!("an app suspended", {
        let asleep = |app: &mut ClientApp| app.stand(Active::Suspended);
        w.try_save(&w.changed_client_app(&app, asleep)).await.unwrap();
        w.again(&app).await
    });
    step!("an app awake", {
        w.try_save(&w.changed_client_app(&app, |app| app.stand(Active::Active))).await.unwrap();
    });
    step!("sessions through an app ended", {
        record(w, async |unit| unit.end_sessions_through(of.reader.id).await).await;
    });
    step!("a removed app", {
        w.try_remove(&[w.removed_client_app(&w.again(&app).await)]).await.unwrap();
    });
    let north = step!("an organization suspended", {
        w.change(&of.north, |north| north.status = Active::Suspended).await
    });
    step!("an organization awake", w.change(&north, |north| north.status = Active::Active).await);
    step!("a role asleep", {
        w.try_save(&w.changed_role(&w.again(&of.lead).await, |role| role.active = false)).await.unwrap();
    });
    let closures = [(of.lead.id, Closure::built_in("viewer"), Closure::default())];
    step!("other closures", record(w, async |unit| unit.set_closures(&closures).await).await);
    step!("a built-in role gone", {
        record(w, async |unit| unit.put_built_in(of.viewer.id, "viewer", "", false, w.now()).await).await;
    });
    let seen = Session { last_seen_at: w.now() + Duration::MINUTE, ..sessions[0].clone() };
    step!("a session seen", record(w, async |unit| unit.save_session(&seen).await).await);
    step!("a key used", record(w, async |unit| unit.touch_api_key(of.alpha_key.id, w.now()).await).await);
    step!("a session ended", record(w, async |unit| unit.end_session(sessions[0].id).await).await);
    step!("all sessions ended", record(w, async |unit| unit.end_sessions_of(of.bob.id, None).await).await);
    step!("a node seen", record(w, async |unit| unit.touch_node(of.south_node.id, w.now()).await).await);
    step!("a node renamed", {
        let node = w.changed_node(&w.again(&of.north_node).await, |node| node.name = "other".to_owned());
        w.try_save(&node).await.unwrap();
    });
    step!("a node suspended", {
        let asleep = |node: &mut Node| node.status = Active::Suspended;
        w.try_save(&w.changed_node(&w.again(&of.south_node).await, asleep)).await.unwrap();
    });
    step!("a node's new secret", {
        let renewed = w.renewed_node(&w.again(&of.north_node).await, (&of.north, &of.arctic), "6f");
        w.try_save(&renewed).await.unwrap();
    });
    step!("another token", {
        machines::token(w, PrincipalId::node(of.south_node.id)).await;
    });
    step!("a run reported", {
        let report = Report { status: Some(RunStatus::Active), ..Report::default() };
        w.try_save(&w.reported(&w.again(&of.open).await, &report)).await.unwrap();
    });
    step!("a run removed", w.try_remove(&[w.removed_run(&w.again(&of.open).await)]).await.unwrap());
    step!("tokens of a node ended", {
        let node = PrincipalId::node(of.south_node.id);
        record(w, async |unit| unit.end_machine_tokens(node).await).await;
    });
    step!("a collaboration left", w.leave(&of.arctic, &of.south).await);
    step!("a removed node", w.try_remove(&[w.removed_node(&w.again(&of.north_node).await)]).await.unwrap());
    step!("a grant revoked", revoke(w, &at_task).await);
    step!("a grant on a task again", w.grant(&of.cyd, &of.viewer, &task).await);
    step!("a removed task", w.try_remove(&[w.removed(&w.again(&task).await)]).await.unwrap());
    step!("a removed role", {
        w.try_remove(&[w.removed_role(&w.again(&of.lead).await)]).await.unwrap();
    });
    step!("a removed key", {
        w.try_remove(&[w.removed_api_key(&w.again(&of.north_key).await)]).await.unwrap();
    });
    step!("a removed user", w.try_remove(&[w.removed_user(&w.again(&of.cyd).await)]).await.unwrap());
    step!("a removed maker", w.try_remove(&[w.removed_user(&w.again(&of.bob).await)]).await.unwrap());
    // What concerns nobody must leave the stamps alone, or remembering is for nothing.
    assert!(all.spared >= 40, "stamps stayed only {} times", all.spared);
}

/// The policy in force, as every server on this storage sees it.
pub async fn the_policy_in_force_is_the_last_one_put(world: World) {
    let policy = |version: &str| PolicyText {
        version: version.to_owned(),
        model: "model".to_owned(),
        roles: "roles of ".repeat(20_000),
        access_rules: format!("{{\"{version}\": \"\u{1f511}\"}}"),
    };
    let in_force = async || world.store.policy_in_force().await.unwrap();
    assert_eq!(in_force().await, None);
    for version in ["a", "b", "a"] {
        let unit = world.begin().await;
        unit.put_policy(&policy(version), world.now()).await.unwrap();
        assert_eq!(unit.policy_in_force().await.unwrap(), Some(policy(version)));
        unit.commit().await.unwrap();
        assert_eq!(in_force().await, Some(policy(version)));
        let Some(store) = world.store.presuming(Arc::new(Presumption::of_policy("b"))) else { continue };
        assert_eq!(store.verify().await.is_ok(), version == "b");
    }
    let knows = async |version| world.store.knows_policy(version).await.unwrap();
    assert_eq!((knows("a").await, knows("b").await, knows("A").await), (true, true, false));
}
