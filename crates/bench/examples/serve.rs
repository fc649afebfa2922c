#![allow(clippy::unwrap_used)]
fn main() {
    let mut args = std::env::args().skip(1);
    let data = args.next().unwrap();
    let listen = args.next().unwrap().parse().unwrap();
    let n = std::env::var("WORKERS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(n)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let options = strongroom_server::ServeOptions::new(data, listen);
            strongroom_server::serve(options, |ready| {
                strongroom_server::print_ready(&ready, true)
            })
            .await
            .unwrap();
        });
}
