use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write as _};

const PUBLISHED: &str = include_str!("allowed.json");

/// The compiled-in list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the published list is damaged")]
pub struct AllowedError(#[source] serde_json::Error);

/// The published list: everything that a server may store, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// What the kinds mean.
    pub kinds: BTreeMap<String, String>,
    /// `table.column`.
    pub columns: BTreeMap<String, Column>,
    /// Structures that are not payloads: wallets, entry bodies, parts of others.
    pub structures: BTreeMap<String, Vec<Field>>,
    /// Payloads of entries by label.
    pub payloads: BTreeMap<String, Vec<Field>>,
    /// Names of fields in stored answers.
    pub answers: BTreeMap<String, String>,
    /// Files in the data folder.
    pub files: Vec<FilePattern>,
}

/// A column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What its values are.
    pub kind: String,
    /// Why the server may have them.
    pub why: String,
}

/// A field of a structure: name, kind, why. A kind `@x` is the structure `x`; `[]` after it
/// means many, `?` perhaps none.
#[derive(Debug, Clone, Deserialize)]
pub struct Field(pub String, pub String, pub String);

/// Files by name. `*` stands for any characters of one name, `**` for any folders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePattern {
    /// Relative to the data folder, `/` between names.
    pub path: String,
    /// What they are.
    pub kind: String,
    /// Why they are there.
    pub why: String,
}

impl Allowed {
    /// The list that is compiled in.
    pub fn published() -> Result<Self, AllowedError> {
        serde_json::from_str(PUBLISHED).map_err(AllowedError)
    }

    /// The pattern that a relative path fits.
    pub fn file(&self, path: &str) -> Option<&FilePattern> {
        self.files.iter().find(|file| fits(&file.path, path))
    }

    /// The list as a page for people.
    pub fn markdown(&self) -> String {
        let mut page = String::from(
            "# What the server sees\n\n\
             Everything that a Strongroom server stores, and why. `strongroom audit blindness` holds a data folder \
             against this list, which is compiled in (`crates/cli/src/audit/allowed.json`), and fails on anything \
             else. This page is written by `strongroom audit allowed --markdown`.\n\n\
             Not on the list because it is not stored, but known to a server while it works: who talks to it, from \
             which address, when, and how much.\n\n## Kinds\n\n| kind | what it is |\n|---|---|\n",
        );
        for (kind, what) in &self.kinds {
            row(&mut page, &[&format!("`{kind}`"), what]);
        }
        page.push_str("\n## Columns of the database\n\n| column | kind | why |\n|---|---|---|\n");
        for (name, column) in &self.columns {
            row(
                &mut page,
                &[&format!("`{name}`"), &column.kind, &column.why],
            );
        }
        for (title, structures) in [
            ("Structures inside columns", &self.structures),
            ("Payloads of log entries", &self.payloads),
        ] {
            let _ = write!(
                page,
                "\n## {title}\n\n| field | kind | why |\n|---|---|---|\n"
            );
            for (label, fields) in structures {
                for Field(name, kind, why) in fields.iter().filter(|field| field.1 != "label") {
                    row(
                        &mut page,
                        &[&format!("`{label}` {name}"), &format!("`{kind}`"), why],
                    );
                }
            }
        }
        page.push_str("\n## Stored answers\n\n| field | why |\n|---|---|\n");
        for (name, why) in &self.answers {
            row(&mut page, &[&format!("`{name}`"), why]);
        }
        page.push_str("\n## Files\n\n| file | kind | why |\n|---|---|---|\n");
        for file in &self.files {
            row(
                &mut page,
                &[&format!("`{}`", file.path), &file.kind, &file.why],
            );
        }
        page
    }
}

fn row(page: &mut String, cells: &[&str]) {
    // writing to a string cannot fail
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('/') {
        Some(("**", rest)) => {
            fits(rest, path)
                || path
                    .split_once('/')
                    .is_some_and(|(_, below)| fits(pattern, below))
        }
        Some((name, rest)) => path
            .split_once('/')
            .is_some_and(|(folder, below)| fits_name(name, folder) && fits(rest, below)),
        None => !path.contains('/') && fits_name(pattern, path),
    }
}

fn fits_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let allowed = Allowed::published().unwrap();
        let known = |kind: &str| {
            let plain = kind.trim_end_matches(['?']).trim_end_matches("[]");
            match plain.strip_prefix('@') {
                Some(structure) => allowed.structures.contains_key(structure),
                None => allowed.kinds.contains_key(plain),
            }
        };
        for (name, column) in &allowed.columns {
            assert!(known(&column.kind), "{name}");
            assert!(!column.why.is_empty(), "{name}");
        }
        for (label, fields) in allowed.structures.iter().chain(&allowed.payloads) {
            for Field(name, kind, why) in fields {
                assert!(known(kind), "{label} {name} {kind}");
                assert!(!why.is_empty() || kind == "label", "{label} {name}");
            }
        }
        assert!(allowed.files.iter().all(|file| known(&file.kind)));
    }

    #[test]
    fn patterns() {
        let allowed = Allowed::published().unwrap();
        let kind = |path: &str| allowed.file(path).map(|file| file.kind.as_str());
        assert_eq!(kind("strongroom.db"), Some("encrypted_database"));
        assert_eq!(kind("blobs/a/b/c/p00000001"), Some("sealed"));
        assert_eq!(kind("server.log"), Some("searched"));
        for unknown in [
            "notes.txt",
            "blobs/a/b/c/x",
            "keys/other.key",
            "a/strongroom.db",
            "p1",
        ] {
            assert_eq!(kind(unknown), None, "{unknown}");
        }
    }

    /// The page in `docs/` is what the program prints: `strongroom audit allowed --markdown`.
    #[test]
    fn the_page_is_current() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/what-the-server-sees.md"
        );
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == Allowed::published().unwrap().markdown(),
            "write it anew: strongroom audit allowed --markdown > docs/what-the-server-sees.md"
        );
    }
}
