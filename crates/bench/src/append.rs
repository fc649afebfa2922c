//! Clients that append one record after the other, each waiting for its answer.

use crate::{
    numbers::{Times, cpu_of},
    team::{Hand, Place, Team},
    wire::Connection,
};
use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};
use std::{
    path::Path,
    sync::Barrier,
    time::{Duration, Instant},
};
use strongroom_format::transport::Append;

/// What `strongroom-bench append` takes.
#[derive(clap::Args)]
pub struct AppendArguments {
    #[command(flatten)]
    place: Place,
    /// Process number of the server, for its CPU time
    #[arg(long)]
    server_pid: u32,
    /// Numbers of clients, one run for each
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    clients: Vec<usize>,
    /// Length of each run
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

/// Measures and prints appends a second and their latency for each number of clients.
pub async fn append(arguments: &AppendArguments) -> Result<()> {
    let team = Team::found(&arguments.place).await?;
    let most = arguments.clients.iter().copied().max().unwrap_or(1);
    let mut clients = Vec::new();
    for number in 1..most {
        clients.push(team.device(number).await?);
    }
    team.first().sync().await?;
    // only now does everyone know every device
    let mut hands = vec![team.hand(team.first())?];
    for client in &clients {
        client.sync().await?;
        hands.push(team.hand(client)?);
    }
    let path = format!("/v1/vaults/{}/entries", team.vault());
    let bytes = sizes(hands.first_mut().context("a first device")?)?;
    let mut runs = Map::new();
    for count in &arguments.clients {
        let chosen = hands.get_mut(..*count).context("that many devices")?;
        let run = run(arguments, &team, chosen, &path)?;
        runs.insert(count.to_string(), run);
    }
    println!("{}", json!({ "bytes": bytes, "runs": runs }));
    Ok(())
}

/// Bytes of the parts of an entry. It is thrown away before its number is used up.
fn sizes(hand: &mut Hand) -> Result<Value> {
    let entry = hand.sample()?;
    Ok(json!({
        "body": entry.body_bytes().len(),
        "signatures": entry.signatures_bytes().len(),
        "payload": entry.payload().map_or(0, <[u8]>::len),
    }))
}

fn run(
    arguments: &AppendArguments,
    team: &Team,
    hands: &mut [Hand],
    path: &str,
) -> Result<Value> {
    let server = arguments.server_pid.to_string();
    let (server_before, own_before) = (cpu_of(&server)?, cpu_of("self")?);
    let ready = Barrier::new(hands.len());
    let length = Duration::from_secs_f64(arguments.seconds);
    let results: Vec<Result<(Times, Duration)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = hands
            .iter_mut()
            .map(|hand| {
                let ready = &ready;
                scope.spawn(move || one(team.url(), team.ca_file(), hand, path, ready, length))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                let panicked = |_| Err(anyhow!("a client panicked"));
                thread.join().unwrap_or_else(panicked)
            })
            .collect()
    });
    let (mut times, mut longest) = (Times::default(), Duration::ZERO);
    for result in results {
        let (own, seconds) = result?;
        times.extend(own);
        longest = longest.max(seconds);
    }
    let count = times.count() as f64;
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / count.max(1.0);
    Ok(json!({
        "appends": times.count(),
        "per_second": count / longest.as_secs_f64(),
        "latency": times.json(),
        "server_cpu_us_each": each(cpu_of(&server)?.saturating_sub(server_before)),
        "client_cpu_us_each": each(cpu_of("self")?.saturating_sub(own_before)),
    }))
}

/// One client. The connection and a first append come before the clock starts.
fn one(
    url: &str,
    ca_file: &Path,
    hand: &mut Hand,
    path: &str,
    ready: &Barrier,
    length: Duration,
) -> Result<(Times, Duration)> {
    let opened = Connection::open(url, ca_file, &hand.token).and_then(|mut connection| {
        connection.post(path, &Append::of(hand.entries(1)?).to_bytes())?;
        Ok(connection)
    });
    // even who failed comes to the barrier: the others wait there
    ready.wait();
    let mut connection = opened?;
    let mut times = Times::default();
    let start = Instant::now();
    while start.elapsed() < length {
        let begin = Instant::now();
        let body = Append::of(hand.entries(1)?).to_bytes();
        connection.post(path, &body)?;
        times.push(begin.elapsed());
    }
    Ok((times, start.elapsed()))
}
