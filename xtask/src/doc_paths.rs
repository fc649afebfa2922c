//! Documents that name a file long gone mislead; so every path they name must exist.

use crate::workspace;
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

const TOP_FOLDERS: &[&str] = &[
    "crates", "docs", "spec", "xtask", "fuzz", "bench", "apps", "web", "deploy",
];

/// Checks README.md and every Markdown file under docs and spec.
pub fn check() -> Result<()> {
    let root = workspace::root();
    let mut documents = vec![root.join("README.md")];
    for folder in ["docs", "spec"] {
        collect(&root.join(folder), &mut documents)?;
    }
    let mut dead = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document)
            .with_context(|| format!("cannot read {}", document.display()))?;
        let folder = document.parent().unwrap_or(root);
        for path in paths_in(&text) {
            let there = match &path {
                Named::FromRoot(path) => root.join(path).exists(),
                Named::FromDocument(path) => folder.join(path).exists(),
            };
            if !there {
                dead.push(format!("{} names {path}", document.display()));
            }
        }
    }
    if dead.is_empty() {
        return Ok(());
    }
    bail!("dead paths: {}", dead.join("; "))
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, documents)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// In backticks: counted from the root of the project.
    FromRoot(String),
    /// The target of a link: counted from the document.
    FromDocument(String),
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FromRoot(path) => write!(f, "`{path}`"),
            Self::FromDocument(path) => write!(f, "({path})"),
        }
    }
}

/// The paths that a Markdown text names, outside of code blocks.
fn paths_in(text: &str) -> Vec<Named> {
    let mut named = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        if in_block {
            continue;
        }
        let in_backticks = line.split('`').skip(1).step_by(2);
        named.extend(
            in_backticks
                .filter_map(repository_path)
                .map(Named::FromRoot),
        );
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') && !target.starts_with('/') {
                named.push(Named::FromDocument(target.to_owned()));
            }
        }
    }
    named
}

/// The path in a code span, when it is one of ours. Of a pattern, the part before it.
fn repository_path(span: &str) -> Option<String> {
    let word = span.split_whitespace().next()?;
    let (top, rest) = word.split_once('/')?;
    if !TOP_FOLDERS.contains(&top) || span.split_whitespace().count() > 1 {
        return None;
    }
    let rest = rest.trim_end_matches([',', ';', '.', ':']);
    let plain: Vec<_> = rest
        .split('/')
        .take_while(|part| !part.contains(['*', '{', '<', '…', '$']))
        .collect();
    Some(format!("{top}/{}", plain.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_paths_and_nothing_else() {
        let text = "See `crates/vault/src` and `PUT /v1/x`, [this](../spec/a.md#b), \
                    `docs/adr/*.md`, [web](https://example.org), `a/b`.\n\
                    ```\n`crates/no`\n```\n`spec/x.md`";
        let root = |path: &str| Named::FromRoot(path.to_owned());
        assert_eq!(
            paths_in(text),
            [
                root("crates/vault/src"),
                root("docs/adr"),
                Named::FromDocument("../spec/a.md".to_owned()),
                root("spec/x.md"),
            ]
        );
    }
}
