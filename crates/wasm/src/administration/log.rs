//! The audit log: the organisation's signed directory, entry by entry, in words' raw material.

use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::sync::malformed;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_format::directory::{DirectoryPayload, DirectoryState};
use strongroom_format::transport::Page;
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_types::*;
use strongroom_vault::directory::{self, DirectoryChange};

/// Most entries of one answer; the newest are given.
const LINES_MAX: usize = 20_000;

/// One entry: who did what to whom.
#[derive(Serialize)]
pub(crate) struct AuditLine {
    index: u64,
    /// When the server says it came; the order is proven, the time is not.
    appended_ms: TimestampMs,
    author: String,
    device: String,
    event: &'static str,
    /// Whom it is about, where that is somebody else, or a device.
    subject: Option<String>,
    role: Option<AccountRole>,
    expires_ms: Option<u64>,
    image_max_pixels: Option<u64>,
    offline_max_days: Option<u64>,
}

/// The log and how long it is.
#[derive(Serialize)]
pub(crate) struct AuditLog {
    total: usize,
    /// Newest first.
    lines: Vec<AuditLine>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// What happened in the organisation, from entries whose signatures and places were checked
    /// here just now.
    pub async fn audit_log(&mut self) -> Result<AuditLog> {
        self.refresh().await?;
        self.check_administrator()?;
        let changes = read_anew(self).await?;
        let state = &self.open.directory;
        let lines = changes.iter().rev().take(LINES_MAX);
        Ok(AuditLog {
            total: changes.len(),
            lines: lines.map(|change| line(state, change)).collect(),
        })
    }
}

/// Reads and verifies the directory from its first entry; it must lead to the known head.
async fn read_anew<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
) -> Result<Vec<DirectoryChange>> {
    let known = engine.open.directory.head();
    let mut state = DirectoryState::new(Some(engine.tenant()));
    let mut changes = Vec::new();
    loop {
        let after = state
            .head()
            .map_or_else(String::new, |head| format!("after={}&", head.index));
        let path = format!("/v1/directory/entries?{after}limit={PAGE_MAX_ENTRIES}");
        let auth = Auth::Session(&engine.open.token);
        let bytes = engine.platform.get_cbor(&path, auth).await?;
        let page = Page::from_bytes(&bytes).map_err(malformed)?;
        changes.extend(directory::apply_page(&mut state, &page.entries)?);
        let reached = state
            .head()
            .is_some_and(|head| head.index >= page.head.index);
        if reached || page.entries.is_empty() {
            directory::finish_sync(&state, page.head, known)?;
            break;
        }
    }
    if state.head().is_none() {
        return Err(CoreError::failed(
            "unexpected_answer",
            "the server showed an empty directory",
        ));
    }
    // It may have grown since the last reading.
    engine.set_directory(state).await?;
    Ok(changes)
}

fn line(state: &DirectoryState, change: &DirectoryChange) -> AuditLine {
    let name = |identity: IdentityId| {
        state
            .identity(identity)
            .map_or_else(|| identity.short(), |known| known.name.clone())
    };
    let device = state.device(change.device);
    let author = device.map(|device| device.identity);
    let mut line = AuditLine {
        index: change.head.index,
        appended_ms: change.appended_ms,
        author: author.map_or_else(|| change.device.short(), name),
        device: device.map_or_else(String::new, |device| device.name.clone()),
        event: "",
        subject: None,
        role: None,
        expires_ms: None,
        image_max_pixels: None,
        offline_max_days: None,
    };
    let other = |identity: IdentityId| (Some(identity) != author).then(|| name(identity));
    match &change.payload {
        DirectoryPayload::Genesis { .. } => line.event = "genesis",
        DirectoryPayload::Invite {
            account_role,
            expires_ms,
            ..
        } => {
            line.event = "invite";
            line.role = Some(*account_role);
            line.expires_ms = Some(*expires_ms);
        }
        DirectoryPayload::WithdrawInvite { invite } => {
            line.event = "withdraw_invite";
            line.role = state.invite(*invite).map(|known| known.account_role);
        }
        DirectoryPayload::Join { invite, .. } => {
            line.event = "join";
            line.subject = state.invite(*invite).map(|known| name(known.inviter));
        }
        DirectoryPayload::Device { device_name, .. } => {
            line.event = "device";
            line.subject = Some(device_name.clone());
        }
        DirectoryPayload::RevokeDevice {
            identity, device, ..
        } => {
            line.event = match other(*identity) {
                Some(_) => "revoke_device_of",
                None => "revoke_device",
            };
            line.subject =
                other(*identity).or_else(|| state.device(*device).map(|known| known.name.clone()));
        }
        DirectoryPayload::WrapGeneration { .. } => line.event = "renew_keys",
        DirectoryPayload::AccountRole {
            identity,
            account_role,
        } => {
            line.event = "account_role";
            line.subject = Some(name(*identity));
            line.role = Some(*account_role);
        }
        DirectoryPayload::Retire { identity } => {
            line.event = "retire";
            line.subject = Some(name(*identity));
        }
        DirectoryPayload::Policy {
            image_max_pixels,
            offline_max_days,
            ..
        } => {
            line.event = "policy";
            line.image_max_pixels = Some(*image_max_pixels);
            line.offline_max_days = Some(*offline_max_days);
        }
        DirectoryPayload::Recover { identity, .. } => {
            line.event = "recover";
            line.subject = Some(name(*identity));
        }
        DirectoryPayload::IdentityRenewal(_) => line.event = "renew_identity",
    }
    line
}
