//! The lies that a server may tell, each a function that makes one.

use crate::liar::Answer;
pub use crate::liar::Lie;
use axum::http::{HeaderValue, StatusCode, header};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_format::entry::{Head, UnverifiedEntry};
use strongroom_format::transport::{Page, PageEntry, Wraps};
use strongroom_format::wallet::StoredWallet;
use strongroom_types::Digest;
use strongroom_wire::{Base64Bytes, InviteView, PROBLEM_MEDIA_TYPE, WalletView};

/// Several lies at once.
pub fn all(lies: Vec<Lie>) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        let mut told = false;
        for lie in &lies {
            told |= lie(answer);
        }
        told
    })
}

/// Which log a lie is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    Directory,
    Vault,
}

impl Log {
    fn matches(self, path: &str) -> bool {
        match self {
            Log::Directory => path == "/v1/directory/entries",
            Log::Vault => path.starts_with("/v1/vaults/") && path.ends_with("/entries"),
        }
    }
}

/// Changes the list of entries of every page that starts at 0; places, chain and head are
/// computed anew, so that the lie is as good as a server without keys can make it.
pub fn rewrite_log(
    log: Log,
    change: impl Fn(&mut Vec<PageEntry>) -> bool + Send + Sync + 'static,
) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        if answer.method != "GET" || !answer.status.is_success() || !log.matches(answer.path()) {
            return false;
        }
        let Ok(mut page) = Page::from_bytes(&answer.body) else {
            return false;
        };
        if page.entries.first().is_none_or(|first| first.index != 0) || !change(&mut page.entries) {
            return false;
        }
        answer.body = Bytes::from(renumber(page).to_bytes());
        true
    })
}

fn renumber(page: Page) -> Page {
    let Some(first) = page.entries.first() else {
        return page;
    };
    let log = first.entry.body_hash();
    let mut head = Head {
        index: 0,
        hash: Digest::ZERO,
    };
    let entries = page
        .entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| {
            let index = index as u64;
            head = Head {
                index,
                hash: entry.entry.chain_hash(log, index, head.hash),
            };
            PageEntry { index, ..entry }
        })
        .collect();
    Page { head, entries }
}

/// Shows an entry as the newest one of a log to whoever reads the log from its beginning.
pub fn append_to_log(log: Log, entry: UnverifiedEntry) -> Lie {
    rewrite_log(log, move |entries| {
        let Some(last) = entries.last().cloned() else {
            return false;
        };
        entries.push(PageEntry {
            entry: entry.clone(),
            ..last
        });
        true
    })
}

/// Shows a log as if nothing had come since its first `keep` entries, also to whoever has read
/// that far and asks for more.
pub fn truncate_log(log: Log, keep: usize) -> Lie {
    let shorten = rewrite_log(log, move |entries| {
        let longer = entries.len() > keep;
        entries.truncate(keep);
        longer
    });
    let end: Mutex<Option<Head>> = Mutex::new(None);
    Arc::new(move |answer: &mut Answer| {
        let shortened = shorten(answer);
        if answer.method != "GET" || !answer.status.is_success() || !log.matches(answer.path()) {
            return false;
        }
        let Ok(page) = Page::from_bytes(&answer.body) else {
            return false;
        };
        let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
        if shortened {
            *end = Some(page.head);
            return true;
        }
        match *end {
            Some(head) if page.entries.first().is_some_and(|first| first.index > 0) => {
                let mut entries = page.entries;
                entries.retain(|entry| entry.index <= head.index);
                answer.body = Bytes::from(Page { head, entries }.to_bytes());
                true
            }
            _ => false,
        }
    })
}

/// Rewrites an entry with another payload, body and signatures untouched.
pub fn with_payload(entry: &UnverifiedEntry, payload: Option<&[u8]>) -> UnverifiedEntry {
    UnverifiedEntry::from_parts(entry.body_bytes(), entry.signatures_bytes(), payload)
        .unwrap_or_else(|_| entry.clone())
}

/// Rewrites raw bytes of an answer below a path.
pub fn rewrite_bytes(
    matches: impl Fn(&str) -> bool + Send + Sync + 'static,
    change: impl Fn(&mut Vec<u8>) -> bool + Send + Sync + 'static,
) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        if answer.method != "GET" || !answer.status.is_success() || !matches(answer.path()) {
            return false;
        }
        let mut body = answer.body.to_vec();
        let changed = change(&mut body);
        answer.body = Bytes::from(body);
        changed
    })
}

/// Answers 404 below a path.
pub fn deny(matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        if answer.method != "GET" || !matches(answer.path()) {
            return false;
        }
        answer.status = StatusCode::NOT_FOUND;
        answer.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(PROBLEM_MEDIA_TYPE),
        );
        let problem = serde_json::json!({
            "type": "urn:strongroom:problem:not_found",
            "title": "Not found",
            "status": 404,
            "code": "not_found",
        });
        answer.body = Bytes::from(problem.to_string());
        true
    })
}

/// Remembers the first answer below a path and gives it for ever after: a rollback.
pub fn freeze(matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Lie {
    let first: Mutex<Option<Bytes>> = Mutex::new(None);
    Arc::new(move |answer: &mut Answer| {
        if answer.method != "GET" || !answer.status.is_success() || !matches(answer.path()) {
            return false;
        }
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        match &*first {
            Some(old) => {
                answer.body = old.clone();
                true
            }
            None => {
                *first = Some(answer.body.clone());
                false
            }
        }
    })
}

/// Changes the wallet that the server gives out.
pub fn rewrite_wallet(change: impl Fn(&mut StoredWallet) + Send + Sync + 'static) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        if answer.method != "GET" || !answer.status.is_success() || answer.path() != "/v1/wallet" {
            return false;
        }
        let Ok(mut view) = serde_json::from_slice::<WalletView>(&answer.body) else {
            return false;
        };
        let Ok(mut wallet) = StoredWallet::from_bytes(&view.wallet.0) else {
            return false;
        };
        change(&mut wallet);
        view.wallet = Base64Bytes(wallet.to_bytes());
        answer.body = Bytes::from(serde_json::to_vec(&view).unwrap_or_default());
        true
    })
}

/// Changes the wraps of an epoch.
pub fn rewrite_wraps(change: impl Fn(&mut Wraps) + Send + Sync + 'static) -> Lie {
    rewrite_bytes(
        |path| path.contains("/wraps/"),
        move |body| {
            let Ok(mut wraps) = Wraps::from_bytes(body) else {
                return false;
            };
            change(&mut wraps);
            *body = wraps.to_bytes();
            true
        },
    )
}

/// Changes what a joiner gets with an invitation.
pub fn rewrite_invite(change: impl Fn(&mut InviteView) + Send + Sync + 'static) -> Lie {
    Arc::new(move |answer: &mut Answer| {
        if !answer.status.is_success() || !answer.path().starts_with("/v1/invites/") {
            return false;
        }
        let Ok(mut view) = serde_json::from_slice::<InviteView>(&answer.body) else {
            return false;
        };
        change(&mut view);
        answer.body = Bytes::from(serde_json::to_vec(&view).unwrap_or_default());
        true
    })
}
