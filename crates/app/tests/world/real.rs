//! A real permission structure: 8 organizations, 1,509 people, 328 projects, 2,850 grants.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bailiwick_domain::entities::{AuditEvent, Grant, Organization, Project, User};

use crate::export::value;
use crate::site::{Site, on_each_store};

on_each_store!(the_real_world_is_applied_and_given_back);

/// The project's own, or the file that `BAILIWICK_REAL_WORLD` names.
fn real_world() -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/real-world.yaml");
    let path = std::env::var_os("BAILIWICK_REAL_WORLD").map_or(own, PathBuf::from);
    std::fs::read_to_string(path).unwrap()
}

async fn the_real_world_is_applied_and_given_back(site: Site) {
    let text = real_world();
    let began = Instant::now();
    let plan = site.apply(&text).await;
    let took = began.elapsed();
    assert_eq!((plan.made.len(), plan.changed.len(), plan.removed.len()), (8 + 1_509 + 328 + 2_850, 0, 0));
    assert_eq!(plan.effect.len(), 2_850);
    assert_eq!(site.all::<Organization>().await.len(), 8);
    assert_eq!(site.all::<User>().await.len(), 1_509);
    assert_eq!(site.all::<Project>().await.len(), 328);
    assert_eq!(site.all::<Grant>().await.len(), 2_850);
    // One unit: every record is of one request and one moment.
    let events = site.all::<AuditEvent>().await;
    let made: Vec<_> = events.iter().filter(|event| event.data.deed == "apply").collect();
    assert_eq!(made.len(), plan.made.len());
    assert!(made.iter().all(|event| event.data.request_id == made[0].data.request_id));
    assert_eq!(value(&site.export().await), value(&text));
    assert!(site.prune(&text).await.is_empty());
    assert!(took < Duration::from_secs(120), "applying took {took:?}");
}
