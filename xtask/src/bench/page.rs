//! The page in Chromium: its measurements are Playwright's, told line by line.

use super::{
    Context, Scale,
    measure::Cost,
    report::{Report, Row},
};
use crate::{web, workspace::text};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

/// What stands before each line of a measurement, as `web/bench/report.ts` writes it.
const MARK: &str = "MEASURED ";

/// Measures all; see the module.
pub fn page(context: &Context, report: &mut Report) -> Result<()> {
    let mut command = web::measurements(&context.program("strongroom"))?;
    match context.scale {
        Scale::Quick => drop(command.env("BENCH_QUICK", "1")),
        Scale::Full => {}
        Scale::Huge => drop(command.env("BENCH_HUGE", "1")),
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the measurements of the page")?;
    let output = child.stdout.take().context("no output to read")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        match line.split_once(MARK) {
            Some((_, told)) => take(&serde_json::from_str(told)?, report)?,
            None => eprintln!("{line}"),
        }
    }
    if !child.wait()?.success() {
        bail!("a measurement of the page did not come to its end");
    }
    Ok(())
}

fn take(line: &Value, report: &mut Report) -> Result<()> {
    let number = |key: &str| line.get(key).and_then(Value::as_f64);
    let unit = known(text(line, "unit"));
    if line.get("reach").is_some() {
        let (Some(value), Some(limit)) = (number("value"), number("limit")) else {
            bail!("a reach of the page has no number: {line}");
        };
        let what = text(line, "reach");
        match line.get("at_least").and_then(Value::as_bool) {
            Some(true) => report.at_least(what, value, limit, unit),
            _ => report.at_most(what, value, limit, unit),
        }
        return Ok(());
    }
    let peak_bytes = line.get("peak_bytes").and_then(Value::as_u64);
    let seconds = number("seconds");
    report.row(Row {
        work: text(line, "work").to_owned(),
        who: text(line, "who").to_owned(),
        cost: (seconds.is_some() || peak_bytes.is_some()).then(|| Cost {
            wall: Duration::from_secs_f64(seconds.unwrap_or_default()),
            cpu: Duration::ZERO,
            peak_bytes: peak_bytes.unwrap_or_default(),
        }),
        rate: number("rate").map(|rate| (rate, unit)),
        ratio: number("ratio").map(|ratio| (ratio, known(text(line, "ratio_to")))),
        ..Row::default()
    });
    Ok(())
}

/// The words that the page's measurements use.
fn known(word: &str) -> &'static str {
    ["ms", "kB", "MB/s", "times", "MiB", "refused", "plaintext"]
        .into_iter()
        .find(|known| *known == word)
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
            take(&serde_json::from_str(line).unwrap(), &mut report).unwrap();
        }
        assert_eq!(report.missed(), 1);
        let text = report.to_string();
        assert!(text.contains("1.20 of refused"), "{text}");
        assert!(take(&serde_json::json!({"reach": "r"}), &mut report).is_err());
    }
}
