//! The holes of a server that trusted ids of children: each is tried here as it was found there, by the one who could use it
//! there, and closed. What is foreign lies in west, of which nobody of north may see anything.

use bailiwick_tests::cases::NOTHING;
use bailiwick_tests::{Answer, Stage, Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

on_every_storage!(the_twenty_four_holes_are_closed,);

async fn the_twenty_four_holes_are_closed(storage: Storage) {
    let stage = Stage::set(storage).await;
    let before = stage.dump().await;
    taking_tasks(&stage).await;
    reading(&stage).await;
    changing(&stage).await;
    linking(&stage).await;
    people(&stage).await;
    stage.unchanged(&before, "a hole was tried").await;
    members_of_one_place_alone(&stage).await;
}

/// Sends it with a foreign id and with one of nothing in the place of `ID`: refused alike, by one of these statuses.
async fn refused(
    stage: &Stage,
    who: &str,
    (method, path): (Method, &str),
    body: Option<Value>,
    foreign: &str,
    statuses: &[u16],
) -> Answer {
    let fill = |text: String, id: &str| text.replace("ID", id);
    let mut answers = Vec::new();
    for id in [foreign, NOTHING] {
        let body = body.as_ref().map(|body| serde_json::from_str(&fill(body.to_string(), id)).unwrap());
        answers.push(stage.actor(who).send(method.clone(), &fill(path.to_owned(), id), body).await);
    }
    let [theirs, nothing] = answers.try_into().unwrap();
    let place = format!("{who}: {method} {path}");
    assert!(statuses.contains(&theirs.status.as_u16()), "{place}: {} {:#}", theirs.status, theirs.body);
    let plain = |answer: &Answer, id: &str| {
        let mut body = answer.body.clone();
        if let Value::Object(fields) = &mut body {
            fields.remove("instance");
            fields.remove("decision");
        }
        format!("{} {body}", answer.status).replace(id, "ID")
    };
    assert_eq!(plain(&theirs, foreign), plain(&nothing, NOTHING), "{place}");
    theirs
}

/// A list that finds nothing, by a foreign id as by one of nothing.
async fn finds_nothing(stage: &Stage, who: &str, path: &str, foreign: &str) {
    let found = refused(stage, who, (Method::GET, path), None, foreign, &[200]).await;
    assert_eq!(found.ids(), Vec::<String>::new(), "{who}: GET {path}");
}

/// Holes 1 and 2: handing out tasks of any job, to anybody.
async fn taking_tasks(stage: &Stage) {
    let job = stage.id("job", "west/far/workup");
    let task = stage.id("task", "west/far/workup/loose");
    let next = (Method::POST, "/jobs/ID/tasks/next");
    // 1: a task named in the body, by its id as a text, was opened for anybody.
    for who in ["anonymous", "editor"] {
        let named = Some(json!({ "task_id": task }));
        let answer = refused(stage, who, next.clone(), named, job, &[401, 422]).await;
        assert!(!answer.body.to_string().contains("loose"), "{:#}", answer.body);
    }
    // 2: without one, whoever was signed in became its assignee.
    for who in ["nobody", "annotator", "editor", "manager"] {
        refused(stage, who, next.clone(), Some(json!({})), job, &[404]).await;
    }
}

/// Holes 3 to 7, 12, 22 and 23: reading what hangs under others.
async fn reading(stage: &Stage) {
    let of_west = |kind: &str, path: &str| stage.id(kind, path).to_owned();
    let (job, file) = (of_west("job", "west/far/workup"), of_west("file", "west/far/scan"));
    let annotation = stage.ids.of_kind("annotation").find(|(path, _)| path.starts_with("west")).unwrap().1;
    let home = stage.id("project", "north/home");
    let (own_job, own_task) =
        (stage.id("job", "north/home/workup"), stage.id("task", "north/home/workup/for annotator"));
    // 3: the credentials of a project, shown to anybody.
    assert_eq!(stage.actor("anonymous").get("/api-keys").await.is(200).ids(), Vec::<String>::new());
    // 4: what a file's annotations were before.
    refused(stage, "viewer", (Method::GET, "/annotations/ID/history"), None, annotation, &[404]).await;
    // 5: children of another project by way of a public one.
    for (kind, path) in
        [("file", "files/ID/content"), ("label", "labels/ID"), ("dataset", "datasets/ID/files")]
    {
        let foreign = stage.ids.of_kind(kind).find(|(path, _)| path.starts_with("west")).unwrap().1;
        refused(stage, "anonymous", (Method::GET, &format!("/{path}")), None, foreign, &[401]).await;
        refused(stage, "viewer", (Method::GET, &format!("/{path}")), None, foreign, &[404]).await;
    }
    // 6: annotations of any file, named beside one's own task.
    finds_nothing(stage, "annotator", &format!("/tasks/{own_task}/annotations?file_id=ID"), &file).await;
    // 7: files of any job, named beside one's own project, or a public one.
    finds_nothing(stage, "viewer", &format!("/projects/{home}/files?job_id=ID"), &job).await;
    let open = stage.id("project", "north/open");
    finds_nothing(stage, "anonymous", &format!("/projects/{open}/files?job_id=ID"), &job).await;
    // 12: the batches that came in.
    let dataset = of_west("dataset", "west/far/scans");
    refused(stage, "editor", (Method::GET, "/datasets/ID"), None, &dataset, &[404]).await;
    // 22: access asked of the job in the address, tasks listed of the one in the request.
    finds_nothing(stage, "viewer", &format!("/jobs/{own_job}/tasks?job_id=ID"), &job).await;
    let next = stage.id("job", "north/next/workup");
    finds_nothing(stage, "viewer", &format!("/jobs/{own_job}/tasks?job_id=ID"), next).await;
    // 23: what somebody may do, and reports, of anybody.
    let wes = of_west("user", "west/wes");
    finds_nothing(stage, "owner", "/grants?principal_id=ID", &wes).await;
    let explain = format!("/authz/explain?operation=view&kind=job&id={own_job}&principal_id=ID");
    refused(stage, "owner", (Method::GET, &explain), None, &wes, &[422]).await;
}

/// Who tries what, with which body, on which kind of object.
type Tried = (&'static str, (Method, &'static str), Option<Value>, &'static str);

/// Holes 8 to 11, 13 to 16: changing and using what hangs under others.
async fn changing(stage: &Stage) {
    let of_west = |kind: &str| stage.ids.of_kind(kind).find(|(path, _)| path.starts_with("west")).unwrap().1;
    let rename = || Some(json!({ "name": "mine now" }));
    let secret = (Method::POST, "/api-keys/ID/secret");
    let tried: &[Tried] = &[
        // 8: files taken away; 9, 10, 11: templates, scripts and layouts written over.
        ("editor", (Method::DELETE, "/files/ID"), None, "file"),
        ("editor", (Method::PATCH, "/labels/ID"), rename(), "label"),
        ("editor", (Method::PATCH, "/files/ID"), rename(), "file"),
        ("editor", (Method::PATCH, "/datasets/ID"), rename(), "dataset"),
        // 13: another's credential moved to another host; 14: used where it is kept.
        ("viewer", (Method::PATCH, "/api-keys/ID"), rename(), "api_key"),
        ("viewer", secret.clone(), None, "api_key"),
        ("manager", secret, None, "api_key"),
        // 15: any tenant's token revoked.
        ("manager", (Method::DELETE, "/api-keys/ID"), None, "api_key"),
        ("owner", (Method::POST, "/api-keys/ID/suspend"), None, "api_key"),
        // 16: discussions of others read, joined and changed.
        ("annotator", (Method::POST, "/tasks/ID/comments"), Some(json!({ "text": "hello" })), "task"),
        ("annotator", (Method::GET, "/comments/ID"), None, "comment"),
        ("annotator", (Method::PATCH, "/comments/ID"), Some(json!({ "text": "hello" })), "comment"),
    ];
    for (who, request, body, kind) in tried {
        refused(stage, who, request.clone(), body.clone(), of_west(kind), &[404]).await;
    }
}

/// Holes 17 to 19: tying one's own to what is another's.
async fn linking(stage: &Stage) {
    let (file, label) = (stage.id("file", "west/far/scan"), stage.id("label", "west/far/finding"));
    let (job, task) = (stage.id("job", "north/home/workup"), stage.id("task", "north/home/workup/loose"));
    let dataset = stage.id("dataset", "north/home/scans");
    // 17: a guide of another project attached to one's own job, and read there; 18: any image marked as an example.
    for (path, foreign) in [
        (format!("/jobs/{job}/files/ID"), file),
        (format!("/jobs/{job}/labels/ID"), label),
        (format!("/jobs/{job}/datasets/ID"), stage.id("dataset", "west/far/scans")),
        (format!("/tasks/{task}/files/ID"), file),
        (format!("/tasks/{task}/labels/ID"), label),
        (format!("/datasets/{dataset}/files/ID"), file),
    ] {
        for method in [Method::PUT, Method::DELETE] {
            refused(stage, "editor", (method, &path), None, foreign, &[404]).await;
        }
    }
    // What one may see in another project of one's own is no more of this one.
    let next = stage.id("file", "north/next/scan");
    refused(stage, "owner", (Method::PUT, &format!("/jobs/{job}/files/ID")), None, next, &[404]).await;
    // 19: a role on an object of any project.
    let grant = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/mate") },
        "role_id": bailiwick_domain::rule::id_of_name("role", "viewer"),
        "anchor": { "level": "project", "id": "ID" }
    });
    let far = stage.id("project", "west/far");
    refused(stage, "manager", (Method::POST, "/grants"), Some(grant), far, &[404]).await;
}

