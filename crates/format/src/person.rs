//! A person as the directory introduces them: name, keys, certificates.

use crate::cbor::{Blob, to_cbor};
use crate::signing::{SignatureKind, Signatures, wrap_key_hash};
use crate::{FormatError, LogError, context, names};
use minicbor::{Decode, Encode};
use strongroom_crypto::sign::SignPublic;
use strongroom_crypto::wrap::WrapPublic;
use strongroom_types::*;

/// `person` of formats, section 5.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Person {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub identity_public: Blob,
    #[n(2)]
    pub device_public: Blob,
    #[n(3)]
    pub device_name: String,
    #[n(4)]
    pub wrap_public: Blob,
    #[n(5)]
    pub device_signatures: Signatures,
    #[n(6)]
    pub wrap_signatures: Signatures,
}

/// A person whose certificates verify.
pub struct VerifiedPerson {
    pub name: String,
    pub identity: IdentityId,
    pub identity_public: SignPublic,
    pub device: DeviceId,
    pub device_public: SignPublic,
    pub device_name: String,
    pub wrap_public: WrapPublic,
}

impl Person {
    /// Checks names, keys and certificates. `tenant` is zero in a directory's genesis.
    ///
    /// # Errors
    /// `Form` for keys or names that are not acceptable, `Signature` for certificates.
    pub fn verify(&self, tenant: TenantId) -> Result<VerifiedPerson, LogError> {
        let name = canonical_name(&self.name)?;
        let device_name = canonical_name(&self.device_name)?;
        let identity_public = sign_public(&self.identity_public)?;
        let device_public = sign_public(&self.device_public)?;
        let identity = identity_id(&identity_public);
        let device = device_id(&device_public);
        verify_device(
            tenant,
            identity,
            &identity_public,
            device,
            &self.device_signatures,
        )?;
        let wrap_public = verify_wrap(
            tenant,
            identity,
            &identity_public,
            1,
            &self.wrap_public,
            &self.wrap_signatures,
        )?;
        Ok(VerifiedPerson {
            name,
            identity,
            identity_public,
            device,
            device_public,
            device_name,
            wrap_public,
        })
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(self)
    }
}

/// A name that is already in its normal form; another spelling is refused rather than changed.
pub fn canonical_name(name: &str) -> Result<String, FormatError> {
    let normal = names::normalise(name)?;
    if normal == name {
        Ok(normal)
    } else {
        Err(FormatError::NotCanonical("name"))
    }
}

/// Reads a hybrid public key.
pub fn sign_public(input: &[u8]) -> Result<SignPublic, FormatError> {
    SignPublic::from_slice(input).map_err(|_| FormatError::Malformed("public key"))
}

/// The identity id of a key.
pub fn identity_id(public: &SignPublic) -> IdentityId {
    IdentityId::from_bytes(*public.key_hash().as_bytes())
}

/// The device id of a key.
pub fn device_id(public: &SignPublic) -> DeviceId {
    DeviceId::from_bytes(*public.key_hash().as_bytes())
}

/// Checks the identity's certificate of a device.
pub fn verify_device(
    tenant: TenantId,
    identity: IdentityId,
    identity_public: &SignPublic,
    device: DeviceId,
    signatures: &Signatures,
) -> Result<(), LogError> {
    let context = context::device(tenant, identity, device);
    signatures.verify(identity_public, SignatureKind::Device, &context, true)
}

/// Checks the identity's certificate of a wrap key and reads the key.
pub fn verify_wrap(
    tenant: TenantId,
    identity: IdentityId,
    identity_public: &SignPublic,
    generation: u64,
    wrap_public: &[u8],
    signatures: &Signatures,
) -> Result<WrapPublic, LogError> {
    let context =
        context::wrap_generation(tenant, identity, generation, wrap_key_hash(wrap_public));
    signatures.verify(
        identity_public,
        SignatureKind::WrapGeneration,
        &context,
        true,
    )?;
    WrapPublic::from_slice(wrap_public).map_err(|_| FormatError::Malformed("wrap key").into())
}
