use crate::cbor::{Blob, Fixed, expect_label, from_cbor, to_cbor};
use crate::entry::Kind;
use crate::person::Person;
use crate::signing::Signatures;
use crate::{FormatError, LogError};
use strongroom_types::limits::ENTRY_PAYLOAD_MAX_BYTES;
use strongroom_types::*;

/// Payloads of directory entries (formats, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryPayload {
    Genesis {
        nonce: [u8; 16],
        person: Person,
        recovery_public: Vec<u8>,
    },
    Invite {
        invite: InviteId,
        account_role: AccountRole,
        expires_ms: u64,
        public: Vec<u8>,
    },
    Join {
        invite: InviteId,
        person: Person,
        invite_signatures: Signatures,
        identity_signatures: Signatures,
    },
    Device {
        identity: IdentityId,
        device_public: Vec<u8>,
        device_name: String,
        signatures: Signatures,
    },
    RevokeDevice {
        identity: IdentityId,
        device: DeviceId,
        wrap: Option<NewWrap>,
    },
    WrapGeneration {
        identity: IdentityId,
        wrap: NewWrap,
    },
    AccountRole {
        identity: IdentityId,
        account_role: AccountRole,
    },
    Retire {
        identity: IdentityId,
    },
    Policy {
        image_max_pixels: u64,
        offline_max_days: u64,
        min_suite: u64,
    },
    Recover {
        identity: IdentityId,
        recovery_signatures: Signatures,
    },
    WithdrawInvite {
        invite: InviteId,
    },
    IdentityRenewal(Box<IdentityRenewal>),
}

/// A new key for an identity, which stays the same identity because the old key says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRenewal {
    pub identity: IdentityId,
    /// The new key.
    pub public: Vec<u8>,
    /// The next generation of the wrap key, certified by the new key.
    pub wrap: NewWrap,
    /// Devices that stay, sorted, each certified anew by the new key. All others are revoked.
    pub stay: Vec<(DeviceId, Signatures)>,
    /// When, by the author's clock.
    pub renewed_ms: TimestampMs,
    pub old_signatures: Signatures,
    pub new_signatures: Signatures,
}

/// A new generation of a wrap key, certified by the identity.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct NewWrap {
    #[n(0)]
    pub generation: u64,
    #[n(1)]
    pub public: Blob,
    #[n(2)]
    pub signatures: Signatures,
}

