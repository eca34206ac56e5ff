//! The decision tables: the shape of a row, and how a folder of them is read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The time of a world that names none.
pub const DEFAULT_NOW: i64 = 100;

/// The id that stands for the server, as a parent or an anchor.
pub const SERVER: &str = "server";

/// Declares an enum whose variants have a name in files.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in files, also as one half of a key of `action_tags`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

named! {
    /// What an object is, and what a rule speaks of.
    #[derive(Default)]
    Kind {
        /// A member of the cascade's top.
        #[default]
        Organization = "organization",
        /// A set of organizations that work together.
        Collaboration = "collaboration",
        /// A person.
        User = "user",
        /// An organization's remote worker in one collaboration.
        Node = "node",
        /// A named set of rules.
        Role = "role",
        /// Kind, operation and scope, as a thing that can be viewed.
        Rule = "rule",
        /// A principal's role at an anchor.
        Grant = "grant",
        /// A key that acts for its maker.
        ApiKey = "api_key",
        /// What an organization works on.
        Project = "project",
        /// A part of a project.
        Job = "job",
        /// A part of a job.
        Task = "task",
        /// A task as one organization executes it.
        Run = "run",
        /// A file of a project.
        File = "file",
        /// A label of a project.
        Label = "label",
        /// A source of a project.
        Source = "source",
        /// What a source holds.
        Content = "content",
        /// Something outside that a project steers.
        ManagedEntity = "managed_entity",
        /// An address that is told of events.
        Webhook = "webhook",
        /// What has been done, by whom.
        AuditEvent = "audit_event",
        /// Something that happens to an object.
        Event = "event",
        /// An algorithm that a node runs for one run of a task.
        Container = "container",
    }
}

named! {
    /// What a rule lets its holder do.
    Operation {
        /// GET.
        View = "view",
        /// POST.
        Create = "create",
        /// PATCH.
        Edit = "edit",
        /// DELETE.
        Delete = "delete",
        /// Of events only.
        Send = "send",
        /// Of events only.
        Receive = "receive",
    }
}

named! {
    /// How far a rule reaches; the order is the model's.
    Scope {
        /// What is the principal's own.
        Own = "own",
        /// What belongs to the principal's organization.
        Organization = "organization",
        /// What belongs to its collaborations.
        Collaboration = "collaboration",
        /// Everything.
        Global = "global",
    }
}

/// Kind, operation and scope.
pub type Rule = (Kind, Operation, Scope);

/// Something that exists. Which fields mean something depends on the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Its name, unique in the world.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What it hangs under, of a grant its anchor; absent or `"server"`: the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
    /// Of a task or run: who is to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Of a task: files and labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked: Vec<String>,
    /// Of a run: the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executes: Option<String>,
    /// Of a container: where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Of a project: where it is shared; of a node: where it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collaboration: Option<String>,
    /// Of a collaboration: organizations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Of a source: its access permissions; of a project: its visibility.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<String>,
    /// Of a project.
    #[serde(default, skip_serializing_if = "is_false")]
    pub archived: bool,
    /// Of an organization or a principal; of a run: it has ended.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspended: bool,
    /// Of a role: it comes from the policy files.
    #[serde(default, skip_serializing_if = "is_false")]
    pub builtin: bool,
    /// Of a role; absent: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Of a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Of a role: other roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<String>,
    /// Of a grant: who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Of a grant: what it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Of a grant: the first moment at which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<i64>,
    /// Of a grant: the first moment at which it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// Of a grant: taken back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub revoked: bool,
}

/// For `skip_serializing_if`, which hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde decides the signature")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Everything that exists, and the access rules in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Everything that exists.
    pub objects: Vec<Object>,
    /// Entitlement, then action tag, then role ids and computed words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub access_rules: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// `"kind.operation"`, then the action tag, resolved for the caller's app.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub action_tags: BTreeMap<String, String>,
    /// The time, [`DEFAULT_NOW`] where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
}

/// What a request carries beside the objects that its path names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// Of a new grant: who gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Of a new grant: what it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Of a new or edited grant; absent: without an end, or unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// Of a new node: where it will work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collaboration: Option<String>,
    /// Rules that are put into a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<Rule>,
    /// Rules that are taken out of a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<Rule>,
}

/// The question of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// See an object.
    View {
        /// Its id; it need not exist.
        object: String,
        /// What it is thought to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
    },
    /// Change an object.
    Edit {
        /// Its id; it need not exist.
        object: String,
        /// What it is thought to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
        /// New `ends` of a grant, rules of a role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
    },
    /// Remove an object.
    Delete {
        /// Its id; it need not exist.
        object: String,
        /// What it is thought to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
    },
    /// Make an object.
    Create {
        /// What it will be.
        kind: Kind,
        /// What it will hang under; of a grant its anchor.
        parent: String,
        /// Who and what of a grant, where of a node, rules of a role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
    },
    /// Tie one object to another.
    Link {
        /// The one that changes.
        object: String,
        /// The one that is tied to it.
        names: String,
    },
    /// Undo that.
    Unlink {
        /// The one that changes.
        object: String,
        /// The one that was tied to it.
        names: String,
    },
    /// See what there is of a kind.
    List {
        /// The kind.
        kind: Kind,
    },
}

/// How a row comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// It is done.
    Allow,
    /// It is not.
    Deny,
    /// It is a list.
    List,
}

/// What the caller sees of a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 401.
    Unauthenticated,
    /// 404.
    Hidden,
    /// 403.
    Forbidden,
    /// 422.
    Unprocessable,
    /// 409.
    Conflict,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Stable name of the row.
    pub id: String,
    /// Where it is asked.
    pub world: World,
    /// Who asks; absent is anonymous.
    pub caller: Option<String>,
    /// What is asked.
    pub ask: Ask,
    /// What must come out.
    pub expect: Expect,
    /// With a denial, only where it is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// With a list: exactly what it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// The table of phases, which is no table of decisions.
const NOT_DECISIONS: &str = "managed-states.jsonl";

/// Every table of decisions in a folder, by file name in order.
///
/// # Errors
/// When the folder or a file cannot be read, or a line is not a row; the error names file and line.
pub fn read_folder(folder: &Path) -> std::io::Result<Vec<(String, Vec<Row>)>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.ends_with(".jsonl") && name != NOT_DECISIONS {
            files.insert(name.to_owned(), read_table(&path, name)?);
        }
    }
    Ok(files.into_iter().collect())
}

/// The rows of one file.
fn read_table(path: &Path, name: &str) -> std::io::Result<Vec<Row>> {
    std::fs::read_to_string(path)?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                let place = format!("{name}:{}: {error}", number + 1);
                std::io::Error::new(std::io::ErrorKind::InvalidData, place)
            })
        })
        .collect()
}
