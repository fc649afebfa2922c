//! The directory of a tenant: replayed once, kept in memory, appended to one step at a time.

use crate::{
    Caller, Domain, DomainError, DomainResult, Scope,
    append::{check_author, check_not_foreign, new_entry},
    error::refuse,
    events::Notice,
};
use std::sync::{Arc, PoisonError, RwLock};
use strongroom_format::{
    directory::{DirectoryPayload, DirectoryState},
    entry::{Kind, UnverifiedEntry},
    transport,
};
use strongroom_store::{Append, Effect, Head, LogKey, PageQuery, StoreError};
use strongroom_types::*;
use strongroom_wire::{Appended, ProblemCode};

/// Whoever may read a directory: its members, and the holders of its open invitations.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryReader {
    pub(crate) tenant: TenantId,
}

impl DirectoryReader {
    /// The directory of the caller's own tenant.
    pub fn of(caller: &Caller) -> Self {
        Self {
            tenant: caller.tenant,
        }
    }

    pub(crate) fn of_tenant(tenant: TenantId) -> Self {
        Self { tenant }
    }
}

/// One directory. Readers take a snapshot; writers take turns.
#[derive(Default)]
pub(crate) struct DirectoryActor {
    turn: tokio::sync::Mutex<()>,
    state: RwLock<Option<Arc<DirectoryState>>>,
}

impl DirectoryActor {
    fn get(&self) -> Option<Arc<DirectoryState>> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, state: Option<Arc<DirectoryState>>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// Judges an entry that is valid by itself, and says what follows from it. It sees the
/// directory after the entry.
pub(crate) type DirectoryRule<'a> = dyn FnMut(&UnverifiedEntry, &DirectoryPayload, &DirectoryState) -> DomainResult<Vec<Effect>>
    + Send
    + 'a;

impl Domain {
    /// The directory as it stands.
    pub(crate) async fn directory(&self, tenant: TenantId) -> DomainResult<Arc<DirectoryState>> {
        let actor = self.sequencer.directory(tenant);
        if let Some(state) = actor.get() {
            return Ok(state);
        }
        let _turn = actor.turn.lock().await;
        self.directory_in_turn(&actor, tenant).await
    }

    async fn directory_in_turn(
        &self,
        actor: &DirectoryActor,
        tenant: TenantId,
    ) -> DomainResult<Arc<DirectoryState>> {
        if let Some(state) = actor.get() {
            return Ok(state);
        }
        let state = Arc::new(self.load_directory(tenant).await?);
        actor.set(Some(state.clone()));
        Ok(state)
    }

    async fn load_directory(&self, tenant: TenantId) -> DomainResult<DirectoryState> {
        let mut state = DirectoryState::new(Some(tenant));
        loop {
            let query = PageQuery {
                after: state.head().map(|head| head.index),
                limit: limits::PAGE_MAX_ENTRIES,
                max_bytes: limits::PAGE_TARGET_BYTES,
                control_only: false,
            };
            let page = self.store.page(LogKey::directory(tenant), query).await?;
            let page = page.ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
            if page.entries.is_empty() {
                return Ok(state);
            }
            for row in page.entries {
                let entry =
                    UnverifiedEntry::from_parts(&row.body, &row.signatures, row.payload.as_deref())
                        .map_err(|error| DomainError::Damaged("a directory", error.into()))?;
                state
                    .apply(&entry)
                    .map_err(|error| DomainError::Damaged("a directory", error))?;
            }
        }
    }

    /// Appends entries, all or none; on disk when it returns. An append that is already there
    /// is answered with its place, without asking `rule`.
    pub(crate) async fn commit_directory(
        &self,
        tenant: TenantId,
        entries: &[UnverifiedEntry],
        rule: &mut DirectoryRule<'_>,
    ) -> DomainResult<Appended> {
        let actor = self.sequencer.directory(tenant);
        let _turn = actor.turn.lock().await;
        let before = self.directory_in_turn(&actor, tenant).await?;
        let log = LogKey::directory(tenant);
        if let Some(place) = self
            .find_again(log, entries, |device| before.tip(device))
            .await?
        {
            return Ok(place);
        }
        let now_ms = self.now_ms();
        let head = before
            .head()
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        let mut after = DirectoryState::clone(&before);
        let (mut rows, mut effects) = (Vec::new(), Vec::new());
        for entry in entries {
            let (payload, head) = after.apply(entry)?;
            effects.append(&mut rule(entry, &payload, &after)?);
            rows.push(new_entry(entry, head, now_ms));
        }
        let rights_change = effects.iter().any(|effect| {
            matches!(
                effect,
                Effect::RetireAccount { .. }
                    | Effect::SetAccountRole { .. }
                    | Effect::EndOtherSessions { .. }
            )
        });
        let append = Append {
            log,
            expected_head: Some(Head {
                index: head.index,
                hash: head.hash,
            }),
            entries: rows,
            effects,
        };
        if let Err(error) = self.store.append(append).await {
            if matches!(error, StoreError::HeadMoved) {
                actor.set(None);
            }
            return Err(error.into());
        }
        let new_head = after
            .head()
            .ok_or_else(|| DomainError::new(ProblemCode::Internal))?;
        actor.set(Some(Arc::new(after)));
        if rights_change {
            self.sessions.forget();
            self.quotas.forget();
        }
        metrics::counter!("strongroom_entries_appended_total").increment(entries.len() as u64);
        self.events.tell(Notice {
            log,
            directory: true,
            head: Head {
                index: new_head.index,
                hash: new_head.hash,
            },
        });
        Ok(Appended {
            log: tenant.to_string(),
            first_index: head.index.saturating_add(1),
            last_hash: new_head.hash,
            appended_ms: now_ms,
        })
    }

