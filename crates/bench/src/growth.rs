//! Appends and syncs of new entries at several sizes of one vault.

use crate::{
    fill::Filler,
    numbers::{Times, cpu_of},
    reader::reader,
    team::{Place, Team},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use strongroom_client::Client;

/// What `strongroom-bench growth` takes.
#[derive(clap::Args)]
pub struct GrowthArguments {
    #[command(flatten)]
    place: Place,
    /// Process number of the server, for its CPU time
    #[arg(long)]
    server_pid: u32,
    /// Entries at which to measure, growing
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    sizes: Vec<u64>,
}

const APPENDS: u32 = 1_000;
const SYNCS: u32 = 40;
const NEW_ENTRIES: u64 = 100;

/// Prints for each size what one append and one sync of 100 new entries cost.
pub async fn growth(arguments: &GrowthArguments) -> Result<()> {
    let mut team = Team::found(&arguments.place, 1)?;
    let client = reader(&team).await?;
    team.catch_up()?;
    let (team, mut hands) = team.into_hands()?;
    let mut filler = Filler::open(&team, hands.pop().context("a first device")?)?;
    let mut steps = Vec::new();
    let mut entries = 0;
    for size in &arguments.sizes {
        filler.reconnect(&team)?;
        filler.fill(size.saturating_sub(entries))?;
        client.sync().await?;
        settle()?;
        filler.reconnect(&team)?;
        steps.push(step(arguments, &mut filler, &client, *size).await?);
        entries = size + u64::from(APPENDS) + u64::from(SYNCS) * NEW_ENTRIES;
    }
    println!("{}", json!({ "steps": steps }));
    Ok(())
}

/// What the filling wrote shall not be on its way to the disk while appends are timed.
fn settle() -> Result<()> {
    let done = std::process::Command::new("sync").status()?;
    ensure!(done.success(), "cannot sync the disk");
    Ok(())
}

async fn step(
    arguments: &GrowthArguments,
    filler: &mut Filler,
    client: &Client,
    entries: u64,
) -> Result<Value> {
    let milliseconds = |time: Duration, count: u32| time.as_secs_f64() * 1e3 / f64::from(count);
    let server = arguments.server_pid.to_string();
    let before = cpu_of(&server)?;
    let mut appends = Times::default();
    for _ in 0..APPENDS {
        let start = Instant::now();
        filler.append(1)?;
        appends.push(start.elapsed());
    }
    let server_cpu = cpu_of(&server)?.saturating_sub(before);
    client.sync().await?;

    let (mut syncs, mut sync_cpu) = (Times::default(), Duration::ZERO);
    for _ in 0..SYNCS {
        filler.fill(NEW_ENTRIES)?;
        let (start, before) = (Instant::now(), cpu_of("self")?);
        client.sync().await?;
        syncs.push(start.elapsed());
        sync_cpu += cpu_of("self")?.saturating_sub(before);
    }
    Ok(json!({
        "entries": entries,
        "append_ms": milliseconds(appends.quantile(0.5), 1),
        "append_server_cpu_ms": milliseconds(server_cpu, APPENDS),
        "sync_ms": milliseconds(syncs.quantile(0.5), 1),
        "sync_cpu_ms": milliseconds(sync_cpu, SYNCS),
    }))
}
