//! The server of a world: it can end and start again on what it stored.

use anyhow::Result;
use std::net::SocketAddr;
use std::path::PathBuf;
use strongroom_server::{RunningServer, ServeOptions, WrapRouter, start};

/// A server in this process.
pub struct Server {
    /// For clients, without a path.
    pub url: String,
    /// Where it listens.
    pub addr: SocketAddr,
    /// The certificate to check connections against.
    pub ca_file: PathBuf,
    /// The set-up code it printed at its first start.
    pub setup_code: Option<String>,
    data: PathBuf,
    running: Option<RunningServer>,
}

impl Server {
    pub(super) async fn start(options: ServeOptions) -> Result<Self> {
        let data = options.data.clone();
        let running = start(options).await?;
        Ok(Self {
            url: running.url.clone(),
            addr: running.addr,
            ca_file: running.ca_file.clone(),
            setup_code: running.setup_code.clone(),
            data,
            running: Some(running),
        })
    }

    pub(super) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    pub(super) async fn restart(&mut self, wrap: WrapRouter) -> Result<()> {
        self.stop().await;
        let mut options = ServeOptions::new(&self.data, self.addr);
        options.wrap_router = Some(wrap);
        self.running = Some(start(options).await?);
        Ok(())
    }
}
