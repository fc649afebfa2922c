//! The page in Chromium: its measurements are Playwright's, told line by line.

use super::{
    Context, Scale,
    measure::Cost,
    report::{Report, Row},
};
use crate::web;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

/// What stands before each line of a measurement.
const MARK: &str = "MEASURED ";

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Reach {
        reach: String,
        value: f64,
        limit: f64,
        unit: String,
        #[serde(default)]
        at_least: bool,
    },
    Measured {
        work: String,
        who: String,
        seconds: Option<f64>,
        peak_bytes: Option<u64>,
        rate: Option<f64>,
        unit: Option<String>,
        ratio: Option<f64>,
        ratio_to: Option<String>,
    },
}

/// Measures all; see the module.
pub fn page(context: &Context, report: &mut Report) -> Result<()> {
    let mut command = web::measurements(&context.program("strongroom"))?;
    if context.scale == Scale::Quick {
        command.env("BENCH_QUICK", "1");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the measurements of the page")?;
    let output = child.stdout.take().context("no output to read")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        match line.split_once(MARK) {
            Some((_, told)) => take(serde_json::from_str(told)?, report),
            None => eprintln!("{line}"),
        }
    }
    if !child.wait()?.success() {
        bail!("a measurement of the page did not come to its end");
    }
    Ok(())
}

fn take(line: Line, report: &mut Report) {
    match line {
        Line::Reach {
            reach,
            value,
            limit,
            unit,
            at_least: true,
        } => report.at_least(reach, value, limit, known(&unit)),
        Line::Reach {
            reach,
            value,
            limit,
            unit,
            at_least: false,
        } => report.at_most(reach, value, limit, known(&unit)),
        Line::Measured {
            work,
            who,
            seconds,
            peak_bytes,
            rate,
            unit,
            ratio,
            ratio_to,
        } => report.row(Row {
            work,
            who,
            cost: (seconds.is_some() || peak_bytes.is_some()).then(|| Cost {
                wall: Duration::from_secs_f64(seconds.unwrap_or_default()),
                cpu: Duration::ZERO,
                peak_bytes: peak_bytes.unwrap_or_default(),
            }),
            rate: rate.map(|rate| (rate, known(unit.as_deref().unwrap_or_default()))),
            ratio: ratio.map(|ratio| (ratio, known(ratio_to.as_deref().unwrap_or_default()))),
            ..Row::default()
        }),
    }
}

/// The words of `web/bench/report.ts`.
fn known(unit: &str) -> &'static str {
    ["ms", "kB", "MB/s", "times", "MiB", "refused", "plaintext"]
        .into_iter()
        .find(|known| *known == unit)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_page_are_read() {
        let mut report = Report::new("page", "");
        for line in [
            r#"{"work":"w","who":"page","rate":3.5,"unit":"ms","ratio":1.2,"ratio_to":"refused"}"#,
            r#"{"reach":"r","value":2,"limit":1,"unit":"ms"}"#,
            r#"{"reach":"r","value":2,"limit":1,"unit":"","at_least":true}"#,
        ] {
            take(serde_json::from_str(line).unwrap(), &mut report);
        }
        assert_eq!(report.missed(), 1);
        let text = report.to_string();
        assert!(text.contains("1.20 of refused"), "{text}");
        assert!(serde_json::from_str::<Line>(r#"{"work":"w"}"#).is_err());
    }
}
