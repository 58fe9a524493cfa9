//! The command line.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use valet::{
    App, AuditQuery, Audited, Config, Environment, LogShape, Mistakes, Outcome, PeopleQuery,
    RunsQuery, Since, Surroundings, Variables,
};

/// Says that the settings cannot be used, as with a wrong command line.
const UNUSABLE_SETTINGS: u8 = 2;

/// A Slack bot that works inside each person's own accounts.
///
/// All settings come from the environment; `.env.example` lists them. Each `X` may be
/// given as `X_FILE`, the path of a file that holds the value.
#[derive(Parser)]
#[command(name = "valet", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service until SIGTERM or SIGINT
    Serve,
    /// Looks at all that is set up, and says of each what is wrong and the fix
    ///
    /// Works beside a running service and without one, and changes nothing. Asks each model
    /// for one word, which costs a fraction of a cent. Exits with 0 when there is no error,
    /// with 1 when there is one, and with 2 when the settings cannot be read.
    Check {
        /// A line of JSON for each finding
        #[arg(long)]
        json: bool,
    },
    /// Prints the manifest of the Slack app, ready to paste
    Manifest {
        /// Where browsers and Slack reach Valet; else `VALET_PUBLIC_URL`
        #[arg(long, value_name = "URL")]
        public_url: Option<String>,
        /// Stands before the names of the commands; else `VALET_COMMAND_PREFIX`
        #[arg(long, value_name = "PREFIX")]
        command_prefix: Option<String>,
    },
    /// Writes a backup of the store to a file, also while the service runs
    ///
    /// Reads `VALET_DATA_DIR` alone. The file holds the map of identifiers: keep it like a
    /// secret. Exits with 0 when the backup is whole and on disk, else with 1.
    Backup {
        /// Where to; without it, into `backups` in the data directory, named by the time
        file: Option<PathBuf>,
    },
    /// Puts what a backup holds in the place of the store, also while the service runs
    ///
    /// Reads `VALET_DATA_DIR` alone. The file is checked first; one that is cut or changed
    /// touches nothing. What was open in the backup ends with a word to whoever asked.
    /// The former store is kept. Exits with 0 when the backup is restored, else with 1.
    Restore {
        /// What `valet backup` wrote
        file: PathBuf,
    },
    /// Shows what was done in whose name, also while the service runs
    ///
    /// Reads `VALET_DATA_DIR` alone. A table on a terminal, else a line of JSON for each
    /// entry, as it is kept. Exits with 0; with 1 when a chain is broken or nothing can be
    /// read.
    Audit {
        /// Of this person alone: `TEAM/USER`, as in the log
        #[arg(long, value_name = "TEAM/USER")]
        person: Option<String>,
        /// From this day (UTC) or time on
        #[arg(long, value_name = "DATE")]
        since: Option<Since>,
        /// JSON on a terminal too
        #[arg(long)]
        json: bool,
        /// Says of each chain whether it is what was written, instead of what is in it
        #[arg(long, conflicts_with = "since")]
        verify: bool,
    },
    /// Shows whom Valet knows, and what they use of it, also while the service runs
    ///
    /// Reads `VALET_DATA_DIR` alone. A table on a terminal, else a line of JSON for each
    /// person. Exits with 0, or with 1 when nothing can be read.
    People {
        /// JSON on a terminal too
        #[arg(long)]
        json: bool,
    },
    /// Shows runs, open ones last, also while the service runs
    ///
    /// Reads `VALET_DATA_DIR` alone. Nothing that was said is in it. A table on a terminal,
    /// else a line of JSON for each run. Exits with 0, or with 1 when nothing can be read.
    Runs {
        /// Of this person alone: `TEAM/USER`, as in the log
        #[arg(long, value_name = "TEAM/USER")]
        person: Option<String>,
        /// That are open, or were over from this day (UTC) or time on
        #[arg(long, value_name = "DATE")]
        since: Option<Since>,
        /// That are open alone
        #[arg(long, conflicts_with = "since")]
        open: bool,
        /// JSON on a terminal too
        #[arg(long)]
        json: bool,
    },
    /// Asks the service on this machine whether it is well; for containers
    ///
    /// Reads `VALET_OPS_LISTEN` alone. Exits with 0 if the service is well, else with 1.
    Healthcheck,
}

fn main() -> ExitCode {
    // Before anything can want TLS. It fails only if a provider is there already, and in
    // a process that has just begun none is.
    drop(rustls::crypto::ring::default_provider().install_default());
    match CommandLine::parse().command {
        Command::Serve => serve_command(),
        Command::Check { json } => check_command(json),
        Command::Manifest {
            public_url,
            command_prefix,
        } => match valet::manifest(&Environment, public_url, command_prefix) {
            Ok(manifest) => print(&manifest),
            Err(mistakes) => unusable(&mistakes),
        },
        Command::Backup { file } => {
            on_data_dir(|data| valet::backup(data, file).map(|backup| format!("Backup: {backup}")))
        }
        Command::Restore { file } => {
            on_data_dir(|data| valet::restore(data, &file).map(|restored| restored.to_string()))
        }
        Command::Audit {
            person,
            since,
            json,
            verify,
        } => audit_command(&AuditQuery {
            person,
            since,
            json: json || !verify && !io::stdout().is_terminal(),
            verify,
        }),
        Command::People { json } => {
            let json = json || !io::stdout().is_terminal();
            list_command(|data, out| valet::people(data, &PeopleQuery { json }, out))
        }
        Command::Runs {
            person,
            since,
            open,
            json,
        } => {
            let query = RunsQuery {
                person,
                since,
                open,
                json: json || !io::stdout().is_terminal(),
            };
            list_command(|data, out| valet::runs(data, &query, out))
        }
        Command::Healthcheck => healthcheck_command(),
    }
}

