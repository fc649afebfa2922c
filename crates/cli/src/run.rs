use crate::{
    commands::{Cli, Command},
    context::Context,
    error::{CliError, CliResult, exit},
    output::{Reply, write_error},
    passphrase::leave_prompt,
};
use clap::{Parser, error::ErrorKind};
use std::{ffi::OsString, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// How long threads may take to end after the command.
const THREADS_END: Duration = Duration::from_secs(3);

/// Reads a command line, runs the command, writes its answer, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, &arguments),
    };
    let json = cli.globals.json;
    let context = match Context::new(&cli.globals) {
        Ok(context) => context,
        Err(error) => return failed(&error, json),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&CliError::failed(format!("cannot start: {error}")), json),
    };
    let style = context.style;
    let answer = runtime.block_on(until_stopped(cli.command, context));
    // OpenSSL and SQLCipher clear up when the process exits: no other thread may use them then.
    // One that still reads a pipe does not, and must not keep the program.
    runtime.shutdown_timeout(THREADS_END);
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => return failed(&error, json),
    };
    if let Err(error) = reply.write(style) {
        return failed(
            &CliError::failed(format!("cannot write the answer: {error}")),
            json,
        );
    }
    match &reply.problem {
        Some(problem) => failed(problem, json),
        None => exit::DONE,
    }
}

/// Ctrl-C drops the command where it waits. Every step of the client is whole or not at all,
/// so nothing else is to be done.
async fn until_stopped(command: Command, context: Context) -> CliResult<Reply> {
    if matches!(command, Command::Serve(_)) {
        // stops by itself, after the requests in flight
        return command.run(&context).await;
    }
    let resumes = command.resumes();
    let mut stopped = watch_for_stop()?;
    tokio::select! {
        answer = command.run(&context) => answer,
        Some(()) = stopped.recv() => {
            context.clear_progress();
            Err(stop_error(resumes))
        }
    }
}

/// Hears of Ctrl-C from now on. A prompt blocks the command's own thread: then the terminal is
/// set right and the program ends here.
fn watch_for_stop() -> CliResult<mpsc::Receiver<()>> {
    let mut interrupt = signal(SignalKind::interrupt())
        .map_err(|error| CliError::failed(format!("cannot start: {error}")))?;
    let (say, hear) = mpsc::channel(1);
    tokio::spawn(async move {
        while interrupt.recv().await.is_some() {
            if leave_prompt() {
                eprintln!();
                std::process::exit(i32::from(exit::STOPPED));
            }
            // the first one counts
            let _ = say.try_send(());
        }
    });
    Ok(hear)
}

fn stop_error(resumes: bool) -> CliError {
    CliError::new(exit::STOPPED, "stopped", "stopped").hint(match resumes {
        true => "what was transferred is kept: the same command goes on from there",
        false => "nothing is left half done: the same command can be run again",
    })
}

fn failed(error: &CliError, json: bool) -> u8 {
    write_error(error, json);
    error.exit
}

/// Help and version are answers; everything else that clap says is a usage error.
fn not_parsed(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let json = arguments.iter().any(|argument| argument == "--json");
    if answer || !json {
        // a closed pipe is no reason to fail
        let _ = error.print();
        return if answer { exit::DONE } else { exit::USAGE };
    }
    // the first paragraph says it; usage and tips follow
    let text = error.render().to_string();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let message = lines.join(" ");
    let usage = CliError::usage(message.strip_prefix("error: ").unwrap_or(&message));
    failed(&usage.hint("see --help"), true)
}
