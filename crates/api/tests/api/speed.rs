use crate::support::*;
use futures::future::join_all;
use std::sync::Arc;
use strongroom_format::transport::Append;
use strongroom_types::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore]
async fn speed() {
    let world = Arc::new(World::new());
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let mut people = vec![ada];
    for n in 0..15 {
        let person = world.colleague(&people[0], &format!("Person {n}")).await;
        world
            .add_member(&people[0], vault, &person, Role::Writer)
            .await
            .ok();
        people.push(person);
    }
    let (state, directory) = world.vault(&people[0], vault).await;
    let mut requests = Vec::new();
    for person in &people {
        let mut tip = state
            .tip(person.device_id())
            .map(|tip| (tip.device_seq, tip.body_hash));
        let mut own = Vec::new();
        for _ in 0..1000 {
            let entry = world.entry_after(&state, &directory, person, &world.record(), tip);
            tip = Some((entry.body().device_seq, entry.body_hash()));
            own.push(Append::of(vec![entry]));
        }
        requests.push((person.token().unwrap().to_owned(), own));
    }
    let path = format!("/v1/vaults/{vault}/entries");
    let start = std::time::Instant::now();
    let tasks = requests.into_iter().map(|(token, own)| {
        let (world, path) = (world.clone(), path.clone());
        tokio::spawn(async move {
            for append in own {
                world
                    .cbor(&path, Some(&token), append.to_bytes())
                    .await
                    .ok();
            }
        })
    });
    join_all(tasks).await;
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} appends/s", 16_000.0 / seconds);
}
