//! The promise "the server cannot read it" as a fact about dependencies: no room of the
//! blind side reaches a room of the trusted side, and one room alone names cryptography.

use crate::workspace::{list, members_metadata, text};
use anyhow::{Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Rooms that run where the adversary may be.
const BLIND: &[&str] = &[
    "strongroom-store",
    "strongroom-blobs",
    "strongroom-domain",
    "strongroom-api",
    "strongroom-server",
];

/// Rooms that hold keys and plaintext.
const TRUSTED: &[&str] = &[
    "strongroom-vault",
    "strongroom-client",
    "strongroom-wasm",
    "strongroom",
];

/// The one room that may name a crate of [`CRYPTO`].
const CRYPTO_ROOM: &str = "strongroom-crypto";

/// Crates of primitives and of randomness. TLS (rustls, rcgen) and SQLCipher are not
/// here: they protect the way and the disk, never a vault.
const CRYPTO: &[&str] = &[
    "aes",
    "aes-gcm",
    "argon2",
    "aws-lc-rs",
    "blake2",
    "blake3",
    "chacha20poly1305",
    "curve25519-dalek",
    "ed25519-dalek",
    "getrandom",
    "hkdf",
    "hmac",
    "hpke",
    "ml-dsa",
    "ml-kem",
    "opaque-ke",
    "openssl",
    "ring",
    "sha1",
    "sha2",
    "sha3",
    "subtle",
    "x-wing",
    "x25519-dalek",
];

/// Direct dependencies of each member that end up in what is shipped.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Checks the workspace as cargo describes it.
pub fn check() -> Result<()> {
    let problems = problems(&graph(&members_metadata()?));
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}", problems.join("; "))
}

/// Normal and build dependencies, optional ones included; tests may look over the wall.
fn graph(metadata: &Value) -> Graph {
    list(metadata, "packages")
        .iter()
        .map(|package| {
            let dependencies = list(package, "dependencies")
                .iter()
                .filter(|dependency| text(dependency, "kind") != "dev")
                .map(|dependency| text(dependency, "name").to_owned())
                .collect();
            (text(package, "name").to_owned(), dependencies)
        })
        .collect()
}

fn problems(graph: &Graph) -> Vec<String> {
    let mut problems = Vec::new();
    for room in BLIND {
        if let Some(path) = way_to_trusted(graph, room) {
            problems.push(format!("the blind side reaches keys: {}", path.join(" → ")));
        }
    }
    for (room, dependencies) in graph {
        if room == CRYPTO_ROOM {
            continue;
        }
        for dependency in dependencies {
            if is_crypto(dependency) {
                problems.push(format!("{room} names {dependency}: only {CRYPTO_ROOM} may"));
            }
        }
    }
    problems
}

fn is_crypto(name: &str) -> bool {
    CRYPTO.contains(&name) || name == "rand" || name.starts_with("rand_")
}

/// The first way from `start` to a trusted room, both ends named.
fn way_to_trusted(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![start.to_owned()]];
    while let Some(way) = ways.pop() {
        let Some(room) = way.last() else { continue };
        if TRUSTED.contains(&room.as_str()) {
            return Some(way);
        }
        if !seen.insert(room.clone()) {
            continue;
        }
        for next in graph.get(room).into_iter().flatten() {
            if graph.contains_key(next) {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind }))
            .collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    fn problems_of(packages: &[Value]) -> Vec<String> {
        problems(&graph(&json!({ "packages": packages })))
    }

    #[test]
    fn a_sound_house_passes() {
        let found = problems_of(&[
            package(
                "strongroom-crypto",
                &[("sha2", None), ("rand_chacha", None)],
            ),
            package("strongroom-store", &[("rusqlite", None)]),
            package(
                "strongroom-server",
                &[("strongroom-store", None), ("strongroom-crypto", None)],
            ),
            package("strongroom-vault", &[("strongroom-crypto", None)]),
            package(
                "strongroom",
                &[("strongroom-vault", None), ("strongroom-server", None)],
            ),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_direct_edge_to_keys_fails() {
        for trusted in TRUSTED {
            for blind in BLIND {
                let found =
                    problems_of(&[package(trusted, &[]), package(blind, &[(trusted, None)])]);
                assert_eq!(found.len(), 1, "{blind} → {trusted}");
            }
        }
    }

    #[test]
    fn a_way_through_other_rooms_fails() {
        let found = problems_of(&[
            package("strongroom-server", &[("strongroom-api", None)]),
            package("strongroom-api", &[("strongroom-format", Some("build"))]),
            package("strongroom-format", &[("strongroom-vault", None)]),
            package("strongroom-vault", &[]),
        ]);
        assert_eq!(found.len(), 2);
        assert!(
            found[1].contains(
                "strongroom-server → strongroom-api → strongroom-format → strongroom-vault"
            )
        );
    }

    #[test]
    fn tests_may_look_over_the_wall() {
        let found = problems_of(&[
            package("strongroom-server", &[("strongroom-client", Some("dev"))]),
            package("strongroom-client", &[("sha2", Some("dev"))]),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn cryptography_elsewhere_fails() {
        for name in ["sha2", "rand", "rand_core", "aws-lc-rs"] {
            let found = problems_of(&[package("strongroom-format", &[(name, None)])]);
            assert_eq!(found.len(), 1, "{name}");
        }
    }

    #[test]
    fn this_house_is_sound() {
        check().unwrap();
    }
}
