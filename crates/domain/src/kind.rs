//! Kinds of objects and the operations on them.

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The words of all values, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word that stands for it in files, bodies and columns.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The value that a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What an object is.
    Kind {
        /// The root of the cascade. No rule speaks of it; things are created under it.
        Server = "server",
        /// A tenant.
        Organization = "organization",
        /// Organizations that work together.
        Collaboration = "collaboration",
        /// A person.
        User = "user",
        /// An organization's remote worker in one collaboration.
        Node = "node",
        /// A named set of rules.
        Role = "role",
        /// Kind, operation and scope.
        Rule = "rule",
        /// Principal, role and anchor.
        Grant = "grant",
        /// A credential with grants of its own.
        ApiKey = "api_key",
        /// A body of work of one organization.
        Project = "project",
        /// A part of a project.
        Job = "job",
        /// A part of a job.
        Task = "task",
        /// The execution of a task by one organization.
        Run = "run",
        /// Bytes of a project.
        File = "file",
        /// A named set of files of a project.
        Dataset = "dataset",
        /// A label of a project.
        Label = "label",
        /// What somebody says of a file in a task, by a label.
        Annotation = "annotation",
        /// What somebody says of a job or a task.
        Comment = "comment",
        /// What came out of a job, as one file to take away.
        Export = "export",
        /// A text or other work with tagged access.
        Source = "source",
        /// A part of a source.
        Content = "content",
        /// Something in another system that follows a wish recorded here.
        ManagedEntity = "managed_entity",
        /// A subscription to events.
        Webhook = "webhook",
        /// A line of the audit log.
        AuditEvent = "audit_event",
        /// A live message about an object.
        Event = "event",
        /// An algorithm that a node runs for one run of a task.
        Container = "container",
        /// That an organization enters a collaboration.
        Proposal = "proposal",
        /// A client application that credentials are issued for.
        ClientApp = "client_app",
    }
}

words! {
    /// What is done to an object.
    Operation {
        /// Read it.
        View = "view",
        /// Make one, judged on its parent.
        Create = "create",
        /// Change it.
        Edit = "edit",
        /// Remove it.
        Delete = "delete",
        /// Send an event about it.
        Send = "send",
        /// Receive events about it.
        Receive = "receive",
    }
}

impl Kind {
    /// Whether an object of this kind is made under one of that kind: the column "hangs under" of the cascade. What
    /// only the server makes is made under nothing.
    pub const fn hangs_under(self, parent: Self) -> bool {
        match self {
            Self::Organization | Self::Collaboration | Self::ClientApp => matches!(parent, Self::Server),
            Self::User | Self::Node | Self::Webhook | Self::Role | Self::Project => {
                matches!(parent, Self::Organization)
            }
            Self::ApiKey => matches!(parent, Self::Organization | Self::Project),
            Self::Job | Self::File | Self::Dataset | Self::Label | Self::Source | Self::ManagedEntity => {
                matches!(parent, Self::Project)
            }
            Self::Task | Self::Export => matches!(parent, Self::Job),
            Self::Annotation => matches!(parent, Self::Task),
            Self::Comment => matches!(parent, Self::Job | Self::Task),
            Self::Content => matches!(parent, Self::Source),
            Self::Grant => {
                matches!(parent, Self::Server | Self::Organization | Self::Project | Self::Job | Self::Task)
            }
            Self::Server
            | Self::Rule
            | Self::Run
            | Self::AuditEvent
            | Self::Event
            | Self::Container
            | Self::Proposal => false,
        }
    }
}
