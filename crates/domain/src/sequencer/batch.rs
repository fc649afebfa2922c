use super::{
    files::{Overlay, Scene},
    rules::Beside,
    *,
};
use crate::{
    append::{check_author, new_entry},
    events::Notice,
};
use strongroom_format::{LogError, directory::DirectoryState, entry::Kind};
use strongroom_store::{Append, Effect, Head, NewEntry, StoreError};

/// How often a batch is put together anew when the log has moved on under it.
const TRIES: usize = 3;

/// The answer of a request that is part of a step.
struct Accepted {
    job: Job,
    first_index: u64,
    last_hash: Digest,
}

/// One step of the log, put together from requests.
struct Step {
    /// Where the log stands before it.
    expected_head: Option<Head>,
    accepted: Vec<Accepted>,
    entries: Vec<NewEntry>,
    effects: Vec<Effect>,
    /// Whether members or keys change.
    control: bool,
    /// Whether bytes of files go.
    erases: bool,
}

/// What one request adds to a step.
struct Addition {
    first_index: u64,
    last_hash: Digest,
    entries: Vec<NewEntry>,
    effects: Vec<Effect>,
}

fn answer(job: Job, result: DomainResult<Appended>) {
    // Whoever hung up will ask again and get its place.
    let _ = job.answer.send(result);
}

impl Domain {
    /// Puts requests in order and answers each of them.
    pub(super) async fn run_batch(&self, actor: &VaultActor, jobs: Vec<Job>) {
        let mut state = actor.state.lock().await;
        let mut groups = VecDeque::from([jobs]);
        let mut tries = 0;
        while let Some(jobs) = groups.pop_front() {
            let step = match self.prepare(actor, &mut state, jobs).await {
                Some(step) if !step.accepted.is_empty() => step,
                _ => continue,
            };
            match self.commit(actor, &mut state, step).await {
                Ok(()) => {}
                Err((jobs, error)) => {
                    *state = None;
                    actor.seen().clear();
                    let moved = matches!(error, StoreError::HeadMoved);
                    if moved && tries < TRIES {
                        tries += 1;
                        groups.push_front(jobs);
                    } else if !moved && blames_a_request(&error) && jobs.len() > 1 {
                        // One of them is at fault; it must not harm the others.
                        for job in jobs.into_iter().rev() {
                            groups.push_front(vec![job]);
                        }
                    } else {
                        for job in jobs {
                            answer(job, Err(error.clone().into()));
                        }
                    }
                }
            }
        }
    }

    /// Checks requests in order; those that fail are answered here.
    async fn prepare(
        &self,
        actor: &VaultActor,
        state: &mut Option<VaultState>,
        jobs: Vec<Job>,
    ) -> Option<Step> {
        let directory = match self.directory(actor.key.tenant).await {
            Ok(directory) => directory,
            Err(error) => {
                jobs.into_iter()
                    .for_each(|job| answer(job, Err(error.clone())));
                return None;
            }
        };
        if state.is_none() {
            match self.load_vault(actor.key, &directory).await {
                Ok(loaded) => {
                    actor.show_members(loaded.as_ref());
                    *state = loaded;
                }
                Err(error) => {
                    jobs.into_iter()
                        .for_each(|job| answer(job, Err(error.clone())));
                    return None;
                }
            }
        }
        let head = state.as_ref().and_then(VaultState::head);
        let mut step = Step {
            expected_head: head.map(|head| Head {
                index: head.index,
                hash: head.hash,
            }),
            accepted: Vec::with_capacity(jobs.len()),
            entries: Vec::with_capacity(jobs.len()),
            effects: Vec::new(),
            control: false,
            erases: false,
        };
        let mut overlay = Overlay::default();
        for job in jobs {
            if state.is_none() && job.genesis {
                let vault = actor.key.vault_id();
                *state = Some(VaultState::danger_without_data(
                    actor.key.tenant,
                    Some(vault),
                ));
            }
            let Some(state) = state.as_mut() else {
                answer(job, Err(no_such_vault()));
                continue;
            };
            match self.add(actor, state, &directory, &mut overlay, &job).await {
                Ok(Ok(addition)) => step.take(job, addition),
                Ok(Err(place)) => answer(job, Ok(place)),
                Err(error) => answer(job, Err(error)),
            }
        }
        if state.as_ref().is_some_and(|state| state.head().is_none()) {
            // A genesis that failed: there still is no vault.
            *state = None;
        }
        Some(step)
    }

