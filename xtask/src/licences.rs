//! Licences and bans from `deny.toml`: by `cargo deny` where it is installed, else by the
//! same lists over `cargo tree`, so that a fresh machine need not compile a tool first.
//! (`cargo metadata` also names crates behind features that nobody turns on.)

use crate::{shell, workspace::root};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;

/// The page's dependencies, those of its tools among them.
const NPM_LOCK: &str = "web/package-lock.json";

/// Checks every dependency on every platform.
pub fn check() -> Result<()> {
    check_npm()?;
    if shell::succeeds(shell::cargo(&["deny", "--version"])) {
        return shell::run(shell::cargo(&["deny", "check", "licenses", "bans"]));
    }
    eprintln!("cargo deny is not installed: checking licences and bans over cargo tree");
    let lists = lists()?;
    let tree = shell::output(shell::cargo(&[
        "tree",
        "--workspace",
        "--all-features",
        "--target=all",
        "--edges=normal,build,dev",
        "--prefix=none",
        "--format={p}|{l}",
    ]))?;
    let problems = problems(&tree, &lists);
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}", problems.join("; "))
}

fn lists() -> Result<Lists> {
    std::fs::read_to_string(root().join("deny.toml"))
        .context("cannot read deny.toml")
        .and_then(|text| Lists::read(&text))
}

/// The same lists over npm's lock file, which names each package's licence.
fn check_npm() -> Result<()> {
    let lock = root().join(NPM_LOCK);
    if !lock.exists() {
        return Ok(());
    }
    let lock = std::fs::read_to_string(lock).context("cannot read npm's lock file")?;
    let lock = serde_json::from_str(&lock).context("npm's lock file is not JSON")?;
    let problems = npm_problems(&lock, &lists()?);
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}", problems.join("; "))
}

fn npm_problems(lock: &Value, lists: &Lists) -> Vec<String> {
    let packages = lock.get("packages").and_then(Value::as_object);
    let mut problems = Vec::new();
    for (path, package) in packages.into_iter().flatten() {
        // the page itself, and second names of its own folders
        let linked = package.get("link").and_then(Value::as_bool);
        if path.is_empty() || linked == Some(true) {
            continue;
        }
        let name = path.trim_start_matches("node_modules/");
        match package.get("license").and_then(Value::as_str) {
            None => problems.push(format!("{name} names no licence")),
            Some(licence) if !is_allowed(licence, &lists.allowed) => {
                problems.push(format!("{name}: licence {licence} is not allowed"));
            }
            Some(_) => {}
        }
    }
    problems
}

struct Lists {
    allowed: Vec<String>,
    banned: Vec<String>,
}

impl Lists {
    fn read(deny: &str) -> Result<Self> {
        let deny: toml::Table = deny.parse().context("deny.toml is not TOML")?;
        let array = |section: &str, key: &str| -> Result<Vec<toml::Value>> {
            deny.get(section)
                .and_then(|section| section.get(key))
                .and_then(toml::Value::as_array)
                .cloned()
                .with_context(|| format!("deny.toml has no {section}.{key}"))
        };
        let name = |value: &toml::Value| {
            let value = value.get("crate").unwrap_or(value);
            value.as_str().map(str::to_owned)
        };
        Ok(Self {
            allowed: array("licenses", "allow")?
                .iter()
                .filter_map(name)
                .collect(),
            banned: array("bans", "deny")?.iter().filter_map(name).collect(),
        })
    }
}

/// `tree` has a line `name version (source)|licence` for each way to a crate.
fn problems(tree: &str, lists: &Lists) -> Vec<String> {
    let mut problems = Vec::new();
    let crates: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    for line in crates {
        let (package, licence) = line.split_once('|').unwrap_or((line, ""));
        let name = package.split_whitespace().next().unwrap_or_default();
        // cargo marks a crate that it has shown before
        let licence = licence.trim_end_matches("(*)").trim();
        if lists.banned.iter().any(|banned| banned == name) {
            problems.push(format!("{name} is banned"));
        }
        if licence.is_empty() {
            problems.push(format!("{name} names no licence"));
        } else if !is_allowed(licence, &lists.allowed) {
            problems.push(format!("{name}: licence {licence} is not allowed"));
        }
    }
    problems
}

/// Whether an SPDX expression can be met with allowed licences alone. The old `/` means OR.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        allowed,
    };
    reader.any() == Some(true) && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.next();
        }
        found
    }

    fn any(&mut self) -> Option<bool> {
        let mut result = self.all()?;
        while self.eat("OR") {
            result |= self.all()?;
        }
        Some(result)
    }

    fn all(&mut self) -> Option<bool> {
        let mut result = self.one()?;
        while self.eat("AND") {
            result &= self.one()?;
        }
        Some(result)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let result = self.any()?;
            return self.eat(")").then_some(result);
        }
        let mut licence = self.next()?.to_owned();
        if self.eat("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some(self.allowed.contains(&licence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "(MIT AND ISC) OR GPL-3.0",
            "ISC AND (GPL-3.0 OR MIT)",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "Apache-2.0",
            "(MIT",
            "MIT MIT",
            "",
            "OR MIT",
        ] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn packages_of_npm() {
        let lists = Lists::read("[licenses]\nallow = ['MIT']\n[bans]\ndeny = []").unwrap();
        let lock = serde_json::json!({ "packages": {
            "": { "license": "Proprietary" },
            "node_modules/good": { "license": "(MIT OR GPL-3.0)" },
            "node_modules/bare": {},
            "node_modules/ours": { "resolved": "build/ours", "link": true },
            "build/ours": { "license": "MIT" },
            "node_modules/@a/gpl": { "license": "GPL-3.0" },
        }});
        let problems = npm_problems(&lock, &lists);
        assert_eq!(problems.len(), 2);
        assert!(problems.contains(&"bare names no licence".to_owned()));
        assert!(problems.contains(&"@a/gpl: licence GPL-3.0 is not allowed".to_owned()));
    }

    #[test]
    fn bans_and_missing_licences_are_found() {
        let lists = Lists::read(
            "[licenses]\nallow = ['MIT']\n[bans]\ndeny = [{ crate = 'openssl', reason = 'x' }]",
        )
        .unwrap();
        let tree = "good v1.0.0|MIT (*)\nopenssl v1.0.0|MIT\n\nbare v0.1.0 (/x)|\n\
                    gpl v1.0.0|GPL-3.0\ngood v1.0.0|MIT";
        assert_eq!(
            problems(tree, &lists),
            [
                "bare names no licence",
                "gpl: licence GPL-3.0 is not allowed",
                "openssl is banned"
            ]
        );
    }
}
