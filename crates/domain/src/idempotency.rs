use crate::{Caller, Domain, DomainError, DomainResult, locks::KeyGuard};
use strongroom_crypto::sha256_parts;
use strongroom_store::{AnswerKey, AnswerRow, KeptAnswer};
use strongroom_types::{AccountId, Digest, IdempotencyKey};
use strongroom_wire::ProblemCode;

/// The answer that a write got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What a write under a key finds.
pub enum WriteBegun {
    /// It has been done: this was the answer.
    Answered(StoredAnswer),
    /// It is to be done now; a repetition waits until the turn is dropped.
    Turn(WriteTurn),
}

/// Held while a write runs, so that its repetition waits for the answer.
pub struct WriteTurn {
    key: AnswerKey,
    request_hash: Digest,
    _guard: KeyGuard<(AccountId, IdempotencyKey)>,
}

/// An answer on its way into the store, together with the write that it belongs to.
#[derive(Debug)]
pub struct WriteAnswer(pub(crate) KeptAnswer);

impl Domain {
    /// What makes two requests the same one.
    pub fn request_hash(&self, method: &str, path: &str, body: &[u8]) -> Digest {
        let length = |text: &str| (text.len() as u64).to_be_bytes();
        sha256_parts(&[
            &length(method),
            method.as_bytes(),
            &length(path),
            path.as_bytes(),
            body,
        ])
    }

    /// Waits until no other write of the account under this key runs, and looks whether one
    /// was answered. `idempotency_mismatch` if that was another request.
    pub async fn begin_write(
        &self,
        caller: &Caller,
        key: IdempotencyKey,
        request_hash: Digest,
    ) -> DomainResult<WriteBegun> {
        let guard = self.write_locks.turn((caller.account, key)).await;
        let key = AnswerKey {
            tenant: caller.tenant,
            account: caller.account,
            key,
        };
        match self.store.lookup_answer(key).await? {
            Some(row) if row.request_hash != request_hash => {
                Err(DomainError::new(ProblemCode::IdempotencyMismatch))
            }
            Some(row) => Ok(WriteBegun::Answered(StoredAnswer {
                status: row.status,
                body: row.body.to_vec(),
            })),
            None => Ok(WriteBegun::Turn(WriteTurn {
                key,
                request_hash,
                _guard: guard,
            })),
        }
    }

    /// The answer of a write, to be handed to the use case that does it: it is kept in the
    /// same step, so that no crash comes between the two.
    pub fn write_answer(&self, turn: &WriteTurn, answer: &StoredAnswer) -> WriteAnswer {
        WriteAnswer(KeptAnswer {
            key: turn.key,
            row: AnswerRow {
                request_hash: turn.request_hash,
                status: answer.status,
                body: answer.body.clone().into(),
                created_ms: self.now_ms(),
            },
        })
    }

    /// Keeps the answer of a write that is done already. Only for writes that do no harm, and
    /// give an answer that is as good, when they are repeated without it.
    pub async fn store_answer(&self, turn: &WriteTurn, answer: &StoredAnswer) -> DomainResult<()> {
        let WriteAnswer(KeptAnswer { key, row }) = self.write_answer(turn, answer);
        Ok(self.store.put_answer(key, row).await?)
    }
}