/// Holes 20, 21 and 24: people who are no members, mail to strangers, and words that nobody heeds.
async fn people(stage: &Stage) {
    let task = stage.id("task", "north/home/workup/loose");
    let wes = stage.id("user", "west/wes");
    // 20: a stranger made the assignee.
    let assignee = format!("/tasks/{task}/assignee");
    let body = Some(json!({ "user_id": "ID" }));
    refused(stage, "editor", (Method::PUT, &assignee), body, wes, &[422]).await;
    // 21: a viewer has the server mail whomever they like.
    let invitation = json!({
        "address": "stranger@example.org", "role_id": bailiwick_domain::rule::id_of_name("role", "viewer"),
        "anchor": { "level": "project", "id": stage.id("project", "north/home") }
    });
    stage.actor("viewer").post("/invitations", invitation).await.is(403);
    // 24: a permission that a route asks for and nobody knows, ignored.
    let home = stage.id("project", "north/home");
    for body in
        [json!({ "name": "new", "permission": "project" }), json!({ "name": "new", "status": "active" })]
    {
        stage.actor("manager").post(&format!("/projects/{home}/jobs"), body).await.is(422);
    }
    stage.actor("manager").get(&format!("/projects/{home}/jobs?permission=project")).await.is(422);
}

/// Hole 20, the rest: taking people out of one place took them out of all.
async fn members_of_one_place_alone(stage: &Stage) {
    let (home, next) = (stage.id("project", "north/home"), stage.id("project", "north/next"));
    let mate = stage.id("user", "north/mate");
    let viewer = bailiwick_domain::rule::id_of_name("role", "viewer");
    for place in [home, next] {
        let anchor = json!({ "level": "project", "id": place });
        let principal = json!({ "kind": "user", "id": mate });
        let grant = json!({ "principal": principal, "role_id": viewer, "anchor": anchor });
        stage.actor("root").post("/grants", grant).await.is(201);
    }
    let wes = stage.id("user", "west/wes");
    let out = format!("/projects/{home}/members/ID");
    refused(stage, "manager", (Method::DELETE, &out), None, wes, &[404]).await;
    stage.actor("manager").delete(&format!("/projects/{home}/members/{mate}")).await.is(204);
    let grants = stage.actor("root").get(&format!("/grants?principal_id={mate}")).await.is(200);
    let places: Vec<&str> = grants.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|grant| grant["anchor"]["id"].as_str())
        .collect();
    assert!(places.contains(&next) && !places.contains(&home), "{:#}", grants.body);
    let theirs = stage.id("task", "north/next/workup/for mate");
    let task = stage.actor("root").get(&format!("/tasks/{theirs}")).await.is(200);
    assert_eq!(task.body["assignee_id"], mate, "a task of another place was taken away");
}
