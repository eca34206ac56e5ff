//! Filters: every field of every kind, and names searched for a text.

use bailiwick_domain::entities::{Job, JobStatus, Organization, Project, Task, User};
use bailiwick_domain::page::{Field, FieldKind, FieldValue, Filter, Query};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{Entity, Object, Scope};

use super::{every_kind, ids, listed, page, sorted};
use crate::fixture::{Sample, World, held, op, organization, person, user};

fn query(filters: Vec<Filter>) -> Query {
    Query { filters, limit: 100, count: true, ..Query::default() }
}

/// The values that a field has in these objects, and one that it has in none.
fn values<T: Entity>(world: &World, objects: &[Object<T>], field: &Field) -> Vec<FieldValue> {
    let mut values = sorted(objects.iter().map(|object| object.value(field.name)));
    values.dedup();
    values.push(match field.kind {
        FieldKind::Text | FieldKind::Part => FieldValue::text("nobody's"),
        FieldKind::Number => FieldValue::Number(i64::MAX),
        FieldKind::Id => FieldValue::Id(world.id()),
        // One among them is asked for.
        FieldKind::Ids => {
            let each = values.into_iter().flat_map(|value| match value {
                FieldValue::Ids(ids) => ids,
                other => unreachable!("{other:?}"),
            });
            return sorted(each.chain([world.id()]).map(FieldValue::Id));
        }
        FieldKind::Texts => {
            let each = values.into_iter().flat_map(|value| match value {
                FieldValue::Texts(words) => words,
                other => unreachable!("{other:?}"),
            });
            let mut each = sorted(each.chain(["nobody's".to_owned()]).map(FieldValue::Text));
            each.dedup();
            return each;
        }
        FieldKind::Time => FieldValue::Time(world.now() + time::Duration::days(1)),
        FieldKind::Flag => return values,
        // Which objects hold it, links say.
        FieldKind::Holder => return Vec::new(),
    });
    values
}

/// Absent values too.
pub async fn every_field_filters_by_each_of_its_values(world: World) {
    async fn check<T: Entity>(world: &World)
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        for field in Field::COMMON.iter().chain(T::FIELDS).filter(|field| field.kind != FieldKind::Holder) {
            let values = values(world, &all, field);
            assert!(values.len() > 2 || field.kind == FieldKind::Flag, "{} {}: too few", T::KIND, field.name);
            for value in values {
                let expected = ids(all.iter().filter(|object| object.value(field.name).is(&value)));
                let found = listed::<T>(world, &query(vec![Filter::Is(field.name, value.clone())])).await;
                assert_eq!(ids(&found), expected, "{} with {} {value:?}", T::KIND, field.name);
            }
        }
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// Later than each value, the value itself apart.
pub async fn every_sortable_field_filters_by_what_comes_after(world: World) {
    async fn check<T: Entity>(world: &World)
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        for field in Field::COMMON.iter().chain(T::FIELDS).filter(|field| field.sorts) {
            for value in values(world, &all, field) {
                let expected = ids(all.iter().filter(|object| object.value(field.name) > value));
                let found = listed::<T>(world, &query(vec![Filter::After(field.name, value.clone())])).await;
                assert_eq!(ids(&found), expected, "{} after {} {value:?}", T::KIND, field.name);
            }
        }
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// All conditions hold, within what the caller may view.
pub async fn filters_hold_together(world: World) {
    let Sample { ada, alpha, label, first, .. } = Sample::on(&world).await;
    let active = Filter::Is("status", FieldValue::text(JobStatus::Active.word()));
    let named = Filter::NameContains("LAB".to_owned());
    let found = listed::<Job>(&world, &query(vec![active.clone(), named.clone()])).await;
    assert_eq!(found.len(), 2, "one in alpha, one in the archive");
    let in_alpha = Filter::Is("project_id", FieldValue::Id(alpha.id));
    let found = listed::<Job>(&world, &query(vec![active, named, in_alpha.clone()])).await;
    assert_eq!(ids(&found), [label.id]);

    let mut caller = person(&ada);
    caller.grants.push(held(&label.facts, Scope::Global));
    let at_top = Filter::Is("parent_id", FieldValue::Null);
    let found = page::<Task>(&world, &caller, &query(vec![at_top, in_alpha])).await;
    assert_eq!(found.total, Some(1));
    assert_eq!(found.items.into_iter().map(|sealed| world.open(sealed).id).collect::<Vec<_>>(), [first.id]);
}

/// By each name, by what is in the middle of it, in capitals.
pub async fn every_kind_with_a_name_is_searched_by_it(world: World) {
    async fn check<T: Entity>(world: &World)
    where
        dyn Store: Read<T>,
    {
        if T::FIELDS.iter().all(|field| field.name != "name") {
            return;
        }
        let all = world.all::<T>().await;
        for object in &all {
            let name = object.data.name();
            let middle: String = name.chars().skip(1).take(name.chars().count() - 2).collect();
            for text in [name.to_owned(), name.to_ascii_uppercase(), middle] {
                let lower = text.to_ascii_lowercase();
                let named =
                    all.iter().filter(|object| object.data.name().to_ascii_lowercase().contains(&lower));
                let found = listed::<T>(world, &query(vec![Filter::NameContains(text.clone())])).await;
                assert_eq!(ids(&found), ids(named), "{} with {text}", T::KIND);
            }
        }
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// No character of the text stands for another.
pub async fn names_are_searched_literally(world: World) {
    let names =
        ["100%", "100 percent", "a_b", "axb", "it's", "its", "say \"hi\"", "back\\slash", "[a-z]*", "日本"];
    for name in names {
        world.organization(name).await;
    }
    let cases: [(&str, &[&str]); 12] = [
        ("%", &["100%"]),
        ("0%", &["100%"]),
        ("_", &["a_b"]),
        ("a_b", &["a_b"]),
        ("'", &["it's"]),
        ("\"", &["say \"hi\""]),
        ("\\", &["back\\slash"]),
        ("*", &["[a-z]*"]),
        ("[a", &["[a-z]*"]),
        ("本", &["日本"]),
        ("100", &["100%", "100 percent"]),
        ("?", &[]),
    ];
    for (text, expected) in cases {
        let found = listed::<Organization>(&world, &query(vec![Filter::NameContains(text.to_owned())])).await;
        let found = sorted(found.into_iter().map(|organization| organization.data.name));
        assert_eq!(found, sorted(expected.iter().map(|name| (*name).to_owned())), "{text}");
    }
}

/// `A` is `a`; `Ä` is not `ä`.
pub async fn names_are_searched_whatever_the_case_of_ascii_letters(world: World) {
    let home = world.add(&world.made_at_server(&op(), organization("Straße Ä"))).await;
    for name in ["Anna", "ANNABEL", "hanna", "Ännä"] {
        world.add(&world.made_user(&op(), &home, user(name))).await;
    }
    world.project(&home, "Savanna").await;
    let cases: [(&str, usize); 6] = [("anna", 3), ("ANNA", 3), ("Än", 1), ("än", 0), ("", 4), ("nnä", 1)];
    for (text, expected) in cases {
        let contains = query(vec![Filter::NameContains(text.to_owned())]);
        assert_eq!(listed::<User>(&world, &contains).await.len(), expected, "{text}");
    }
    let contains = query(vec![Filter::NameContains("vAN".to_owned())]);
    assert_eq!(listed::<Project>(&world, &contains).await.len(), 1);
    let contains = query(vec![Filter::NameContains("STRASSE".to_owned())]);
    assert_eq!(listed::<Organization>(&world, &contains).await.len(), 0);
}