    /// Checks a request and takes it into the state, or leaves everything as it was. The inner
    /// error is the place of a request that is in the log already.
    async fn add(
        &self,
        actor: &VaultActor,
        state: &mut VaultState,
        directory: &DirectoryState,
        overlay: &mut Overlay,
        job: &Job,
    ) -> DomainResult<Result<Addition, Appended>> {
        let raw = || {
            job.entries
                .iter()
                .map(|signed| signed.entry().clone())
                .collect::<Vec<_>>()
        };
        if state.head().is_some()
            && self.may_be_known(state, job)
            && let Some(place) = self
                .find_again(actor.key, &raw(), |device| state.tip(device))
                .await?
        {
            return Ok(Err(place));
        }
        if state.head().is_some() && state.member(job.caller.identity).is_none() {
            return Err(no_such_vault());
        }
        if let [_] = job.entries.as_slice() {
            // Every check stands before the only change.
            return self
                .try_add(actor, state, directory, overlay, job)
                .await
                .map(Ok);
        }
        let (mut next, mut next_overlay) = (state.clone(), overlay.clone());
        let addition = self
            .try_add(actor, &mut next, directory, &mut next_overlay, job)
            .await?;
        (*state, *overlay) = (next, next_overlay);
        Ok(Ok(addition))
    }

    fn may_be_known(&self, state: &VaultState, job: &Job) -> bool {
        job.entries.first().is_some_and(|signed| {
            let body = signed.entry().body();
            state
                .tip(body.device)
                .is_some_and(|tip| body.device_seq <= tip.device_seq)
        })
    }

    async fn try_add(
        &self,
        actor: &VaultActor,
        state: &mut VaultState,
        directory: &DirectoryState,
        overlay: &mut Overlay,
        job: &Job,
    ) -> DomainResult<Addition> {
        let now_ms = self.now_ms();
        let mut addition = Addition {
            first_index: state.next_index(),
            last_hash: Digest::ZERO,
            entries: Vec::with_capacity(job.entries.len()),
            effects: Vec::new(),
        };
        let mut beside = Beside::of(job);
        let mut control = false;
        for signed in &job.entries {
            let entry = signed.entry();
            check_author(&job.caller, entry, directory)?;
            check_current(state, signed)?;
            let scene = Scene {
                domain: self,
                key: actor.key,
                caller: &job.caller,
                role: state.member(job.caller.identity).map(|member| member.role),
                index: state.next_index(),
                now_ms,
            };
            let mut next_overlay = None;
            let single = job.entries.len() == 1;
            let place = if single {
                next_overlay.insert(overlay.clone())
            } else {
                &mut *overlay
            };
            let mut effects = scene
                .judge(state, directory, place, signed, &mut beside)
                .await?;
            if single {
                beside.finish()?;
            }
            let hash = self
                .seen_hash(actor, state, entry.body().seen_index)
                .await?;
            let applied = state.apply(signed, directory, &|_| hash)?;
            if let Some(next_overlay) = next_overlay {
                *overlay = next_overlay;
            }
            control |= entry.body().kind.is_control();
            addition.effects.append(&mut effects);
            addition.last_hash = applied.head.hash;
            addition
                .entries
                .push(new_entry(entry, applied.head, now_ms));
        }
        beside.finish()?;
        if control {
            addition.effects.push(Effect::SetVaultState {
                epoch: state.epoch(),
                rekey_required: state.rekey_required(),
            });
        }
        Ok(addition)
    }