    /// The same for entries whose author has to be the caller.
    pub(crate) async fn commit_own_directory(
        &self,
        caller: &Caller,
        entries: &[UnverifiedEntry],
        rule: &mut DirectoryRule<'_>,
    ) -> DomainResult<Appended> {
        // Also what is there already is told to its author alone.
        let directory = self.directory(caller.tenant).await?;
        for entry in entries {
            check_not_foreign(caller, entry, &directory)?;
        }
        self.commit_directory(caller.tenant, entries, &mut |entry, payload, directory| {
            check_author(caller, entry, directory)?;
            rule(entry, payload, directory)
        })
        .await
    }

    /// Appends to the caller's directory (`append/1`). Genesis, invitations and joins have use
    /// cases of their own.
    pub async fn append_directory(&self, caller: &Caller, body: &[u8]) -> DomainResult<Appended> {
        let append = transport::Append::from_bytes(body)?;
        if !append.wraps.is_empty() || !append.link_boxes.is_empty() {
            return refuse(ProblemCode::Malformed, "a directory takes entries only");
        }
        let mut renews = false;
        for entry in &append.entries {
            check_kind(caller, entry.body().kind)?;
            renews |= entry.body().kind == Kind::IdentityRenewal;
        }
        if renews {
            self.check_renewals(caller).await?;
        }
        let mut renewed = false;
        let mut rule = |_: &UnverifiedEntry, payload: &DirectoryPayload, _: &DirectoryState| {
            Ok(match payload {
                DirectoryPayload::AccountRole {
                    identity,
                    account_role,
                } => {
                    vec![Effect::SetAccountRole {
                        identity: *identity,
                        account_role: *account_role,
                    }]
                }
                DirectoryPayload::Recover { identity, .. } => vec![Effect::SetAccountRole {
                    identity: *identity,
                    account_role: AccountRole::Admin,
                }],
                DirectoryPayload::Retire { identity } => {
                    vec![Effect::RetireAccount {
                        identity: *identity,
                    }]
                }
                DirectoryPayload::WithdrawInvite { invite } => {
                    vec![Effect::WithdrawInvite { invite: *invite }]
                }
                DirectoryPayload::IdentityRenewal(renewal) => {
                    renewed = true;
                    vec![Effect::EndOtherSessions {
                        identity: renewal.identity,
                        except: caller.session,
                    }]
                }
                DirectoryPayload::Device { .. }
                | DirectoryPayload::RevokeDevice { .. }
                | DirectoryPayload::WrapGeneration { .. }
                | DirectoryPayload::Policy { .. } => Vec::new(),
                DirectoryPayload::Genesis { .. }
                | DirectoryPayload::Invite { .. }
                | DirectoryPayload::Join { .. } => {
                    return refuse(
                        ProblemCode::Malformed,
                        "this kind has an operation of its own",
                    );
                }
            })
        };
        let appended = self
            .commit_own_directory(caller, &append.entries, &mut rule)
            .await?;
        if renewed {
            self.count_renewal(caller).await?;
        }
        Ok(appended)
    }
}

fn check_kind(caller: &Caller, kind: Kind) -> DomainResult<()> {
    if !kind.is_directory() {
        return refuse(
            ProblemCode::Malformed,
            "a vault's entry can't stand in a directory",
        );
    }
    if matches!(kind, Kind::DirectoryGenesis | Kind::Invite | Kind::Join) {
        return refuse(
            ProblemCode::Malformed,
            "this kind has an operation of its own",
        );
    }
    let own_keys = matches!(
        kind,
        Kind::Device | Kind::RevokeDevice | Kind::WrapGeneration
    );
    if caller.scope == Scope::Recovery && !own_keys {
        return refuse(
            ProblemCode::Forbidden,
            "a recovery session renews its own keys only",
        );
    }
    Ok(())
}
