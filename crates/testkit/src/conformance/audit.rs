//! The audit log.

use bailiwick_domain::audit::{Circumstance, Entry, Outcome};
use bailiwick_domain::entities::{AuditEvent, Project};
use bailiwick_domain::page::{FieldValue, Filter, Query};
use bailiwick_domain::{Facts, Gate, View};
use serde_json::json;

use super::listed;
use crate::fixture::{Sample, World, acting, person};

fn circumstance(world: &World) -> Circumstance {
    Circumstance { deed: "edit_project".to_owned(), request_id: "request 7".to_owned(), now: world.now() }
}

async fn record(world: &World, entry: &Entry) {
    let unit = world.begin().await;
    unit.audit(entry).await.unwrap();
    unit.commit().await.unwrap();
}

/// A change with before and after, a denial, a deed at the server.
pub async fn audit_events_come_back_whole(world: World) {
    let sample = Sample::on(&world).await;
    let gate: Gate = world.gate();
    let ada = acting(&sample.ada);
    let because = gate.rules_allow(
        &ada,
        bailiwick_domain::Operation::Edit,
        sample.alpha.facts.kind,
        &sample.alpha.facts,
    );
    let described = world.changed(&sample.alpha, |project| project.description = "\"é\" ".repeat(1000));
    let (before, after) = (described.before(), described.after());
    let change =
        Entry::change(world.id(), &ada, &circumstance(&world), because.unwrap(), Some(before), Some(after));
    let stranger = person(&sample.eve);
    let row = Some(bailiwick_domain::Sealed::new(sample.beta.clone()));
    let denial = gate.open::<View, Project>(&stranger, row).unwrap_err();
    let denied = Entry::denial(world.id(), &stranger, &circumstance(&world), &denial, Some(sample.beta.id));
    let anonymous = bailiwick_domain::Caller::anonymous();
    let deed = Entry::deed(
        world.id(),
        &anonymous,
        &circumstance(&world),
        &Facts::server(),
        Outcome::Denied,
        json!({ "scheme": "basic" }),
    );
    for entry in [&change, &denied, &deed] {
        record(&world, entry).await;
        let put = entry.object();
        let found = world.find::<AuditEvent>(entry.id()).await.unwrap();
        assert_eq!(found.data, put.data);
        assert_eq!((found.created_at, found.version), (put.created_at, 1));
        assert_eq!(found.facts.lineage, put.facts.lineage);
        assert_eq!((&found.facts.homes, found.facts.maker), (&put.facts.homes, put.facts.maker));
        let is_it = Filter::Is("id", FieldValue::Id(entry.id()));
        let query = Query { filters: vec![is_it], ..Query::default() };
        let listed = listed::<AuditEvent>(&world, &query).await;
        assert_eq!(listed.iter().map(|event| &event.data).collect::<Vec<_>>(), [&put.data]);
    }
    let found = world.find::<AuditEvent>(change.id()).await.unwrap();
    assert_eq!(
        found.data.before,
        Some(json!({
            "name": "alpha", "description": "", "visibility": "public", "archived": false,
            "collaboration_id": sample.arctic.id,
        }))
    );
}

/// What was done stays written when the object, its project or its organization is gone.
pub async fn audit_events_outlive_their_object(world: World) {
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    let alpha = world.project(&north, "alpha").await;
    let label = world.job(&alpha, "label").await;
    let by = acting(&ada);
    let entries = [&label.facts, &alpha.facts, &north.facts, &ada.facts]
        .map(|facts| Entry::deed(world.id(), &by, &circumstance(&world), facts, Outcome::Allowed, json!({})));
    for entry in &entries {
        record(&world, entry).await;
    }
    world.try_remove(&[world.removed(&label)]).await.unwrap();
    world.try_remove(&[world.removed(&alpha)]).await.unwrap();
    world.try_remove(&[world.removed_user(&ada)]).await.unwrap();
    world.try_remove(&[world.removed(&north)]).await.unwrap();
    let last = Entry::deed(world.id(), &by, &circumstance(&world), &alpha.facts, Outcome::Allowed, json!({}));
    record(&world, &last).await;
    for entry in entries.iter().chain([&last]) {
        let found = world.find::<AuditEvent>(entry.id()).await.unwrap();
        assert_eq!(found.data, entry.object().data);
        assert_eq!(found.facts.lineage, entry.object().facts.lineage);
        assert_eq!(found.facts.homes, entry.object().facts.homes);
        assert!(found.near.is_empty(), "nobody is near who is gone");
    }
    assert_eq!(world.all::<AuditEvent>().await.len(), 5);
}
