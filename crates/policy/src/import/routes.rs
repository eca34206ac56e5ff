//! The original's `api-permissions.csv`: which tag a route needs, in which app.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::access::App;
use bailiwick_domain::{Kind, Operation};

use crate::access_file::is_name;
use crate::faults::{Faults, one_of};

/// The columns, by which the first line names them. What stands under `FilterResults`, nobody reads.
const COLUMNS: [&str; 6] =
    ["Endpoints", "Method", "RequestApp", "FilterResults", "ResourceType", "Permission"];

const METHODS: [(&str, Operation); 5] = [
    ("GET", Operation::View),
    ("POST", Operation::Create),
    ("PUT", Operation::Edit),
    ("PATCH", Operation::Edit),
    ("DELETE", Operation::Delete),
];

/// The app of who names none.
const DEFAULT: &str = "API-user";
/// Stands for no word, in columns that may hold none.
const NONE: &str = "None";

/// What an app needs for what is done, with the line that says so.
type Needs = BTreeMap<(Kind, Operation), (String, usize)>;

/// A row.
struct Route {
    line: usize,
    endpoint: String,
    method: String,
    operation: Operation,
    /// Absent for every app.
    app: Option<String>,
    /// Absent where the path says it.
    resource: Option<String>,
    tag: String,
}

/// The file, as it stands.
pub(super) struct Routes(Vec<Route>);

impl Routes {
    /// Reads the file; each fault names its column.
    pub(super) fn parse(text: &str, faults: &mut Faults<'_>) -> Self {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let columns = match records.next() {
            Some(Ok(head)) => columns(&head, faults),
            Some(Err(error)) => {
                faults.at(1, format!("no table with commas can be read: {error}"));
                None
            }
            None => {
                faults.at(1, format!("it is empty: a line `{}` would be right", COLUMNS.join(",")));
                None
            }
        };
        let Some(columns) = columns else { return Self(Vec::new()) };
        let mut routes = Vec::new();
        for record in records {
            match record {
                Ok(record) => routes.extend(route(&record, columns, faults)),
                Err(error) => {
                    let at = error.position().map_or(1, csv::Position::line);
                    faults.at(line(at), format!("this row can't be read: {error}"));
                }
            }
        }
        Self(routes)
    }

    /// What each app needs for what, of what rules open.
    pub(super) fn carried(
        &self,
        opened: &BTreeSet<String>,
        left: &mut Faults<'_>,
    ) -> BTreeMap<String, BTreeMap<(Kind, Operation), String>> {
        let named = self.0.iter().filter_map(|route| route.app.clone());
        let apps: BTreeSet<String> = named.chain([App::DEFAULT.name().to_owned()]).collect();
        let mut carried: BTreeMap<String, Needs> =
            apps.iter().map(|app| (app.clone(), BTreeMap::new())).collect();
        for route in &self.0 {
            let kind = route.kind().and_then(|kind| match opened.contains(&route.tag) {
                true => Ok(kind),
                false => Err(format!("no rule opens `{}` on what sources carry", route.tag)),
            });
            match kind {
                Ok(kind) => {
                    let of =
                        carried.iter_mut().filter(|(app, _)| route.app.as_ref().is_none_or(|of| of == *app));
                    for (app, needs) in of {
                        route.need(app, kind, needs, left);
                    }
                }
                Err(why) => left.at(route.line, format!("{route} is left out: {why}")),
            }
        }
        let tags = |needs: Needs| needs.into_iter().map(|(deed, (tag, _))| (deed, tag)).collect();
        carried.into_iter().map(|(app, needs)| (app, tags(needs))).collect()
    }
}

