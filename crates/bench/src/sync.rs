//! A new device's first sync of a large vault, then questions to what it holds.

use crate::{
    fill::Filler,
    numbers::{Times, cpu_of},
    reader::reader,
    team::{Place, Team, table},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Instant;
use strongroom_client::{Client, Query};

/// What `strongroom-bench sync` takes.
#[derive(clap::Args)]
pub struct SyncArguments {
    #[command(flatten)]
    place: Place,
    /// Process number of the server, for its CPU time
    #[arg(long)]
    server_pid: u32,
    /// Records in the vault
    #[arg(long, default_value_t = 100_000)]
    records: u64,
}

const QUESTIONS: usize = 21;

/// Fills a vault, syncs it to another device, asks it; prints what that cost.
pub async fn sync(arguments: &SyncArguments) -> Result<()> {
    let mut team = Team::found(&arguments.place, 1)?;
    let client = reader(&team).await?;
    team.catch_up()?;
    let (team, mut hands) = team.into_hands()?;
    let hand = hands.pop().context("a first device")?;
    Filler::open(&team, hand)?.fill(arguments.records)?;

    let server = arguments.server_pid.to_string();
    let (server_before, own_before) = (cpu_of(&server)?, cpu_of("self")?);
    let start = Instant::now();
    client.sync().await?;
    let wall = start.elapsed().as_secs_f64();
    let own = cpu_of("self")?.saturating_sub(own_before);
    let served = cpu_of(&server)?.saturating_sub(server_before);

    let filter = ask(&client, &team, "status = open and amount > 900", None).await?;
    let sort = ask(&client, &team, "client = \"Client 7\"", Some("-amount")).await?;
    let contains = ask(&client, &team, "title ~ \"number 4242\"", None).await?;
    let answer = json!({
        "records": arguments.records,
        "wall_seconds": wall,
        "cpu_seconds": own.as_secs_f64(),
        "server_cpu_seconds": served.as_secs_f64(),
        "filter": filter,
        "sort": sort,
        "contains": contains,
    });
    println!("{answer}");
    Ok(())
}

async fn ask(client: &Client, team: &Team, filter: &str, sort: Option<&str>) -> Result<Value> {
    let name = &table()?.name;
    let query = Query {
        filter: Some(filter.to_owned()),
        sort: sort.map(str::to_owned),
        limit: Some(100),
        ..Query::default()
    };
    let mut times = Times::default();
    for round in 0..=QUESTIONS {
        let start = Instant::now();
        let found = client.record_list(team.vault(), name, &query).await?;
        // the first may still warm up
        if round > 0 {
            times.push(start.elapsed());
        }
        ensure!(!found.records.is_empty(), "{filter} finds nothing");
    }
    Ok(times.json())
}
