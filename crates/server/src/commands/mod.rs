//! The command line.

mod data;
mod looks;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::settings::{Flags, Hidden, Settings};
use crate::{logs, serve, storage};

/// Bailiwick: shared work between organizations that do not trust each other by default.
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, disable_help_subcommand = true)]
pub struct Cli {
    /// A configuration file (TOML); without it, bailiwick.toml of this directory if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where data lives: sqlite://path?mode=rwc, postgres://…, mysql://…, memory:
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The directory of the policy files; without it, those that the binary was built with.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    policies: Option<PathBuf>,
    #[command(flatten)]
    serve: Serve,
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the API (also with no command).
    Serve(Serve),
    /// Brings the schema of the database up to date.
    Migrate {
        /// Only tells how far it is.
        #[arg(long)]
        status: bool,
    },
    /// Applies a world file: makes what is missing and changes what differs, in one transaction.
    Apply {
        /// The file, YAML or JSON.
        file: PathBuf,
        /// Prints the plan, with who gains or loses what, and changes nothing.
        #[arg(long)]
        dry_run: bool,
        /// Removes what the file does not name, within what it covers.
        #[arg(long)]
        prune: bool,
    },
    /// Prints the world as a file.
    Export,
    /// Copies an SQLite database that may be in use into a new file.
    Backup {
        /// The file; it must not be there yet.
        file: PathBuf,
    },
    /// The policy files.
    #[command(subcommand)]
    Policy(Policy),
    /// Prints the table role x kind x operation of the built-in roles.
    Permissions,
    /// Prints the OpenAPI document.
    Openapi,
    /// Users.
    #[command(subcommand)]
    User(User),
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen, as address:port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Serves a demo world, from a database that goes when the server stops, or makes it in an empty one that is named.
    #[arg(long)]
    demo: bool,
}

/// The policy files.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Checks the files: every fault with its file and line.
    Check {
        /// The directory; without it, that of the configuration.
        directory: Option<PathBuf>,
    },
    /// Asks the policy all questions of tables of cases, and prints where it differs from them, like a diff.
    Test {
        /// The tables, YAML.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Tells who would gain or lose what, over all that is stored, if other policy files were in force.
    Diff(Diff),
    /// Brings access rules of Vachan Engine into ours, and tells on standard error what was left out, and why.
    ImportVachan {
        /// Its access_rules.json: entitlement, tag, roles.
        #[arg(long, value_name = "FILE")]
        rules: PathBuf,
        /// Its api-permissions.csv: what routes need, in which app.
        #[arg(long, value_name = "FILE")]
        permissions: PathBuf,
        /// Where our access_rules.json goes; without it, to standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What to compare.
#[derive(Debug, Args)]
pub struct Diff {
    /// The directory of the old files.
    old: PathBuf,
    /// The directory of the new ones.
    new: PathBuf,
    /// Ends with 1 where there is any of these.
    #[arg(long, value_name = "WHICH")]
    fail_on: Option<FailOn>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Somebody may do more.
    Gain,
    /// Somebody may do less.
    Loss,
    /// Either.
    Any,
}

/// Users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Sets a user's password, read from standard input, and ends the user's sessions.
    SetPassword {
        /// organization/username
        user: String,
    },
}

/// Carries out a command line.
///
/// # Errors
/// Whatever is wrong, in words for the person at the console.
pub async fn run(cli: Cli, quiet: bool) -> anyhow::Result<()> {
    let Serve { listen, demo } = cli.serve;
    let command = match cli.command {
        None => Command::Serve(Serve { listen, demo }),
        Some(Command::Serve(said)) => {
            Command::Serve(Serve { listen: said.listen.or(listen), demo: said.demo || demo })
        }
        Some(_) if demo || listen.is_some() => bail!("--listen and --demo are for `bailiwick serve` alone"),
        Some(other) => other,
    };
    let listen = match &command {
        Command::Serve(serve) => serve.listen.clone(),
        _ => None,
    };
    let chosen = cli.database.is_some() || std::env::var_os("BAILIWICK_DATABASE").is_some();
    let flags = Flags { file: cli.config, listen, database: cli.database, policies: cli.policies };
    let mut settings = Settings::read(&flags)?;
    logs::start(&settings.log, quiet)?;
    match command {
        Command::Serve(Serve { demo: true, .. }) => {
            if !is_loopback(&settings.listen) {
                bail!("the demo has a password that everybody knows: it listens on a loopback address only");
            }
            let place = tempfile::tempdir()?;
            if !chosen {
                settings.database = Hidden(storage::throw_away(place.path())?);
            }
            serve::serve(&settings, true).await
        }
        Command::Serve(_) => serve::serve(&settings, false).await,
        Command::Migrate { status } => data::migrate(&settings, status).await,
        Command::Apply { file, dry_run, prune } => data::apply(&settings, &file, dry_run, prune).await,
        Command::Export => data::export(&settings).await,
        Command::Backup { file } => data::backup(&settings, &file).await,
        Command::Policy(Policy::Check { directory }) => looks::check_policy(&settings, directory),
        Command::Policy(Policy::Test { files }) => looks::test_policy(&settings, &files),
        Command::Policy(Policy::Diff(diff)) => data::policy_diff(&settings, &diff).await,
        Command::Policy(Policy::ImportVachan { rules, permissions, out }) => {
            looks::import_vachan(&settings, &rules, &permissions, out.as_deref())
        }
        Command::Permissions => looks::permissions(&settings),
        Command::Openapi => looks::openapi(),
        Command::User(User::SetPassword { user }) => data::set_password(&settings, &user).await,
    }
}

fn is_loopback(listen: &str) -> bool {
    listen.parse::<std::net::SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
        || listen.starts_with("localhost:")
}
