use rust_embed::RustEmbed;

/// What `cargo xtask web` packed; nothing where it never ran. In debug builds too the files are
/// in the program and not read from the disk.
#[derive(RustEmbed)]
#[folder = "../../web/packed"]
#[allow_missing = true]
pub struct Embedded;