impl DirectoryPayload {
    /// The kind of entry that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Genesis { .. } => Kind::DirectoryGenesis,
            Self::Invite { .. } => Kind::Invite,
            Self::Join { .. } => Kind::Join,
            Self::Device { .. } => Kind::Device,
            Self::RevokeDevice { .. } => Kind::RevokeDevice,
            Self::WrapGeneration { .. } => Kind::WrapGeneration,
            Self::AccountRole { .. } => Kind::AccountRole,
            Self::Retire { .. } => Kind::Retire,
            Self::Policy { .. } => Kind::DirectoryPolicy,
            Self::Recover { .. } => Kind::Recover,
            Self::WithdrawInvite { .. } => Kind::WithdrawInvite,
            Self::IdentityRenewal(_) => Kind::IdentityRenewal,
        }
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Genesis {
                nonce,
                person,
                recovery_public,
            } => to_cbor(&(
                "dgen/1",
                Fixed::from(*nonce),
                person,
                Blob::from(recovery_public.clone()),
            )),
            Self::Invite {
                invite,
                account_role,
                expires_ms,
                public,
            } => to_cbor(&(
                "invite/1",
                invite,
                account_role,
                expires_ms,
                Blob::from(public.clone()),
            )),
            Self::Join {
                invite,
                person,
                invite_signatures,
                identity_signatures,
            } => to_cbor(&(
                "joined/1",
                invite,
                person,
                invite_signatures,
                identity_signatures,
            )),
            Self::Device {
                identity,
                device_public,
                device_name,
                signatures,
            } => to_cbor(&(
                "dev/1",
                identity,
                Blob::from(device_public.clone()),
                device_name,
                signatures,
            )),
            Self::RevokeDevice {
                identity,
                device,
                wrap,
            } => to_cbor(&("devoff/1", identity, device, wrap)),
            Self::WrapGeneration { identity, wrap } => to_cbor(&(
                "wrapup/1",
                identity,
                wrap.generation,
                &wrap.public,
                &wrap.signatures,
            )),
            Self::AccountRole {
                identity,
                account_role,
            } => to_cbor(&("arole/1", identity, account_role)),
            Self::Retire { identity } => to_cbor(&("retire/1", identity)),
            Self::Policy {
                image_max_pixels,
                offline_max_days,
                min_suite,
            } => to_cbor(&("dpolicy/1", image_max_pixels, offline_max_days, min_suite)),
            Self::Recover {
                identity,
                recovery_signatures,
            } => to_cbor(&("appoint/1", identity, recovery_signatures)),
            Self::WithdrawInvite { invite } => to_cbor(&("uninvite/1", invite)),
            Self::IdentityRenewal(renewal) => to_cbor(&(
                "idrenewed/1",
                renewal.identity,
                Blob::from(renewal.public.clone()),
                &renewal.wrap,
                &renewal.stay,
                renewal.renewed_ms,
                &renewal.old_signatures,
                &renewal.new_signatures,
            )),
        }
    }

    /// Reads the payload of an entry of `kind`.
    ///
    /// # Errors
    /// `Form`; a kind that does not belong to a directory is `Rule`.
    pub fn from_bytes(kind: Kind, input: &[u8]) -> Result<Self, LogError> {
        Ok(match kind {
            Kind::DirectoryGenesis => {
                let (label, nonce, person, recovery): (String, Fixed<16>, Person, Blob) =
                    read(input)?;
                expect_label(&label, "dgen/1", WHAT)?;
                Self::Genesis {
                    nonce: nonce.into(),
                    person,
                    recovery_public: recovery.into(),
                }
            }
            Kind::Invite => {
                let (label, invite, account_role, expires_ms, public): (String, _, _, _, Blob) =
                    read(input)?;
                expect_label(&label, "invite/1", WHAT)?;
                Self::Invite {
                    invite,
                    account_role,
                    expires_ms,
                    public: public.into(),
                }
            }
            Kind::Join => {
                let (label, invite, person, invite_signatures, identity_signatures): (
                    String,
                    _,
                    _,
                    _,
                    _,
                ) = read(input)?;
                expect_label(&label, "joined/1", WHAT)?;
                Self::Join {
                    invite,
                    person,
                    invite_signatures,
                    identity_signatures,
                }
            }
            Kind::Device => {
                let (label, identity, public, device_name, signatures): (String, _, Blob, _, _) =
                    read(input)?;
                expect_label(&label, "dev/1", WHAT)?;
                Self::Device {
                    identity,
                    device_public: public.into(),
                    device_name,
                    signatures,
                }
            }
            Kind::RevokeDevice => {
                let (label, identity, device, wrap): (String, _, _, Option<NewWrap>) = read(input)?;
                expect_label(&label, "devoff/1", WHAT)?;
                Self::RevokeDevice {
                    identity,
                    device,
                    wrap,
                }
            }
            Kind::WrapGeneration => {
                let (label, identity, generation, public, signatures): (String, _, _, _, _) =
                    read(input)?;
                expect_label(&label, "wrapup/1", WHAT)?;
                Self::WrapGeneration {
                    identity,
                    wrap: NewWrap {
                        generation,
                        public,
                        signatures,
                    },
                }
            }
            Kind::AccountRole => {
                let (label, identity, account_role): (String, _, _) = read(input)?;
                expect_label(&label, "arole/1", WHAT)?;
                Self::AccountRole {
                    identity,
                    account_role,
                }
            }
            Kind::Retire => {
                let (label, identity): (String, _) = read(input)?;
                expect_label(&label, "retire/1", WHAT)?;
                Self::Retire { identity }
            }
            Kind::DirectoryPolicy => {
                let (label, image_max_pixels, offline_max_days, min_suite): (String, _, _, _) =
                    read(input)?;
                expect_label(&label, "dpolicy/1", WHAT)?;
                Self::Policy {
                    image_max_pixels,
                    offline_max_days,
                    min_suite,
                }
            }
            Kind::Recover => {
                let (label, identity, recovery_signatures): (String, _, _) = read(input)?;
                expect_label(&label, "appoint/1", WHAT)?;
                Self::Recover {
                    identity,
                    recovery_signatures,
                }
            }
            Kind::WithdrawInvite => {
                let (label, invite): (String, _) = read(input)?;
                expect_label(&label, "uninvite/1", WHAT)?;
                Self::WithdrawInvite { invite }
            }
            Kind::IdentityRenewal => {
                let (label, identity, public, wrap, stay, renewed_ms, old, new): RenewalTuple =
                    read(input)?;
                expect_label(&label, "idrenewed/1", WHAT)?;
                Self::IdentityRenewal(Box::new(IdentityRenewal {
                    identity,
                    public: public.into(),
                    wrap,
                    stay,
                    renewed_ms,
                    old_signatures: old,
                    new_signatures: new,
                }))
            }
            _ => return Err(LogError::Rule("a vault's entry can't stand in a directory")),
        })
    }
}

type RenewalTuple = (
    String,
    IdentityId,
    Blob,
    NewWrap,
    Vec<(DeviceId, Signatures)>,
    TimestampMs,
    Signatures,
    Signatures,
);

const WHAT: &str = "directory payload";

fn read<T>(input: &[u8]) -> Result<T, FormatError>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    from_cbor(input, ENTRY_PAYLOAD_MAX_BYTES, WHAT)
}
