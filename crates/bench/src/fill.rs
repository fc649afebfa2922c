//! Fills a vault with records, many in a request.

use crate::{
    team::{Hand, Team},
    wire::Connection,
};
use anyhow::Result;
use strongroom_format::transport::Append;
use strongroom_types::limits::APPEND_MAX_ENTRIES;

/// One device and its connection.
pub struct Filler {
    hand: Hand,
    connection: Connection,
    path: String,
}

impl Filler {
    pub fn open(team: &Team, hand: Hand) -> Result<Self> {
        Ok(Self {
            connection: team.connect()?,
            path: team.entries_path(),
            hand,
        })
    }

    /// A new connection: the server does not keep those on which nothing happens for long.
    pub fn reconnect(&mut self, team: &Team) -> Result<()> {
        self.connection = team.connect()?;
        Ok(())
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
