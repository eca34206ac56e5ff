//! The binary `bailiwick`.

use bailiwick_server::commands::{Cli, Command, run};
use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[actix_web::main]
async fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let quiet = !matches!(cli.command, None | Some(Command::Serve(_)));
    match run(cli, quiet).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bailiwick: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