    /// The chain hash that an author claims to have seen, if the state does not have it.
    async fn seen_hash(
        &self,
        actor: &VaultActor,
        state: &VaultState,
        index: u64,
    ) -> DomainResult<Option<Digest>> {
        if index >= state.next_index() || state.recent_hash(index).is_some() {
            return Ok(None);
        }
        if let Some(hash) = actor.seen().get(&index) {
            return Ok(Some(*hash));
        }
        let hash = self.store.entry_hash(actor.key, index).await?;
        let hash = hash.ok_or(LogError::Seen)?;
        let mut seen = actor.seen();
        if seen.len() >= SEEN_MOST {
            seen.clear();
        }
        seen.insert(index, hash);
        Ok(Some(hash))
    }

    /// Writes a step. On failure the requests come back, unanswered.
    async fn commit(
        &self,
        actor: &VaultActor,
        state: &mut Option<VaultState>,
        step: Step,
    ) -> Result<(), (Vec<Job>, StoreError)> {
        let Step {
            expected_head,
            accepted,
            entries,
            effects,
            control,
            erases,
        } = step;
        let count = entries.len() as u64;
        let now_ms = entries
            .first()
            .map(|entry| entry.appended_ms)
            .unwrap_or_default();
        let head = entries.last().map(|entry| Head {
            index: entry.index,
            hash: entry.chain_hash,
        });
        let jobs_back = |accepted: Vec<Accepted>| {
            accepted
                .into_iter()
                .map(|accepted| accepted.job)
                .collect::<Vec<_>>()
        };
        let append = Append {
            log: actor.key,
            expected_head,
            entries,
            effects,
        };
        if let Err(error) = self.store.append(append).await {
            return Err((jobs_back(accepted), error));
        }
        if control {
            actor.show_members(state.as_ref());
        }
        metrics::counter!("strongroom_entries_appended_total").increment(count);
        metrics::histogram!("strongroom_append_batch_requests").record(accepted.len() as f64);
        if let Some(head) = head {
            self.events.tell(Notice {
                log: actor.key,
                directory: false,
                head,
            });
        }
        let log = actor.key.log.to_string();
        for Accepted {
            job,
            first_index,
            last_hash,
        } in accepted
        {
            let appended = Appended {
                log: log.clone(),
                first_index,
                last_hash,
                appended_ms: now_ms,
            };
            answer(job, Ok(appended));
        }
        if erases && let Err(error) = self.collect_garbage().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "clearing out failed"
            );
        }
        Ok(())
    }
}

impl Step {
    fn take(&mut self, job: Job, mut addition: Addition) {
        self.control |= addition
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::SetVaultState { .. }));
        self.erases |= addition
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::EraseFileRevisions { .. }));
        self.entries.append(&mut addition.entries);
        let Addition {
            first_index,
            last_hash,
            effects,
            ..
        } = addition;
        for effect in effects {
            self.add_effect(effect);
        }
        self.accepted.push(Accepted {
            job,
            first_index,
            last_hash,
        });
    }

    /// Usage of one account is written once for a step.
    fn add_effect(&mut self, effect: Effect) {
        if let Effect::AddUsage { account, bytes, .. } = &effect {
            for known in &mut self.effects {
                if let Effect::AddUsage {
                    account: same,
                    bytes: sum,
                    ..
                } = known
                    && same == account
                {
                    *sum = sum.saturating_add(*bytes);
                    return;
                }
            }
        }
        self.effects.push(effect);
    }
}

/// What is out of date is said before anything else: its author seals again.
fn check_current(state: &VaultState, signed: &SignedEntry) -> Result<(), LogError> {
    let body = signed.entry().body();
    if body.epoch != state.epoch() {
        return Err(LogError::StaleEpoch {
            found: body.epoch,
            current: state.epoch(),
        });
    }
    if body.control_hash != state.control_hash() {
        return Err(LogError::StaleControl);
    }
    if state.rekey_required() && body.kind != Kind::Epoch {
        return Err(LogError::RekeyRequired);
    }
    Ok(())
}

/// Failures that come from what one request asks for, not from the store as a whole.
fn blames_a_request(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::AlreadyExists(_)
            | StoreError::NotFound
            | StoreError::Spent
            | StoreError::QuotaExceeded
            | StoreError::Incomplete
            | StoreError::OutOfRange(_)
    )
}
