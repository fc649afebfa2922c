//! The real server, over TLS and from outside, among people who mean it no good. The client
//! here is made of `spec/http.md` alone, and sends what no client of ours would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod bounds;
mod entries;
mod files;
mod fuzz;
mod limits;
mod lockout;
mod matrix;
mod mutate;
mod parts;
mod people;
mod rates;
mod raw;
mod repeat;
mod scene;
mod wire;
mod world;
