//! What is shown of work: progress, activity, links to bytes.

use std::collections::BTreeMap;

use bailiwick_app::history::Deed;
use bailiwick_app::work::Progress;
use bailiwick_domain::entities::TaskStatus;
use bailiwick_domain::view;
use bailiwick_domain::view::{JobLevel, ProjectLevel, TaskLevel};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

view! {
    /// How far a job has come.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ProgressView at JobLevel {
        /// How many tasks there are.
        tasks: u64,
        /// How many have each status that any has.
        by_status: BTreeMap<&'static str, u64>,
        /// How many each person has, of each status.
        by_person: Vec<TallyView>,
        /// Of how many files tasks were to be made when the job was launched.
        launch_files: i64,
        /// Of how many of them that has been done.
        launch_done: i64,
    }
}

view! {
    /// How many tasks of one status somebody has.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct TallyView at JobLevel {
        /// Who, if the caller may view them; nobody's where absent.
        assignee_id: Option<Uuid>,
        /// The status.
        status: TaskStatus,
        /// How many.
        tasks: u64,
    }
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let mut by_status = BTreeMap::new();
        // Those whom the caller may not view are one.
        let mut by_person: BTreeMap<(Option<Uuid>, TaskStatus), u64> = BTreeMap::new();
        for tally in &progress.tallies {
            *by_status.entry(tally.status.word()).or_default() += tally.tasks;
            let person = tally.assignee_id.filter(|id| progress.seen.contains(id));
            *by_person.entry((person, tally.status)).or_default() += tally.tasks;
        }
        let tally = |((assignee_id, status), tasks)| TallyView { assignee_id, status, tasks };
        Self {
            tasks: progress.tallies.iter().map(|tally| tally.tasks).sum(),
            by_status,
            by_person: by_person.into_iter().map(tally).collect(),
            launch_files: progress.launch.0,
            launch_done: progress.launch.1,
        }
    }
}

view! {
    /// What was done to an object, oldest first.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct HistoryView at TaskLevel {
        /// The deeds.
        items: Vec<DeedView>,
        /// To be given as `after` for those that follow; absent on the last page.
        next: Option<Uuid>,
    }
}

view! {
    /// A deed.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct DeedView at TaskLevel {
        /// Its place in the log.
        id: Uuid,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// What was done, as an operation of this API.
        deed: String,
        /// Who did it, if it was a person whom the caller may view.
        by: Option<Uuid>,
        /// What the object was after it.
        after: Option<serde_json::Value>,
    }
}

impl From<(Vec<Deed>, Option<Uuid>)> for HistoryView {
    fn from((deeds, next): (Vec<Deed>, Option<Uuid>)) -> Self {
        let shown = |Deed { id, at, deed, by, after }| DeedView { id, at, deed, by, after };
        Self { items: deeds.into_iter().map(shown).collect(), next }
    }
}

view! {
    /// A link to bytes.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct DownloadView at ProjectLevel {
        /// Where they are. Good without other credentials, for as long as who asked for it may view the file.
        link: String,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    }
}
