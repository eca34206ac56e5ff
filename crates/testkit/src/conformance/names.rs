//! Names: unique under their parent, and compared byte by byte.

use bailiwick_domain::Entity;
use bailiwick_domain::entities::{Job, Name, Organization, User};
use bailiwick_domain::object::New;
use bailiwick_domain::page::{FieldValue, Filter, Query};
use bailiwick_domain::ports::{StoreError, Unit, Write};

use super::listed;
use crate::fixture::{
    Sample, World, acting, api_key, collaboration, job, node, op, organization, project, role, task, user,
};

/// Names that some collation or other takes for the same.
pub(super) const ALIKE: [&str; 15] = [
    "strasse",
    "Strasse",
    "STRASSE",
    "straße",
    "Strásse",
    "Stra\u{301}sse",
    "strasse ",
    "strasse\u{200b}",
    "ＳＴＲＡＳＳＥ",
    "strasse\u{a0}",
    "𝓼trasse",
    "strasse🦀",
    "strasse🦞",
    "strasse\u{feff}",
    "strasſe",
];

async fn is_taken<T: Entity>(world: &World, new: &New<T>, field: &str)
where
    dyn Unit: Write<T>,
{
    let outcome = world.try_add(new).await;
    assert!(matches!(&outcome, Err(StoreError::Taken(of)) if *of == field), "{}: {outcome:?}", T::KIND);
}

/// Every kind with a name refuses its second use under the same parent, and takes it under another.
pub async fn names_are_unique_under_their_parent(world: World) {
    let Sample { north, south, arctic, ada, alpha, beta, label, beta_label, .. } = Sample::on(&world).await;
    let by = acting(&ada);
    is_taken(&world, &world.made_at_server(&op(), organization("north")), "name").await;
    let second = world.made_collaboration(&op(), collaboration("arctic"), &[]);
    is_taken(&world, &second, "name").await;
    let second = world.made_node(&op(), &north, &arctic, node("node", &arctic));
    is_taken(&world, &second, "name").await;
    is_taken(&world, &world.made_user(&op(), &north, user("ada")), "username").await;
    is_taken(&world, &world.made_role(&op(), &north, role("Lead", &[])), "name").await;
    is_taken(&world, &world.made(&op(), &north, project("alpha")), "name").await;
    is_taken(&world, &world.made(&op(), &alpha, job("label")), "name").await;
    is_taken(&world, &world.made(&op(), &label, task("first")), "name").await;
    is_taken(&world, &world.made_api_key(&by, &north, api_key("ci")), "name").await;
    is_taken(&world, &world.made_api_key(&by, &alpha, api_key("ci")), "name").await;

    world.add(&world.made_node(&op(), &south, &arctic, node("NODE", &arctic))).await;
    world.user(&south, "ada").await;
    world.project(&south, "beta").await;
    world.job(&beta, "check").await;
    world.task(&beta_label, "second").await;
    world.add(&world.made_role(&op(), &south, role("asleep", &[]))).await;
    world.add(&world.made_api_key(&by, &south, api_key("ci"))).await;
    world.add(&world.made_api_key(&by, &beta, api_key("ci"))).await;
}

/// A name that is given up is free.
pub async fn a_name_may_be_taken_again_after_rename_or_removal(world: World) {
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    world.try_save(&world.changed_user(&ada, |user| user.username = "eva".to_owned())).await.unwrap();
    let second = world.user(&north, "ada").await;
    world.try_remove(&[world.removed_user(&second)]).await.unwrap();
    world.user(&north, "ada").await;
    let alpha = world.project(&north, "alpha").await;
    let moved = world.change(&alpha, |project| project.name = "beta".to_owned()).await;
    world.change(&moved, |project| project.name = "alpha".to_owned()).await;
    is_taken(&world, &world.made(&op(), &north, project("alpha")), "name").await;
}

/// A change is held to it as well, and changes nothing when it is refused.
pub async fn a_rename_to_a_taken_name_is_refused(world: World) {
    let north = world.organization("north").await;
    world.project(&north, "alpha").await;
    let beta = world.project(&north, "beta").await;
    let outcome = world.try_save(&world.changed(&beta, |project| project.name = "alpha".to_owned())).await;
    assert!(matches!(outcome, Err(StoreError::Taken("name"))), "{outcome:?}");
    assert_eq!(world.again(&beta).await.data.name, "beta");
    world.user(&north, "ada").await;
    let eva = world.user(&north, "eva").await;
    let outcome = world.try_save(&world.changed_user(&eva, |user| user.username = "ada".to_owned())).await;
    assert!(matches!(outcome, Err(StoreError::Taken("username"))), "{outcome:?}");
}

/// Case, accents, composition and trailing characters all make another name.
pub async fn names_differ_by_every_byte(world: World) {
    let mut last = world.organization("last").await;
    for name in ALIKE {
        last = world.organization(name).await;
        assert_eq!(last.data.name, name);
    }
    let alpha = world.project(&last, "alpha").await;
    for name in ALIKE {
        assert_eq!(world.user(&last, name).await.data.username, name);
        assert_eq!(world.job(&alpha, name).await.data.name, name);
    }
    is_taken(&world, &world.made_at_server(&op(), organization(ALIKE[0])), "name").await;
}

/// A filter and a sort order by name tell them apart too.
pub async fn names_are_found_by_every_byte(world: World) {
    let north = world.organization("north").await;
    let alpha = world.project(&north, "alpha").await;
    for name in ALIKE {
        world.user(&north, name).await;
        world.job(&alpha, name).await;
    }
    for name in ALIKE {
        let filters = vec![Filter::Is("name", FieldValue::text(name))];
        let query = Query { filters, ..Query::default() };
        let users = listed::<User>(&world, &query).await;
        assert_eq!(users.into_iter().map(|user| user.data.username).collect::<Vec<_>>(), [name]);
        let jobs = listed::<Job>(&world, &query).await;
        assert_eq!(jobs.into_iter().map(|job| job.data.name).collect::<Vec<_>>(), [name]);
    }
    let filters = vec![Filter::Is("name", FieldValue::text("NORTH"))];
    assert!(listed::<Organization>(&world, &Query { filters, ..Query::default() }).await.is_empty());
}

/// 200 characters of four bytes each, told apart by the last.
pub async fn names_are_as_long_as_they_may_be(world: World) {
    let long = |last: char| format!("{}{last}", "🦀".repeat(Name::LONGEST - 1));
    for last in ['🦀', '🦞'] {
        let north = world.organization(&long(last)).await;
        let ada = world.user(&north, &long(last)).await;
        let alpha = world.project(&north, &long(last)).await;
        let label = world.job(&alpha, &long(last)).await;
        let first = world.task(&label, &long(last)).await;
        let lead = world.add(&world.made_role(&op(), &north, role(&long(last), &[]))).await;
        let key = world.add(&world.made_api_key(&acting(&ada), &alpha, api_key(&long(last)))).await;
        let shared = world.collaboration(&long(last), &[&north]).await;
        let worker = world.made_node(&op(), &north, &shared, node(&long(last), &shared));
        let worker = world.add(&worker).await;
        let names = [
            &north.data.name,
            &ada.data.username,
            &alpha.data.name,
            &label.data.name,
            &first.data.name,
            &lead.data.name,
            &key.data.name,
            &shared.data.name,
            &worker.data.name,
        ];
        assert!(names.iter().all(|name| **name == long(last)));
        is_taken(&world, &world.made(&op(), &alpha, job(&long(last))), "name").await;
    }
}
