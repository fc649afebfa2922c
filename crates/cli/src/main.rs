//! The program `strongroom`.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let code = strongroom_cli::run(std::env::args_os());
    Ok(ExitCode::from(code))
}
