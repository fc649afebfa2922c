use crate::{Caller, Domain, DomainError, DomainResult};
use strongroom_format::{transport, vault_payload};
use strongroom_store::LogKey;
use strongroom_types::*;
use strongroom_wire::{ProblemCode, VaultList, VaultRow};

impl Domain {
    /// The caller's role in a vault of its tenant. A vault that it is not a member of does not
    /// exist for it.
    pub(crate) async fn role_in(&self, caller: &Caller, vault: VaultId) -> DomainResult<Role> {
        let key = LogKey::vault(caller.tenant, vault);
        let role = match self.sequencer.members(key) {
            Some(members) => members.get(&caller.identity).copied(),
            None => {
                self.store
                    .member_role(caller.tenant, vault, caller.identity)
                    .await?
            }
        };
        role.ok_or_else(|| DomainError::new(ProblemCode::NotFound))
    }

    pub(crate) async fn require_role(
        &self,
        caller: &Caller,
        vault: VaultId,
        needed: Role,
    ) -> DomainResult<Role> {
        let role = self.role_in(caller, vault).await?;
        if role < needed {
            let detail = format!("this needs the role {needed}");
            return Err(DomainError::with(ProblemCode::Forbidden, detail));
        }
        Ok(role)
    }

    /// The vaults that the caller is a member of, and the head of its directory.
    pub async fn vaults(&self, caller: &Caller) -> DomainResult<VaultList> {
        // The directory first: what a vault's entries name is then never ahead of it for long.
        let directory = self.directory(caller.tenant).await?;
        let head = directory
            .head()
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        let rows = self.store.vaults_of(caller.tenant, caller.identity).await?;
        let vaults = rows
            .into_iter()
            .map(|row| VaultRow {
                vault: row.vault.vault,
                head_index: row.vault.head.index,
                head_hash: row.vault.head.hash,
                epoch: row.vault.epoch.0,
                role: row.role.to_string(),
                rekey_required: row.vault.rekey_required,
            })
            .collect();
        Ok(VaultList {
            vaults,
            directory_index: head.index,
            directory_hash: head.hash,
        })
    }

    /// `wraps/1`: the leaves of an epoch's entry and the caller's own wrap.
    pub async fn vault_wraps(
        &self,
        caller: &Caller,
        vault: VaultId,
        epoch: Epoch,
    ) -> DomainResult<Vec<u8>> {
        self.role_in(caller, vault).await?;
        let wraps = self
            .store
            .wraps(caller.tenant, vault, epoch, caller.identity)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        let carrier_index = wraps
            .own
            .as_ref()
            .map_or(wraps.carrier_index, |(_, index)| *index);
        let leaves = wraps
            .leaves
            .iter()
            .map(|leaf| vault_payload::WrapLeaf {
                identity: leaf.identity,
                generation: leaf.generation,
                wrap_hash: leaf.wrap_hash,
            })
            .collect();
        let own = wraps.own.map(|(wrap, _)| wrap.to_vec());
        Ok(transport::Wraps {
            leaves,
            own,
            carrier_index,
        }
        .to_bytes())
    }
}
