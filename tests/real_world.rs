//! A real structure of 8 organizations, 1,509 people, 328 projects and 2,850 grants: who may see which project is the same
//! from the file, from `GET /authz/who`, and from each person's own `GET /projects`.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_tests::{Actor, Site, Storage, on_servers};

const FILE: &str = include_str!("data/real-world.yaml");

/// Each organization's projects, by name.
type Projects = BTreeMap<String, Vec<String>>;
/// Each grant's user and anchor, by name.
type Grants = Vec<(String, String)>;

/// What the file says, read line by line.
fn said() -> (Projects, Grants) {
    let (mut projects, mut grants) = (Projects::new(), Grants::new());
    let (mut organization, mut section, mut user) = (String::new(), "", String::new());
    for line in FILE.lines() {
        if let Some(name) = line.strip_prefix("- name: ") {
            organization = name.to_owned();
            projects.entry(organization.clone()).or_default();
        } else if let Some(name) = line.strip_prefix("- user: ") {
            user = name.to_owned();
        } else if let Some(at) = line.strip_prefix("  at: ") {
            grants.push((user.clone(), at.to_owned()));
        } else if let Some(name) = line.strip_prefix("  - name: ") {
            assert_eq!(section, "projects", "{line}");
            projects.get_mut(&organization).unwrap().push(name.to_owned());
        } else if line.starts_with("  ") && line.ends_with(':') {
            section = if line == "  projects:" { "projects" } else { "other" };
        }
    }
    (projects, grants)
}

async fn all(actor: &Actor, list: &str) -> Vec<serde_json::Value> {
    let (mut found, mut next) = (Vec::new(), format!("{list}?limit=500"));
    loop {
        let page = actor.get(&next).await.is(200);
        found.extend(page.body["items"].as_array().unwrap().iter().cloned());
        match page.body["links"]["next"]["link"].as_str() {
            Some(link) => next = link.to_owned(),
            None => return found,
        }
    }
}

#[tokio::test]
async fn file_who_and_lists_agree() {
    agree(Storage::Sqlite).await;
}

on_servers!(agree);

async fn agree(storage: Storage) {
    let site = Site::start(storage).await;
    site.apply(FILE).await;
    site.apply("organizations: [{name: ops, users: [{username: root}]}]\ngrants: [{user: ops/root, role: root, at: server}]").await;
    let root = site.user("ops/root").await;
    let (projects, grants) = said();
    assert_eq!(grants.len(), 2_850);
    // Every role of the file may view the projects inside its anchor.
    let may = |user: &str, organization: &str, project: &str| {
        let place = format!("{organization}/{project}");
        grants.iter().any(|(who, at)| who == user && (at == organization || *at == place))
    };
    let homes: BTreeMap<String, String> = all(&root, "/organizations")
        .await
        .iter()
        .map(|found| (found["id"].as_str().unwrap().to_owned(), found["name"].as_str().unwrap().to_owned()))
        .collect();
    let listed = all(&root, "/projects").await;
    assert_eq!(listed.len(), 328);
    assert_eq!(projects.values().map(Vec::len).sum::<usize>(), 328);
    let users: BTreeSet<&String> = grants.iter().map(|(user, _)| user).collect();

    for project in listed.iter().step_by(41) {
        let (id, name) = (project["id"].as_str().unwrap(), project["name"].as_str().unwrap());
        let organization = &homes[project["organization_id"].as_str().unwrap()];
        let who = root.get(&format!("/authz/who?operation=view&kind=project&id={id}")).await.is(200);
        let told: BTreeSet<String> = who.body["principals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|able| {
                format!(
                    "{}/{}",
                    homes[able["organization_id"].as_str().unwrap()],
                    able["name"].as_str().unwrap()
                )
            })
            .collect();
        let mut expected: BTreeSet<String> =
            users.iter().filter(|user| may(user, organization, name)).map(|user| (*user).clone()).collect();
        expected.insert("ops/root".to_owned());
        assert_eq!(told, expected, "who may view {organization}/{name}");
    }
    for user in users.iter().step_by(60) {
        let own = all(&site.user(user).await, "/projects").await;
        let told: BTreeSet<(String, String)> = own
            .iter()
            .map(|found| {
                let home = homes[found["organization_id"].as_str().unwrap()].clone();
                (home, found["name"].as_str().unwrap().to_owned())
            })
            .collect();
        let expected: BTreeSet<(String, String)> = projects
            .iter()
            .flat_map(|(organization, names)| {
                names.iter().map(move |name| (organization.clone(), name.clone()))
            })
            .filter(|(organization, name)| may(user, organization, name))
            .collect();
        assert_eq!(told, expected, "what {user} may view");
    }
}
