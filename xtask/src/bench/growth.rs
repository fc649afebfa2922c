//! What an append and a sync of new entries cost while a vault grows: both must stay flat.

use super::{
    Context, Scale,
    ask::{ask, number},
    report::{Report, Row},
    server::Server,
};
use anyhow::{Context as _, Result};
use serde_json::Value;

/// The last cost in terms of the first: what still counts as flat.
const FLAT: f64 = 1.5;
const MEASURES: [(&str, &str, &str); 4] = [
    ("append_ms", "append", "ms"),
    ("append_server_cpu_ms", "append: CPU of the server", "ms"),
    ("sync_ms", "sync of 100 new entries", "ms"),
    (
        "sync_cpu_ms",
        "sync of 100 new entries: CPU of the client",
        "ms",
    ),
];

/// Measures all; see the module.
pub fn growth(context: &Context, report: &mut Report) -> Result<()> {
    let sizes = match context.scale {
        Scale::Quick => "1000,5000",
        Scale::Full => "1000,10000,100000",
        Scale::Huge => "1000,10000,100000,1000000",
    };
    let folder = context.space.disk("growth")?;
    let server = Server::start(context, &folder.join("strongroom"))?;
    let mut command = server.bench(context, "growth", &folder)?;
    command.args(["--sizes", sizes]);
    let answer = ask(command)?;
    let steps = answer
        .get("steps")
        .and_then(Value::as_array)
        .context("the steps of growth")?;
    let first = steps.first().context("a first step")?;
    let last = steps.last().context("a last step")?;
    for (key, what, unit) in MEASURES {
        let base = number(first, &[key])?;
        for step in steps {
            let value = number(step, &[key])?;
            report.row(Row {
                work: what.to_owned(),
                who: format!("at {} entries", number(step, &["entries"])?),
                rate: Some((value, unit)),
                ratio: Some((value / base, "the first")),
                ..Row::default()
            });
        }
        let growth = number(last, &[key])? / base;
        report.at_most(format!("{what}: last of first"), growth, FLAT, "");
    }
    Ok(())
}