fn check_command(json: bool) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        say("valet: the runtime cannot start");
        return ExitCode::FAILURE;
    };
    let looking = valet::check(&Environment, Surroundings::of_this_machine());
    let checked = runtime.block_on(looking);
    print(&if json {
        checked.as_json()
    } else {
        checked.for_people()
    });
    match checked.outcome() {
        Outcome::Errors => ExitCode::FAILURE,
        Outcome::Unusable => ExitCode::from(UNUSABLE_SETTINGS),
        Outcome::Well => ExitCode::SUCCESS,
    }
}

/// What was asked for. If nobody reads stdout, nothing can be done about it.
fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn audit_command(query: &AuditQuery) -> ExitCode {
    let data = match valet::data_dir(&Environment) {
        Ok(data) => data,
        Err(mistakes) => return unusable(&mistakes),
    };
    let mut out = BufWriter::new(io::stdout());
    let audited = valet::audit(&data, query, &mut out);
    // As with `say`, the exit code has to do.
    drop(out.flush());
    match audited {
        Ok(Audited::Well) => ExitCode::SUCCESS,
        Ok(Audited::Broken { broken, chains }) => {
            say(&format!(
                "valet: {broken} of {chains} chains are broken: something else than Valet has changed the store. Copy the data directory as it is, then compare it with an earlier export or backup"
            ));
            ExitCode::FAILURE
        }
        Err(failed) => {
            say(&format!("valet: {failed}"));
            ExitCode::FAILURE
        }
    }
}

fn list_command(
    list: impl FnOnce(&Path, &mut BufWriter<io::Stdout>) -> Result<(), valet::CommandFailed>,
) -> ExitCode {
    on_data_dir(|data| {
        let mut out = BufWriter::new(io::stdout());
        let listed = list(data, &mut out);
        drop(out.flush());
        listed.map(|()| String::new())
    })
}

fn on_data_dir(work: impl FnOnce(&Path) -> Result<String, valet::CommandFailed>) -> ExitCode {
    let data = match valet::data_dir(&Environment) {
        Ok(data) => data,
        Err(mistakes) => return unusable(&mistakes),
    };
    match work(&data) {
        Ok(done) => {
            // As with `say`, the exit code has to do.
            if !done.is_empty() {
                drop(writeln!(io::stdout(), "{done}"));
            }
            ExitCode::SUCCESS
        }
        Err(failed) => {
            say(&format!("valet: {failed}"));
            ExitCode::FAILURE
        }
    }
}

fn serve_command() -> ExitCode {
    let config = match Config::read(&Environment) {
        Ok(config) => config,
        Err(mistakes) => return unusable(&mistakes),
    };
    match start(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("Valet stops: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(config: Config) -> anyhow::Result<()> {
    start_log()?;
    allow_many_files();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot start")?
        .block_on(serve(config))
}

/// A question at work holds a connection or two, and the usual limit is 1,024 files. What
/// the system does not allow is not there to be had.
fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(cause) = setrlimit(Resource::Nofile, most) {
        tracing::warn!(
            error = &cause as &dyn std::error::Error,
            "the limit on open files stays as it is"
        );
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let app = App::open(config, Surroundings::of_this_machine())
        .await
        .context("Valet cannot start")?;
    tracing::info!(http.addr = %app.http_addr()?, ops.addr = %app.ops_addr()?, "serving");
    app.serve_until(valet::shutdown_signal()).await
}

fn start_log() -> anyhow::Result<()> {
    let shape = if io::stderr().is_terminal() {
        LogShape::People
    } else {
        LogShape::Machines
    };
    let directives = Environment.get("RUST_LOG");
    let log = valet::log(directives.as_deref(), shape, io::stderr);
    tracing::subscriber::set_global_default(log).context("the log cannot start")?;
    valet::log_panics();
    Ok(())
}

fn healthcheck_command() -> ExitCode {
    let address = match valet::ops_listen(&Environment) {
        Ok(address) => address,
        Err(mistakes) => return unusable(&mistakes),
    };
    match valet::healthcheck(address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(unhealthy) => {
            say(&format!("valet at {address} is not well: {unhealthy}"));
            ExitCode::FAILURE
        }
    }
}

fn unusable(mistakes: &Mistakes) -> ExitCode {
    say(&format!("The settings cannot be used:\n{mistakes}"));
    ExitCode::from(UNUSABLE_SETTINGS)
}

/// To a person who started the command: a log line would be no answer. If nobody reads
/// stderr, the exit code has to do.
fn say(words: &str) {
    drop(writeln!(io::stderr(), "{words}"));
}
