//! What a benchmark has to say: rows that were measured and checks against their reach.

use super::measure::Cost;
use serde_json::{Value, json};
use std::fmt::{Display, Formatter};

/// One line that was measured.
#[derive(Default)]
pub struct Row {
    pub work: String,
    pub who: String,
    pub cost: Option<Cost>,
    /// Number and unit, where time alone does not say it: appends a second, milliseconds.
    pub rate: Option<(f64, &'static str)>,
    /// Number and what it is compared with.
    pub ratio: Option<(f64, &'static str)>,
    pub note: &'static str,
}

/// One promise.
struct Check {
    what: String,
    value: f64,
    limit: f64,
    unit: &'static str,
    at_least: bool,
}

impl Check {
    fn kept(&self) -> bool {
        if self.at_least {
            self.value >= self.limit
        } else {
            self.value <= self.limit
        }
    }
}

/// The result of one benchmark.
pub struct Report {
    name: &'static str,
    what: &'static str,
    rows: Vec<Row>,
    checks: Vec<Check>,
    failure: Option<String>,
}

impl Report {
    pub fn new(name: &'static str, what: &'static str) -> Self {
        Self {
            name,
            what,
            rows: Vec::new(),
            checks: Vec::new(),
            failure: None,
        }
    }

    /// Adds a measured line.
    pub fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The value must not exceed the limit.
    pub fn at_most(&mut self, what: impl Into<String>, value: f64, limit: f64, unit: &'static str) {
        self.check(what.into(), value, limit, unit, false);
    }

    /// The value must reach the limit.
    pub fn at_least(
        &mut self,
        what: impl Into<String>,
        value: f64,
        limit: f64,
        unit: &'static str,
    ) {
        self.check(what.into(), value, limit, unit, true);
    }

    fn check(&mut self, what: String, value: f64, limit: f64, unit: &'static str, at_least: bool) {
        self.checks.push(Check {
            what,
            value,
            limit,
            unit,
            at_least,
        });
    }

    /// The benchmark itself did not come to its end.
    pub fn fail(&mut self, why: String) {
        self.failure = Some(why);
    }

    /// Promises not kept; a benchmark that failed counts as one more.
    pub fn missed(&self) -> usize {
        let missed = self.checks.iter().filter(|check| !check.kept()).count();
        missed + usize::from(self.failure.is_some())
    }

    pub fn json(&self) -> Value {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "work": row.work,
                    "who": row.who,
                    "wall_seconds": row.cost.map(|cost| cost.wall.as_secs_f64()),
                    "cpu_seconds": row.cost.map(|cost| cost.cpu.as_secs_f64()),
                    "peak_bytes": row.cost.map(|cost| cost.peak_bytes),
                    "rate": row.rate.map(|rate| rate.0),
                    "rate_unit": row.rate.map(|rate| rate.1),
                    "ratio": row.ratio.map(|ratio| ratio.0),
                    "ratio_to": row.ratio.map(|ratio| ratio.1),
                    "note": row.note,
                })
            })
            .collect();
        let checks: Vec<_> = self
            .checks
            .iter()
            .map(|check| {
                json!({
                    "what": check.what,
                    "value": check.value,
                    "limit": check.limit,
                    "unit": check.unit,
                    "at_least": check.at_least,
                    "pass": check.kept(),
                })
            })
            .collect();
        json!({
            "name": self.name,
            "what": self.what,
            "rows": rows,
            "checks": checks,
            "failure": self.failure,
        })
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {}", self.name, self.what)?;
        if !self.rows.is_empty() {
            let head = [
                "work", "who", "wall", "CPU", "peak", "rate", "ratio", "note",
            ];
            let mut table = vec![head.map(str::to_owned)];
            table.extend(self.rows.iter().map(Row::cells));
            write_table(f, &table)?;
        }
        if !self.checks.is_empty() {
            let head = ["reach", "measured", "limit", ""];
            let mut table = vec![head.map(str::to_owned)];
            table.extend(self.checks.iter().map(Check::cells));
            writeln!(f)?;
            write_table(f, &table)?;
        }
        if let Some(failure) = &self.failure {
            writeln!(f, "  failed: {failure}")?;
        }
        Ok(())
    }
}

