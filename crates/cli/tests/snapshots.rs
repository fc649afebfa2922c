//! What the program prints for `--help` of every command, and for wrong usage. After a wanted
//! change: `TRYCMD=overwrite cargo test -p strongroom --test snapshots`.

#[test]
fn commands() {
    trycmd::TestCases::new()
        .register_bin(
            "strongroom",
            std::path::Path::new(env!("CARGO_BIN_EXE_strongroom")),
        )
        .env("STRONGROOM_HOME", "no-profile-here")
        .env("NO_COLOR", "1")
        .case("tests/cmd/*.md");
}
