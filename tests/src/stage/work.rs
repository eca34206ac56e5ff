//! What work is made of, in the projects of the stage.

use bailiwick_app::work::go_on;
use reqwest::Method;
use serde_json::json;

use super::{Ids, Stage};

/// The projects with work in them.
const PLACES: [&str; 7] =
    ["north/home", "north/next", "north/open", "north/old", "south/shared", "south/inner", "west/far"];

/// What the one object of a kind is called in each of the projects.
pub(super) fn called(kind: &str) -> &'static str {
    match kind {
        "file" => "scan",
        "dataset" => "scans",
        _ => "finding",
    }
}

impl Stage {
    /// In each project a source with a page, a file, a dataset that holds it and a label; its job, which is worked on, holds both; each of its
    /// tasks holds the file, which somebody annotated and spoke of; and there is an export of it.
    pub(super) async fn make_work(&mut self) {
        for place in PLACES {
            self.make_vocabulary(place).await;
        }
        self.ids = Ids::read(self.actor("root")).await;
        let taken = self.ids.address("task", "north/home/workup/for annotator");
        self.actor("annotator").patch(&taken, json!({ "status": "in_progress" })).await.is(200);
        let tasks = self.ids.of_kind("task");
        let tasks = tasks.filter(|(path, _)| PLACES.iter().any(|place| path.starts_with(place)));
        for (path, task) in tasks {
            self.work_on(path, task).await;
        }
        for place in PLACES {
            let by = if place == "north/home" { "manager" } else { "root" };
            let job = self.ids.address("job", &format!("{place}/workup"));
            let actor = self.actor(by);
            actor.post(&format!("{job}/comments"), json!({ "text": "well begun" })).await.is(201);
            actor.post(&format!("{job}/exports"), json!({ "format": "jsonl" })).await.is(201);
        }
        go_on(&self.site.app).await.unwrap();
    }

    async fn make_vocabulary(&self, place: &str) {
        let (root, project) = (self.actor("root"), self.ids.address("project", place));
        let upload = format!("{project}/files?name={}", called("file"));
        let file = root.send_raw(Method::POST, &upload, "text/plain", format!("a scan of {place}")).await;
        let file = file.is(201).id();
        let dataset = json!({ "name": called("dataset") });
        let dataset = root.post(&format!("{project}/datasets"), dataset).await.is(201).id();
        root.tie(&format!("/datasets/{dataset}/files/{file}")).await.is(200);
        let label = json!({ "name": called("label"), "shape": "whole" });
        let label = root.post(&format!("{project}/labels"), label).await.is(201).id();
        let source =
            json!({ "content_type": "document", "language": "en", "abbreviation": "ATLAS", "revision": "1" });
        let source = root.post(&format!("{project}/sources"), source).await.is(201).id();
        let page = json!({ "body": { "title": "page", "text": format!("a page of {place}") } });
        root.post(&format!("/sources/{source}/contents"), page).await.is(201);
        let job = self.ids.address("job", &format!("{place}/workup"));
        root.tie(&format!("{job}/datasets/{dataset}")).await.is(200);
        root.tie(&format!("{job}/labels/{label}")).await.is(200);
        root.patch(&job, json!({ "status": "active" })).await.is(200);
    }

    /// By whom it is assigned to, if they may; else by root.
    async fn work_on(&self, path: &str, task: &str) {
        let (annotates, speaks) = match path {
            "north/home/workup/for annotator" => ("annotator", "annotator"),
            "north/home/workup/for reviewer" => ("root", "reviewer"),
            "north/home/workup/for editor" => ("editor", "editor"),
            "north/home/workup/for manager" => ("manager", "manager"),
            "north/home/workup/for owner" => ("owner", "owner"),
            _ => ("root", "root"),
        };
        let file = self.beside("file", task).unwrap();
        self.actor("root").tie(&format!("/tasks/{task}/files/{file}")).await.is(200);
        let annotation = json!({
            "label_id": self.beside("label", task), "file_id": file, "geometry": { "shape": "whole" }
        });
        self.actor(annotates).post(&format!("/tasks/{task}/annotations"), annotation).await.is(201);
        let comment = json!({ "text": "hard to see" });
        self.actor(speaks).post(&format!("/tasks/{task}/comments"), comment).await.is(201);
    }
}
