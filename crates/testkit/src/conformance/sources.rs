//! Sources: which one is the latest, what is carried down to contents, what a source has already.

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{Content, Shelf, Source, SourceLabel};
use bailiwick_domain::page::{FieldValue, Filter, Query};
use bailiwick_domain::ports::Contents;
use bailiwick_domain::{Object, Relation};

use super::{ids, listed, sorted};
use crate::fixture::{Sample, Sources, World, acting, content, source};

async fn is_latest(world: &World, source: &Object<Source>) -> bool {
    let latest = Filter::Is("latest", FieldValue::Flag(true));
    let found =
        listed::<Source>(world, &Query { filters: vec![latest], limit: 100, ..Query::default() }).await;
    let is = found.iter().any(|found| found.id == source.id);
    assert_eq!(world.again(source).await.data.latest, is, "{} is told otherwise", source.data.name);
    is
}

/// By number, not by text; not what is in the trash; first what is labelled so.
pub async fn the_latest_source_is_told(world: World) {
    let sample = Sample::on(&world).await;
    let Sources { tenth, ninth, trashed, far, plain, words, .. } = &sample.sources;
    assert!(is_latest(&world, tenth).await);
    assert!(!is_latest(&world, ninth).await);
    // In another project, of another type, in another language.
    for alone in [far, plain, words] {
        assert!(is_latest(&world, alone).await, "{}", alone.data.name);
    }
    let trashed = world.change(trashed, |source| source.status = Shelf::Active).await;
    assert!(is_latest(&world, &trashed).await && !is_latest(&world, tenth).await);
    let ninth = world.change(ninth, |source| source.labels = vec![SourceLabel::Latest]).await;
    assert!(is_latest(&world, &ninth).await && !is_latest(&world, &trashed).await);
    world.change(&ninth, |source| source.status = Shelf::Trashed).await;
    assert!(is_latest(&world, &trashed).await);
}

/// Their own tags and those of their project, in the source and in what it holds; none in the trash.
pub async fn tags_are_carried_down(world: World) {
    let sample = Sample::on(&world).await;
    let Sources { tenth, plain, first, gone, word, hidden, trashed, .. } = &sample.sources;
    let tags = |names: &[&str]| sorted(names.iter().map(|name| (*name).to_owned()));
    let carried = |tags: &[Entitlement]| sorted(tags.iter().map(|tag| tag.name().to_owned()));
    assert_eq!(carried(&tenth.facts.entitlements), tags(&["closed", "open", "public"]));
    assert_eq!(carried(&plain.facts.entitlements), tags(&["private"]));
    assert_eq!(carried(&first.facts.entitlements), tags(&["closed", "open", "public"]));
    assert_eq!(carried(&word.facts.entitlements), tags(&["open", "private"]));
    for none in [&gone.facts, &hidden.facts, &trashed.facts] {
        assert_eq!(carried(&none.entitlements), tags(&[]));
    }
    let near = first.near.iter().find(|near| near.relation == Relation::Source).unwrap();
    assert_eq!((&*near.name, &*near.facts), (tenth.data.name.as_str(), &tenth.facts));
    let tenth = world.change(tenth, |source| source.entitlements = vec![Entitlement::new("new")]).await;
    assert_eq!(carried(&world.again(&tenth).await.facts.entitlements), tags(&["new", "public"]));
    assert_eq!(carried(&world.again(first).await.facts.entitlements), tags(&["new", "public"]));
    let by_tag = |tag: &str| {
        let filters = vec![Filter::Is("entitlement", FieldValue::text(tag))];
        Query { filters, limit: 100, ..Query::default() }
    };
    assert_eq!(ids(&listed::<Source>(&world, &by_tag("new")).await), ids([&tenth]));
    world.change(&tenth, |source| source.status = Shelf::Trashed).await;
    assert!(world.again(first).await.facts.entitlements.is_empty());
}

/// Names and the next place, of one source alone, the trash among them.
pub async fn what_a_source_has_is_told(world: World) {
    let sample = Sample::on(&world).await;
    let Sources { tenth, plain, .. } = &sample.sources;
    let told = async |of: &Object<Source>| world.store.contents_of(of.id).await.unwrap();
    let names = ["GEN 1:1", "GEN 1:2"].map(str::to_owned);
    assert_eq!(told(tenth).await, Contents { names: names.into(), next: 3 });
    assert_eq!(world.store.all_contents(tenth.id).await.unwrap().len(), 2);
    assert_eq!(told(plain).await.next, 8);
    let empty = world.made(&acting(&sample.ada), &sample.beta, source("empty", "1"));
    let empty = world.add(&empty).await;
    assert_eq!(told(&empty).await, Contents::default());
    // A name is one content's of a source, whatever other sources have.
    let twice = world.made(&acting(&sample.ada), tenth, content(tenth, "GEN 1:1", 9));
    assert!(world.try_add(&twice).await.is_err());
    world.add(&world.made(&acting(&sample.ada), &empty, content(&empty, "GEN 1:1", 0))).await;
}

/// Upper and lower case of ASCII letters alike.
pub async fn contents_are_searched(world: World) {
    let sample = Sample::on(&world).await;
    let within = |text: &str| {
        let filters = vec![
            Filter::Is("source_id", FieldValue::Id(sample.sources.tenth.id)),
            Filter::Contains("text", text.to_owned()),
        ];
        Query { filters, limit: 100, ..Query::default() }
    };
    assert_eq!(listed::<Content>(&world, &within("oF gEN 1:1")).await.len(), 1);
    assert_eq!(listed::<Content>(&world, &within("of")).await.len(), 2);
    assert_eq!(listed::<Content>(&world, &within("of gen_1:1")).await.len(), 0);
}
