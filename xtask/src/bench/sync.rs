//! A device that comes new to a large vault: first sync with every check, then search and
//! sort in what it holds.

use super::{
    Context, Scale,
    ask::{ask, number},
    measure::Cost,
    report::{Report, Row},
    server::Server,
};
use anyhow::Result;
use std::time::Duration;

/// CPU seconds of the client for 100,000 records.
const CPU_SECONDS: f64 = 15.0;
const RECORDS: u64 = 100_000;
const FILTER_MS: f64 = 50.0;

/// Measures all; see the module.
pub fn sync(context: &Context, report: &mut Report) -> Result<()> {
    let records = match context.scale {
        Scale::Quick => 10_000,
        _ => RECORDS,
    };
    let folder = context.space.disk("sync")?;
    let server = Server::start(context, &folder.join("strongroom"))?;
    let mut command = server.bench(context, "sync", &folder)?;
    command.args(["--records", &records.to_string()]);
    let answer = ask(command)?;
    for (who, wall, cpu) in [
        ("client", "wall_seconds", "cpu_seconds"),
        ("server", "wall_seconds", "server_cpu_seconds"),
    ] {
        report.row(Row {
            work: format!("first sync of {records} records"),
            who: who.to_owned(),
            cost: Some(Cost {
                wall: Duration::from_secs_f64(number(&answer, &[wall])?),
                cpu: Duration::from_secs_f64(number(&answer, &[cpu])?),
                peak_bytes: 0,
            }),
            ..Row::default()
        });
    }
    let share = records as f64 / RECORDS as f64;
    let cpu = number(&answer, &["cpu_seconds"])?;
    report.at_most(
        "first sync: CPU of the client",
        cpu,
        CPU_SECONDS * share,
        "s",
    );
    for (key, what) in [
        ("filter", "filter"),
        ("sort", "filter and sort"),
        ("contains", "search in text"),
    ] {
        let median = number(&answer, &[key, "median_ms"])?;
        report.row(Row {
            work: what.to_owned(),
            who: "client".to_owned(),
            rate: Some((median, "ms")),
            ..Row::default()
        });
        report.at_most(format!("{what}: median"), median, FILTER_MS, "ms");
    }
    Ok(())
}
