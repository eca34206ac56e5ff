//! Who gains and who loses by other policy files, counted over a world.

use std::sync::Arc;

use bailiwick_app::policy_diff::{Counts, Difference, Policies, Way, Who, policy_diff};
use bailiwick_domain::access::App;
use bailiwick_domain::entities::{
    Annotation, AuditEvent, Collaboration, Comment, Grant, Job, Organization, Project, Role, Task, User,
};
use bailiwick_domain::ports::{Identity, Lookup, PolicySource};
use bailiwick_domain::{Caller, Facts, Policy, PrincipalId, Rule};
use bailiwick_policy::FilePolicy;

use crate::CLINICS;
use crate::site::{Site, on_each_store};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");

/// The shipped policy with these pieces exchanged.
fn policy(changes: &[(&str, &str, &str)]) -> Arc<Policy> {
    let directory = tempfile::tempdir().unwrap();
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        let mut text = std::fs::read_to_string(format!("{FILES}/{name}")).unwrap();
        for (_, was, is) in changes.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(was), "{was}");
            text = text.replacen(was, is, 1);
        }
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    FilePolicy::load(directory.path()).unwrap().current()
}

async fn difference(site: &Site, old: &Arc<Policy>, new: &Arc<Policy>) -> Difference {
    policy_diff(&site.operator(), old, new).await.unwrap()
}

/// Lines as they are printed, those of one principal.
fn told(difference: &Difference, name: &str, app: &str) -> Vec<String> {
    let of = difference.principals.iter().filter(|found| found.name == name && found.app == app);
    of.flat_map(|found| found.changes.iter().map(ToString::to_string)).collect()
}

async fn nothing_changes_from_a_policy_to_itself(site: Site) {
    site.apply(CLINICS).await;
    let old = policy(&[]);
    let found =
        difference(&site, &old, &policy(&[("roles.csv", "# The work starts here.", "# A reason.")])).await;
    assert_eq!((found.gains, found.losses, found.principals.len(), found.totals.len()), (0, 0, 0, 0));
    assert_ne!(found.old, found.new);
}

async fn who_loses_is_counted_with_the_reason(site: Site) {
    site.apply(CLINICS).await;
    let new = policy(&[
        ("roles.csv", "p, reviewer, task, edit, global", "p, reviewer, job, edit, global"),
        ("access_rules.json", "\"job:view\": \"read\"", "\"job:edit\": \"read\""),
    ]);
    let found = difference(&site, &policy(&[]), &new).await;
    let job = ["+job:edit 1, by role reviewer, which gives job:edit:global"];
    let tasks = ["-task:edit 2, by role reviewer, which gives task:edit:global"];
    assert_eq!(told(&found, "south-clinic/dan", "Autographa"), [job, tasks].concat());
    // In the default app the access rule opens the same to all, and who holds no grant has nothing else.
    let opened = "+job:edit 1, by entitlement public, which opens read to everybody";
    let closed = "-job:view 1, by entitlement public, which opens read to everybody";
    assert_eq!(told(&found, "anonymous", "default"), [opened, closed]);
    assert_eq!(told(&found, "anonymous", "Autographa"), [""; 0]);
    assert_eq!(told(&found, "north-clinic/ben", "default"), [opened]);
    assert_eq!(told(&found, "north-clinic/ada", "default"), [""; 0]);
    let [dan, other] = told(&found, "south-clinic/dan", "default").try_into().unwrap();
    assert_eq!((dan.as_str(), other.as_str()), (job[0], tasks[0]));
    // Dan through six apps; anonymous and Ben through one.
    assert_eq!((found.gains, found.losses), (6 + 2, 6 * 2 + 1));
    let total: u64 = found.totals.iter().map(|line| line.objects).sum();
    assert_eq!(total, found.gains + found.losses);
    // The other way about, losses are gains.
    let back = difference(&site, &new, &policy(&[])).await;
    assert_eq!((back.gains, back.losses), (found.losses, found.gains));
}

/// What a look at every pair finds, without asking reaches first.
async fn pair_by_pair(site: &Site, old: &Arc<Policy>, new: &Arc<Policy>) -> Counts {
    let policies = Policies::new(Arc::clone(old), Arc::clone(new), site.operator().gate.now());
    let mut objects: Vec<Facts> = vec![Facts::server()];
    macro_rules! add {
        ($($kind:ty),*) => { $( objects.extend(site.all::<$kind>().await.into_iter().map(|it| it.facts)); )* };
    }
    add!(Organization, Collaboration, User, Role, Grant, Project, Job, Task, Annotation, Comment, AuditEvent);
    let users: Vec<PrincipalId> =
        site.all::<User>().await.iter().map(|it| PrincipalId::user(it.id)).collect();
    let people = Lookup::identities(&*site.app.store, &users).await.unwrap();
    let mut everybody: Vec<Option<&Identity>> = people.iter().map(Some).collect();
    everybody.push(None);
    let mut deeds: Vec<_> = Rule::catalogue().map(|rule| (rule.kind, rule.operation)).collect();
    deeds.dedup();
    let mut counts = Counts::default();
    for app in
        ["default", "Autographa", "SanketMAST", "Vachan-online", "VachanAdmin", "VachanContentDashboard"]
    {
        for somebody in &everybody {
            let caller = |policy: &Policy| {
                let mut caller = somebody.map_or_else(Caller::anonymous, |identity| {
                    identity.caller(policy, policies.now()).unwrap()
                });
                caller.app = App::new(app);
                caller
            };
            let who = Who { old: caller(old), new: caller(new) };
            for facts in &objects {
                policies.count(&who, &deeds, facts, &mut counts);
            }
        }
    }
    counts
}

async fn reaches_miss_nothing(site: Site) {
    site.apply(CLINICS).await;
    let old = policy(&[]);
    for changes in [
        [("roles.csv", "p, viewer, user, view, global", "p, viewer, user, view, own")],
        [("roles.csv", "p, viewer, organization, view, global", "p, viewer, organization, view, own")],
        [("roles.csv", "p, reviewer, task, edit, global", "p, reviewer, task, delete, global")],
        [("roles.csv", "g, root, owner", "g, root, manager")],
        [(
            "access_rules.json",
            "\"read\": { \"to\": [\"everybody\"]",
            "\"read\": { \"to\": [\"createdUser\"]",
        )],
        [(
            "access_rules.json",
            "\"read\": { \"to\": [\"everybody\"]",
            "\"read\": { \"to\": [\"registeredUser\"]",
        )],
    ] {
        let new = policy(&changes);
        let found = difference(&site, &old, &new).await;
        let counted = pair_by_pair(&site, &old, &new).await;
        assert_eq!(found.totals, counted.lines(), "{changes:?}");
        assert!(!counted.is_empty(), "{changes:?}");
        assert_eq!((found.gains, found.losses), (counted.of(Way::Gain), counted.of(Way::Loss)));
    }
}

on_each_store!(
    nothing_changes_from_a_policy_to_itself,
    who_loses_is_counted_with_the_reason,
    reaches_miss_nothing,
);
