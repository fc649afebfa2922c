//! The server put together: one data folder, its own certificate authority, TLS, the API,
//! background work. The blind side ends here: nothing in this crate can open a box.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod accept;
mod acme;
mod assets;
mod background;
mod certificates;
mod clock;
mod disks;
mod folder;
mod idle;
mod local;
mod options;
mod places;
mod serve;
mod start;
mod start_error;
mod telemetry;
#[cfg(test)]
mod testing;
mod tls;
mod traces;

pub use accept::ConnectionLimits;
pub use acme::{AcmeDirectory, AcmeName, AcmeOptions, AcmeStatus};
pub use assets::{CONTENT_SECURITY_POLICY, ClientFile, WebClient};
pub use clock::SystemClock;
pub use folder::{DataFolder, FolderError};
pub use options::{ServeOptions, WrapRouter};
pub use serve::{Ready, print_ready, serve};
pub use start::{RunningServer, start};
pub use start_error::StartError;
pub use strongroom_api::RateLimits;
pub use traces::OtlpEndpoint;
