//! A server that holds a world, and everybody who speaks to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_domain::ports::{NewSecret, Secret};
use bailiwick_testkit::decisions::{DEFAULT_NOW, Kind, Object, World};
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_testkit::judge::{Scene, id_of};

use super::fit::id_on_server;
use super::plant::{instant, plant, suspend};
use super::policy::RowPolicy;
use crate::{Actor, Site, Storage};

/// A server that holds a world.
pub struct Setting {
    /// The server.
    pub site: Site,
    /// The world, fitted.
    pub world: World,
    actors: BTreeMap<String, Actor>,
    nobody: Actor,
}

const PASSWORD: &str = "a password of the tests";

impl Setting {
    /// A server that holds a fitted world, in which these principals ask. Users have bearer tokens and keys secrets that
    /// were good before anybody was suspended.
    pub async fn of(world: World, storage: Storage, callers: &BTreeSet<String>) -> Self {
        let policy = RowPolicy(Arc::new(Scene::new(&world).gate().policy().clone()));
        let now = instant(world.now.unwrap_or(DEFAULT_NOW));
        let clock = Arc::new(FixedClock::at(now));
        let site = Site::start_at(storage, Arc::new(policy), clock, Settings::default()).await;
        let secret = |object: &Object| match object.kind {
            Kind::ApiKey => Some(site.app.auth.new_api_key_secret()),
            Kind::Node => Some(site.app.auth.new_node_secret()),
            _ => None,
        };
        let with_secret =
            world.objects.iter().filter_map(|object| Some((object.id.clone(), secret(object)?)));
        let secrets: BTreeMap<String, NewSecret> = with_secret.collect();
        let unit = site.app.store.begin().await.unwrap();
        plant(&*unit, &world, now, &secrets).await;
        let hash = site.app.auth.hash_password(&Secret::new(PASSWORD), &[]).await.unwrap();
        for id in callers {
            if let Some(user) = world.objects.iter().find(|user| user.id == *id && user.kind == Kind::User) {
                unit.set_password(id_of(user), &hash).await.unwrap();
            }
        }
        unit.commit().await.unwrap();
        let nobody = site.anon();
        let mut setting = Self { site, world, actors: BTreeMap::new(), nobody };
        for id in callers {
            let actor = setting.credentials(id, &secrets).await;
            setting.actors.insert(id.clone(), actor);
        }
        let unit = setting.site.app.store.begin().await.unwrap();
        suspend(&*unit, &setting.world, now).await;
        unit.commit().await.unwrap();
        setting
    }

    async fn credentials(&self, id: &str, secrets: &BTreeMap<String, NewSecret>) -> Actor {
        let anon = self.site.anon();
        let Some(principal) = self.world.objects.iter().find(|object| object.id == id) else {
            return anon.bearer("nobody's token");
        };
        match secrets.get(id) {
            Some(secret) if principal.kind == Kind::Node => {
                self.site.node(&id_of(principal).to_string(), secret.secret.reveal()).await
            }
            None if principal.kind == Kind::Container => {
                let run = id_on_server(&self.world, principal);
                let now = self.site.app.clock.now();
                let (token, stored) = self.site.app.auth.new_container_token(run, now);
                let unit = self.site.app.store.begin().await.unwrap();
                unit.add_machine_token(&stored).await.unwrap();
                unit.commit().await.unwrap();
                anon.bearer(token.reveal())
            }
            Some(secret) => anon.api_key(&id_of(principal).to_string(), secret.secret.reveal()),
            None => {
                let home = principal.parent.as_deref().unwrap();
                anon.with_tokens(&format!("{home}/{id}"), PASSWORD).await
            }
        }
    }

    /// Whoever asks; none is anonymous.
    pub fn actor(&self, caller: Option<&str>) -> &Actor {
        caller.map_or(&self.nobody, |caller| &self.actors[caller])
    }
}
