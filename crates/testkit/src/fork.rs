//! The longest lie: a server that keeps two histories of one vault for two people. One of them
//! is the real server's. The other person's entries never reach it; they are kept here and
//! shown to that person only, with places and hashes as a server without keys makes them.

use crate::liar::{Answer, Asked, Liar};
use axum::http::StatusCode;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_format::entry::{Head, UnverifiedEntry};
use strongroom_format::transport::{Append, Page, PageEntry};
use strongroom_types::{Digest, VaultId};
use strongroom_wire::{Appended, VaultList};

/// Two histories of one vault, from the entry after `split` on.
pub struct Fork {
    vault: VaultId,
    /// The session that is shown the other history.
    token: String,
    split: Head,
    kept: Mutex<Kept>,
}

struct Kept {
    head: Head,
    branch: Vec<PageEntry>,
    /// What others sent since the split: the real history.
    others: Vec<UnverifiedEntry>,
}

impl Fork {
    /// From now on the session with `token` lives in a history of its own, which begins after
    /// `split`, the newest entry that everybody has seen.
    pub fn begin(liar: &Liar, vault: VaultId, token: String, split: Head) -> Arc<Self> {
        let fork = Arc::new(Self {
            vault,
            token,
            split,
            kept: Mutex::new(Kept {
                head: split,
                branch: Vec::new(),
                others: Vec::new(),
            }),
        });
        let take = Arc::clone(&fork);
        liar.take(Arc::new(move |asked| take.take(asked)));
        let show = Arc::clone(&fork);
        liar.tell(Arc::new(move |answer| show.show(answer)));
        fork
    }

    /// What others sent since the split, oldest first.
    pub fn others(&self) -> Vec<UnverifiedEntry> {
        self.kept().others.clone()
    }

    /// Shows the other history's reader an entry as the newest one.
    pub fn graft(&self, entry: UnverifiedEntry) {
        let mut kept = self.kept();
        self.put(&mut kept, vec![entry], 0);
    }

    /// Where the other history stands.
    pub fn head(&self) -> Head {
        self.kept().head
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, kept: &mut Kept, entries: Vec<UnverifiedEntry>, appended_ms: u64) {
        let log = Digest::from_bytes(*self.vault.as_bytes());
        for entry in entries {
            let index = kept.head.index + 1;
            let hash = entry.chain_hash(log, index, kept.head.hash);
            kept.head = Head { index, hash };
            kept.branch.push(PageEntry {
                index,
                appended_ms,
                entry,
            });
        }
    }

    fn entries_path(&self) -> String {
        format!("/v1/vaults/{}/entries", self.vault)
    }

    fn take(&self, asked: &Asked) -> Option<(StatusCode, Bytes)> {
        if asked.method != "POST" || asked.uri.path() != self.entries_path() {
            return None;
        }
        let append = Append::from_bytes(&asked.body).ok()?;
        let mut kept = self.kept();
        if asked.token.as_deref() != Some(&self.token) {
            kept.others.extend(append.entries);
            return None;
        }
        let first_index = kept.head.index + 1;
        let appended_ms = 1_000 * first_index;
        self.put(&mut kept, append.entries, appended_ms);
        let appended = Appended {
            log: self.vault.to_string(),
            first_index,
            last_hash: kept.head.hash,
            appended_ms,
        };
        let body = serde_json::to_vec(&appended).ok()?;
        Some((StatusCode::OK, Bytes::from(body)))
    }

    fn show(&self, answer: &mut Answer) -> bool {
        let theirs = answer.token.as_deref() == Some(&self.token);
        if answer.method != "GET" || !answer.status.is_success() || !theirs {
            return false;
        }
        if answer.path() == "/v1/vaults" {
            return self.show_list(answer);
        }
        answer.path() == self.entries_path() && self.show_page(answer)
    }

    fn show_list(&self, answer: &mut Answer) -> bool {
        let Ok(mut list) = serde_json::from_slice::<VaultList>(&answer.body) else {
            return false;
        };
        let head = self.kept().head;
        for row in list.vaults.iter_mut().filter(|row| row.vault == self.vault) {
            (row.head_index, row.head_hash) = (head.index, head.hash);
        }
        answer.body = Bytes::from(serde_json::to_vec(&list).unwrap_or_default());
        true
    }

    fn show_page(&self, answer: &mut Answer) -> bool {
        let Ok(mut page) = Page::from_bytes(&answer.body) else {
            return false;
        };
        let from = answer
            .query("after")
            .and_then(|after| after.parse::<u64>().ok())
            .map_or(0, |after| after + 1);
        let kept = self.kept();
        page.entries.retain(|entry| entry.index <= self.split.index);
        let branch = kept.branch.iter().filter(|entry| entry.index >= from);
        page.entries.extend(branch.cloned());
        page.head = kept.head;
        answer.body = Bytes::from(page.to_bytes());
        true
    }
}
