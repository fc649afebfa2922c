//! Clients that append one record after the other, each waiting for its answer; between their
//! rounds the same bytes go straight into SQLCipher and SQLite. Beside them: several records in
//! a request, as an import or a flush of offline edits sends them, and requests that ask for
//! nothing but a constant, which is what the way costs without any work.

use crate::{
    numbers::{Times, cpu_of},
    raw::{Sizes, raw},
    team::{Hand, Place, Team},
    wire::Connection,
};
use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};
use std::{
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
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    clients: Vec<usize>,
    /// Length of each run
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Runs of each kind; the best one counts, since what disturbs only slows down
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// What a request of a run asks for.
#[derive(Clone, Copy)]
enum Ask {
    /// To append so many new records.
    Append(usize),
    /// For the authority's certificate: constant bytes, no session, no disk.
    Constant,
}

/// Records in a request where there are several.
const SEVERAL: usize = 32;

/// The best run of one kind.
#[derive(Default)]
struct Best {
    per_second: f64,
    json: Value,
}

impl Best {
    fn take(&mut self, per_second: f64, mut times: Times, more: Value) {
        if per_second <= self.per_second {
            return;
        }
        self.per_second = per_second;
        self.json = json!({ "per_second": per_second, "times": times.json(), "more": more });
    }
}

/// What an append took beside time.
struct More {
    server_cpu_us_each: f64,
    client_cpu_us_each: f64,
    /// Mean number of records in a transaction of the server.
    batch: f64,
}

impl More {
    fn json(&self) -> Value {
        json!({
            "server_cpu_us_each": self.server_cpu_us_each,
            "client_cpu_us_each": self.client_cpu_us_each,
            "batch": self.batch,
        })
    }
}

/// Requests in batches, and batches, that the server counted so far.
fn batches(connection: &mut Connection) -> Result<(f64, f64)> {
    let text = String::from_utf8_lossy(connection.get("/metrics")?).into_owned();
    let value = |end: &str| counted(&text, &format!("strongroom_append_batch_requests_{end}"));
    Ok((value("sum")?, value("count")?))
}

/// A value without labels in Prometheus' text format.
fn counted(text: &str, name: &str) -> Result<f64> {
    let values = text.lines().filter_map(|line| line.split_once(' '));
    let mut values = values.filter(|(found, _)| *found == name);
    let value = values.next().and_then(|(_, value)| value.parse().ok());
    value.with_context(|| format!("the server counts no {name}"))
}

/// Prints, for each number of clients, appends a second and latency of ours and of the peers.
pub fn append(arguments: &AppendArguments) -> Result<()> {
    let most = arguments.clients.iter().copied().max().unwrap_or(1);
    let (team, mut hands) = Team::found(&arguments.place, most)?.into_hands()?;
    let sizes = sizes(hands.first().context("a first device")?)?;
    let length = Duration::from_secs_f64(arguments.seconds);
    let folder = &arguments.place.folder;
    let mut runs = Map::new();
    for count in &arguments.clients {
        let mut best: [Best; 7] = Default::default();
        let [ours, cipher, plain, full, several, several_raw, constant] = &mut best;
        // in turns, so that a busy moment of the disk hits all of them
        for _ in 0..arguments.rounds {
            let chosen = hands.get_mut(..*count).context("that many devices")?;
            let (rate, times, more) = run(arguments, &team, chosen, length, Ask::Append(1))?;
            // as many rows in a transaction as the server's groups had, at least
            let alike = more.batch.ceil().max(1.0) as usize;
            ours.take(rate, times, more.json());
            for (best, is_plain, batch) in [
                (&mut *cipher, false, alike),
                (&mut *plain, true, alike),
                (&mut *full, false, *count),
            ] {
                let (rate, times) = raw(folder, is_plain, batch, sizes, length)?;
                best.take(rate, times, json!({ "batch": batch }));
            }
            let ask = Ask::Append(SEVERAL);
            let (rate, times, more) = run(arguments, &team, chosen, length, ask)?;
            let alike = more.batch.ceil().max(1.0) as usize;
            several.take(rate, times, more.json());
            let (rate, times) = raw(folder, false, alike, sizes, length)?;
            several_raw.take(rate, times, json!({ "batch": alike }));
            let (rate, times, more) = run(arguments, &team, chosen, length, Ask::Constant)?;
            constant.take(rate, times, more.json());
        }
        let [ours, cipher, plain, full, several, several_raw, constant] =
            best.map(|best| best.json);
        let run = json!({
            "strongroom": ours,
            "sqlcipher": cipher,
            "sqlite": plain,
            "sqlcipher_full": full,
            "several": several,
            "several_sqlcipher": several_raw,
            "constant": constant,
        });
        runs.insert(count.to_string(), run);
    }
    let bytes = json!({
        "body": sizes.body,
        "signatures": sizes.signatures,
        "payload": sizes.payload,
    });
    println!("{}", json!({ "bytes": bytes, "runs": runs }));
    Ok(())
}

fn sizes(hand: &Hand) -> Result<Sizes> {
    let entry = hand.sample()?;
    Ok(Sizes {
        body: entry.body_bytes().len(),
        signatures: entry.signatures_bytes().len(),
        payload: entry.payload().map_or(0, <[u8]>::len),
    })
}

fn run(
    arguments: &AppendArguments,
    team: &Team,
    hands: &mut [Hand],
    length: Duration,
    ask: Ask,
) -> Result<(f64, Times, More)> {
    let mut metrics = team.connect()?;
    let batches_before = batches(&mut metrics)?;
    let server = arguments.server_pid.to_string();
    let (server_before, own_before) = (cpu_of(&server)?, cpu_of("self")?);
    let ready = Barrier::new(hands.len());
    let results: Vec<Result<(Times, Duration)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = hands
            .iter_mut()
            .map(|hand| {
                let ready = &ready;
                scope.spawn(move || one(team, hand, ready, length, ask))
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
    let each = match ask {
        Ask::Append(each) => each as f64,
        Ask::Constant => 1.0,
    };
    let count = times.count() as f64 * each;
    let cpu_each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / count.max(1.0);
    let after = batches(&mut metrics)?;
    let more = More {
        server_cpu_us_each: cpu_each(cpu_of(&server)?.saturating_sub(server_before)),
        client_cpu_us_each: cpu_each(cpu_of("self")?.saturating_sub(own_before)),
        batch: each * (after.0 - batches_before.0) / (after.1 - batches_before.1).max(1.0),
    };
    Ok((count / longest.as_secs_f64(), times, more))
}

/// One client. The connection and a first append come before the clock starts.
fn one(
    team: &Team,
    hand: &mut Hand,
    ready: &Barrier,
    length: Duration,
    ask: Ask,
) -> Result<(Times, Duration)> {
    let path = team.entries_path();
    let opened = team.connect().and_then(|mut connection| {
        connection.post(&path, &Append::of(hand.entries(1)?).to_bytes())?;
        Ok(connection)
    });
    // even who failed comes to the barrier: the others wait there
    ready.wait();
    let mut connection = opened?;
    let mut times = Times::default();
    let start = Instant::now();
    while start.elapsed() < length {
        let begin = Instant::now();
        match ask {
            Ask::Append(each) => {
                let body = Append::of(hand.entries(each)?).to_bytes();
                connection.post(&path, &body)?;
            }
            Ask::Constant => {
                connection.get("/v1/ca.pem")?;
            }
        }
        times.push(begin.elapsed());
    }
    Ok((times, start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_their_whole_name() {
        let text = "# TYPE a histogram\na_sum_more 9\na_sum{x=\"1\"} 8\na_sum 12.5\na_count 4\n";
        assert_eq!(counted(text, "a_sum").unwrap(), 12.5);
        assert_eq!(counted(text, "a_count").unwrap(), 4.0);
        assert!(counted(text, "a").is_err());
        assert!(counted("", "a_sum").is_err());
    }

    #[test]
    fn the_quickest_run_counts() {
        let mut best = Best::default();
        for rate in [3.0, 5.0, 4.0] {
            best.take(rate, Times::default(), json!({ "batch": rate }));
        }
        assert_eq!(best.json["per_second"], 5.0);
        assert_eq!(best.json["more"]["batch"], 5.0);
    }
}