impl Row {
    fn cells(&self) -> [String; 8] {
        let seconds = |time: std::time::Duration| {
            if time.is_zero() {
                String::new()
            } else {
                format!("{:.3} s", time.as_secs_f64())
            }
        };
        [
            self.work.clone(),
            self.who.clone(),
            self.cost.map(|cost| seconds(cost.wall)).unwrap_or_default(),
            self.cost.map(|cost| seconds(cost.cpu)).unwrap_or_default(),
            match self.cost {
                Some(cost) if cost.peak_bytes > 0 => mebibytes(cost.peak_bytes),
                _ => String::new(),
            },
            self.rate
                .map(|(rate, unit)| format!("{} {unit}", number(rate)))
                .unwrap_or_default(),
            self.ratio
                .map(|(ratio, to)| format!("{ratio:.2} of {to}"))
                .unwrap_or_default(),
            self.note.to_owned(),
        ]
    }
}

impl Check {
    fn cells(&self) -> [String; 4] {
        let sign = if self.at_least { "≥" } else { "≤" };
        [
            self.what.clone(),
            format!("{} {}", number(self.value), self.unit)
                .trim()
                .to_owned(),
            format!("{sign} {} {}", number(self.limit), self.unit)
                .trim()
                .to_owned(),
            if self.kept() { "pass" } else { "MISSED" }.to_owned(),
        ]
    }
}

/// Three digits that matter, or whole numbers.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.01 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Bytes for people.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn write_table<const N: usize>(f: &mut Formatter<'_>, table: &[[String; N]]) -> std::fmt::Result {
    let mut widths = [0; N];
    for line in table {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in table {
        let mut text = String::from("  ");
        for (width, cell) in widths.iter().zip(line) {
            text.push_str(&format!("{cell:width$}  "));
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}

/// The machine, as far as it explains the numbers.
pub fn machine() -> Value {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    json!({
        "processor": model,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_count_and_show() {
        let mut report = Report::new("name", "what");
        report.at_most("low enough", 0.5, 0.8, "of age");
        report.at_least("high enough", 0.5, 0.9, "of nginx");
        assert_eq!(report.missed(), 1);
        report.fail("broken".to_owned());
        assert_eq!(report.missed(), 2);
        report.row(Row {
            work: "seal".to_owned(),
            ..Row::default()
        });
        let text = report.to_string();
        assert!(text.contains("≥ 0.90 of nginx  MISSED"), "{text}");
        assert_eq!(report.json()["checks"][0]["pass"], true);
    }

    #[test]
    fn numbers_with_the_digits_that_matter() {
        for (value, text) in [
            (0.0, "0.00"),
            (0.001_234, "0.0012"),
            (0.5, "0.50"),
            (12.34, "12.3"),
            (6_131.4, "6131"),
            (-0.25, "-0.25"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(mebibytes(3 << 19), "1.5 MiB");
    }

    #[test]
    fn limits_themselves_are_kept() {
        let mut report = Report::new("name", "what");
        report.at_most("a", 0.8, 0.8, "");
        report.at_least("b", 0.8, 0.8, "");
        report.at_most("c", f64::NAN, 0.8, "");
        report.at_least("d", f64::NAN, 0.8, "");
        assert_eq!(report.missed(), 2);
    }

    #[test]
    fn columns_stand_below_each_other() {
        let mut report = Report::new("name", "what");
        for (work, ratio) in [("put", 0.5), ("a longer name", 1.25)] {
            report.row(Row {
                work: work.to_owned(),
                ratio: Some((ratio, "age")),
                ..Row::default()
            });
        }
        let text = report.to_string();
        let columns: Vec<_> = text
            .lines()
            .filter_map(|line| line.find("ratio").or_else(|| line.find(" of age")))
            .collect();
        assert_eq!(columns.len(), 3, "{text}");
        assert_eq!(columns[1], columns[0] + 4, "{text}");
        assert_eq!(columns[2], columns[0] + 4, "{text}");
    }
}
