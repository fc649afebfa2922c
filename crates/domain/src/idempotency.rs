use crate::{Caller, Domain, DomainResult, locks::KeyGuard};
use strongroom_crypto::sha256_parts;
use strongroom_store::{AnswerKey, AnswerRow};
use strongroom_types::{AccountId, Digest, IdempotencyKey};

/// The answer that a write got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// From [`Domain::request_hash`].
    pub request_hash: Digest,
    pub status: u16,
    pub body: Vec<u8>,
}

/// Held while a write runs, so that its repetition waits for the answer.
pub struct IdempotencyTurn(#[expect(dead_code)] KeyGuard<(AccountId, IdempotencyKey)>);

fn answer_key(caller: &Caller, key: IdempotencyKey) -> AnswerKey {
    AnswerKey {
        tenant: caller.tenant,
        account: caller.account,
        key,
    }
}

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

    /// Waits until no other write of the account under this key runs.
    pub async fn idempotency_turn(&self, caller: &Caller, key: IdempotencyKey) -> IdempotencyTurn {
        IdempotencyTurn(self.write_locks.turn((caller.account, key)).await)
    }

    /// The answer that a write under this key got, if there was one.
    pub async fn stored_answer(
        &self,
        caller: &Caller,
        key: IdempotencyKey,
    ) -> DomainResult<Option<StoredAnswer>> {
        let row = self.store.lookup_answer(answer_key(caller, key)).await?;
        Ok(row.map(|row| StoredAnswer {
            request_hash: row.request_hash,
            status: row.status,
            body: row.body.to_vec(),
        }))
    }

    /// Keeps the answer of a write.
    pub async fn store_answer(
        &self,
        caller: &Caller,
        key: IdempotencyKey,
        answer: &StoredAnswer,
    ) -> DomainResult<()> {
        let row = AnswerRow {
            request_hash: answer.request_hash,
            status: answer.status,
            body: answer.body.clone().into(),
            created_ms: self.now_ms(),
        };
        Ok(self.store.put_answer(answer_key(caller, key), row).await?)
    }
}
