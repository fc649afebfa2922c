//! A quick look at the bulk speed of one core: `cargo run --release --example speed`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

use std::{hint::black_box, time::Instant};
use strongroom_crypto::{
    DangerSeededRng, SymmetricKey,
    sealed_box::{Opener, Sealer},
    sign::SignSecret,
    tree::TreeHasher,
    wrap::WrapSecret,
};

const CHUNKS: usize = 512;

fn main() {
    let mut rng = DangerSeededRng::new(1);
    let key = SymmetricKey::make(&mut rng);
    let sealer = Sealer::new(&key, b"speed", &mut rng);
    let opener = Opener::new(&key, b"speed", sealer.header()).unwrap();
    let plain = vec![7; CHUNKS * 16_384];
    let mut sealed = Vec::with_capacity(CHUNKS * 16_400);
    bulk("seal_chunk", plain.len(), || {
        sealed.clear();
        for (index, chunk) in plain.as_chunks::<16_384>().0.iter().enumerate() {
            sealer.seal_chunk(index as u64, chunk, &mut sealed).unwrap();
        }
    });
    let mut buffer = vec![0; CHUNKS * 16_400];
    bulk("seal_in_place", plain.len(), || {
        for (index, chunk) in buffer.chunks_mut(16_400).enumerate() {
            sealer.seal_in_place(index as u64, chunk, 16_384).unwrap();
        }
    });
    bulk("copy and open_chunk", plain.len(), || {
        buffer.copy_from_slice(&sealed);
        for (index, chunk) in buffer.chunks_mut(16_400).enumerate() {
            opener.open_chunk(index as u64, false, chunk).unwrap();
        }
    });
    for (name, piece) in [
        ("tree, 8 MiB pieces", 8 << 20),
        ("tree, 16400-byte pieces", 16_400),
    ] {
        bulk(name, sealed.len(), || {
            let mut hasher = TreeHasher::new();
            let mut leaves = Vec::with_capacity(32 * CHUNKS);
            for piece in sealed.chunks(piece) {
                hasher.update(piece, &mut leaves);
            }
            black_box(hasher.finish(&mut leaves));
        });
    }
    let secret = SignSecret::make(&mut rng);
    let (one, both) = (secret.sign_ed25519(b"m"), secret.sign_both(b"m"));
    each("sign Ed25519", || {
        drop(black_box(secret.sign_ed25519(b"m").to_vec()))
    });
    each("verify Ed25519", || {
        secret.public().verify_ed25519(b"m", &one).unwrap()
    });
    each("sign both", || drop(black_box(secret.sign_both(b"m"))));
    each("verify both", || {
        secret.public().verify_both(b"m", &both).unwrap()
    });
    each("make SignSecret", || {
        drop(black_box(SignSecret::make(&mut DangerSeededRng::new(2))))
    });
    let wrap_secret = WrapSecret::make(&mut rng);
    let public = wrap_secret.public();
    let wrap = public.wrap(b"c", &key, &mut rng).unwrap();
    each("wrap", || {
        drop(black_box(public.wrap(b"c", &key, &mut rng).unwrap()))
    });
    each("unwrap", || {
        drop(black_box(wrap_secret.unwrap(b"c", &wrap).unwrap()))
    });
}

fn bulk(name: &str, bytes: usize, mut work: impl FnMut()) {
    work();
    let start = Instant::now();
    for _ in 0..100 {
        work();
    }
    let rate = (100 * bytes) as f64 / start.elapsed().as_secs_f64() / 1e9;
    println!("{name:24} {rate:6.2} GB/s");
}

fn each(name: &str, mut work: impl FnMut()) {
    work();
    let start = Instant::now();
    for _ in 0..200 {
        work();
    }
    println!(
        "{name:24} {:6.1} us",
        start.elapsed().as_secs_f64() * 1e6 / 200.0
    );
}
