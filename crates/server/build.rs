//! The web client is embedded (`src/assets/embedded.rs`): files that come or go there must
//! compile this crate again.

fn main() {
    println!("cargo::rerun-if-changed=../../web/packed");
}
