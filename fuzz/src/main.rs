//! Runs every target on the published vectors and on random mutations of them.
//!
//! It needs no nightly compiler and is not guided by coverage. The seed is printed and can
//! be given, so that a failure can be run again:
//! `cargo run --release -- [--seconds N] [--seed S] [--target NAME]`.

mod mutate;
mod targets;

use mutate::Mutator;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned()
    };
    let seconds: u64 = option("--seconds").and_then(|text| text.parse().ok()).unwrap_or(2);
    let seed: u64 = option("--seed").and_then(|text| text.parse().ok()).unwrap_or(1);
    let only = option("--target");
    let corpus = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors"));
    if corpus.len() < 50 {
        eprintln!("the corpus in spec/vectors has only {} inputs", corpus.len());
        return ExitCode::FAILURE;
    }
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let mut failed = 0;
    for (name, target) in targets::TARGETS.iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        match run(*target, &corpus, seed, Duration::from_secs(seconds)) {
            Ok(count) => println!("{name}: {count} inputs"),
            Err(input) => {
                failed += 1;
                println!("{name}: FAILED with seed {seed} on {}", data_encoding::HEXLOWER.encode(&input));
            }
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(target: fn(&[u8]), corpus: &[Vec<u8>], seed: u64, time: Duration) -> Result<u64, Vec<u8>> {
    let mut mutator = Mutator::new(seed, corpus);
    let start = Instant::now();
    let mut count = 0;
    for input in corpus {
        attempt(target, input)?;
        count += 1;
    }
    while start.elapsed() < time {
        for _ in 0..64 {
            attempt(target, &mutator.next_input())?;
            count += 1;
        }
    }
    Ok(count)
}

fn attempt(target: fn(&[u8]), input: &[u8]) -> Result<(), Vec<u8>> {
    std::panic::catch_unwind(|| target(input)).map_err(|_| input.to_vec())
}

/// Every hexadecimal string in the vector files, and the files' own text.
fn corpus(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                for piece in text.split('"') {
                    let bytes = data_encoding::HEXLOWER.decode(piece.as_bytes());
                    match bytes {
                        Ok(bytes) if bytes.len() >= 4 && bytes.len() <= 100_000 => found.push(bytes),
                        _ if piece.starts_with("SR-") => found.push(piece.as_bytes().to_vec()),
                        _ => {}
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
