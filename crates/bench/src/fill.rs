//! Fills a vault with records, many in a request.

use crate::{
    team::{Hand, Team},
    wire::Connection,
};
use anyhow::Result;
use strongroom_client::Client;
use strongroom_format::transport::Append;
use strongroom_types::limits::APPEND_MAX_ENTRIES;

/// One device and its connection.
pub struct Filler {
    hand: Hand,
    connection: Connection,
    path: String,
}

impl Filler {
    /// The client must have synced; its own profile does not hear of what is written here
    /// until it syncs again.
    pub fn open(team: &Team, client: &Client) -> Result<Self> {
        let hand = team.hand(client)?;
        Ok(Self {
            connection: Connection::open(team.url(), team.ca_file(), &hand.token)?,
            path: format!("/v1/vaults/{}/entries", team.vault()),
            hand,
        })
    }

    /// Appends `count` records.
    pub fn fill(&mut self, count: u64) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let batch = left.min(APPEND_MAX_ENTRIES as u64);
            self.append(usize::try_from(batch)?)?;
            left -= batch;
        }
        Ok(())
    }

    /// Appends these many in one request.
    pub fn append(&mut self, count: usize) -> Result<()> {
        let body = Append::of(self.hand.entries(count)?).to_bytes();
        self.connection.post(&self.path, &body)
    }
}