impl Route {
    /// What it is about here; otherwise why nothing is.
    fn kind(&self) -> Result<Kind, String> {
        if let Some(resource) = self.resource.as_ref().filter(|it| !it.to_lowercase().starts_with("content"))
        {
            return Err(format!(
                "it is a second question to the same request, about `{resource}`; one is asked here"
            ));
        }
        let segments: Vec<&str> = self.endpoint.split('/').filter(|segment| !segment.is_empty()).collect();
        let is_version = |word: &str| word.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
        let path = match segments.as_slice() {
            [first, path @ ..] if is_version(first) => path,
            path => path,
        };
        match path {
            ["resources"] if self.operation == Operation::Create => Err(
                "a source is made by a grant here: it is judged on its project, which carries public or private alone"
                    .to_owned(),
            ),
            ["resources"] => Ok(Kind::Source),
            ["resources", _, _, ..] => Ok(Kind::Content),
            ["projects" | "project", ..] => {
                Err("projects carry public or private, and grants say who does what in one".to_owned())
            }
            _ => Err("no kind here that carries what sources carry".to_owned()),
        }
    }

    /// The first row that speaks of an operation counts.
    fn need(&self, app: &str, kind: Kind, needs: &mut Needs, left: &mut Faults<'_>) {
        let (tag, first) =
            needs.entry((kind, self.operation)).or_insert_with(|| (self.tag.clone(), self.line));
        if *tag != self.tag {
            let deed = format!("{kind}:{}", self.operation);
            left.at(
                self.line,
                format!("{self} is left out for `{app}`: by line {first}, `{deed}` needs `{tag}` already"),
            );
        }
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{} {}` with `{}`", self.method, self.endpoint, self.tag)
    }
}

/// Where the columns stand, if all are there.
fn columns(head: &csv::StringRecord, faults: &mut Faults<'_>) -> Option<[usize; 6]> {
    let place = |column: &str| {
        head.iter().position(|found| found.trim_start_matches('\u{feff}').eq_ignore_ascii_case(column))
    };
    let places = COLUMNS.map(place);
    let missing: Vec<&str> =
        COLUMNS.iter().zip(places).filter(|(_, place)| place.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let (missing, right) = (missing.join(", "), COLUMNS.join(","));
        faults.at(1, format!("there is no column {missing}: a first line `{right}` would be right"));
        return None;
    }
    Some(places.map(Option::unwrap_or_default))
}

fn route(record: &csv::StringRecord, columns: [usize; 6], faults: &mut Faults<'_>) -> Option<Route> {
    let line = line(record.position().map_or(1, csv::Position::line));
    if record.len() != COLUMNS.len() {
        faults.at(line, format!("{} columns belong here; there are {}", COLUMNS.len(), record.len()));
        return None;
    }
    let [endpoint, method, app, _, resource, tag] = columns.map(|at| record.get(at).unwrap_or_default());
    let mut good = true;
    let mut wrong = |column: &str, says: String| {
        faults.at(line, format!("column {column}: {says} would be right"));
        good = false;
    };
    if !endpoint.starts_with('/') {
        wrong("Endpoints", format!("`{endpoint}` is no path: one that begins with `/`"));
    }
    let operation = METHODS.iter().find(|(name, _)| *name == method).map(|(_, operation)| *operation);
    if operation.is_none() {
        let right = one_of(METHODS.iter().map(|(name, _)| *name));
        wrong("Method", format!("`{method}` is no method: {right}"));
    }
    if app != NONE && !is_name(app) {
        wrong(
            "RequestApp",
            format!(
                "`{app}` is no name for an app: {NONE} for all, or letters, digits, `_`, `-`, `/` and `.`"
            ),
        );
    }
    if !is_name(tag) {
        wrong("Permission", format!("`{tag}` is no name for a tag: letters, digits, `_`, `-`, `/` and `.`"));
    }
    let operation = operation.filter(|_| good)?;
    let named = |word: &str| (word != NONE && !word.is_empty()).then(|| word.to_owned());
    let app = named(app).map(|app| if app == DEFAULT { App::DEFAULT.name().to_owned() } else { app });
    let [endpoint, method, tag] = [endpoint, method, tag].map(str::to_owned);
    Some(Route { line, endpoint, method, operation, app, resource: named(resource), tag })
}

fn line(line: u64) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}
