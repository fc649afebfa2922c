//! Every context with its bytes, for the file of vectors and for its check.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use strongroom_format::cbor::to_cbor;
use strongroom_format::context;
use strongroom_types::*;

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Every context of section 3 with its bytes. Arguments stand in the order of the table.
pub fn contexts() -> Value {
    let (tenant, vault) = (TenantId::from_bytes([1; 32]), VaultId::from_bytes([2; 32]));
    let (identity, device) = (
        IdentityId::from_bytes([3; 32]),
        DeviceId::from_bytes([4; 32]),
    );
    let (hash, other) = (Digest::from_bytes([5; 32]), Digest::from_bytes([6; 32]));
    let record = RecordId::from_bytes([0xa; 16]);
    let (file, revision) = (
        FileId::from_bytes([0xb; 16]),
        RevisionId::from_bytes([0xc; 16]),
    );
    let (link, slot, invite) = (
        LinkId::from_bytes([0xd; 16]),
        SlotId::from_bytes([0xe; 16]),
        InviteId::from_bytes([0xf; 16]),
    );
    let (v1, v2) = (
        VersionId::from_bytes([0x10; 16]),
        VersionId::from_bytes([0x11; 16]),
    );
    let (t, v, i, d) = (hex(&[1; 32]), hex(&[2; 32]), hex(&[3; 32]), hex(&[4; 32]));
    let (h, o, r) = (hex(&[5; 32]), hex(&[6; 32]), hex(&[0xa; 16]));
    let (f, n, l) = (hex(&[0xb; 16]), hex(&[0xc; 16]), hex(&[0xd; 16]));
    let (s, w) = (hex(&[0xe; 16]), hex(&[0xf; 16]));
    let (x, y) = (hex(&[0x10; 16]), hex(&[0x11; 16]));
    let e = Epoch(300);
    use strongroom_format::context::EpochPurpose::*;
    let b = |text: &String| json!({ "bytes": text });
    let mut out = Vec::new();
    let mut add = |label: &str, args: Value, context: Vec<u8>| {
        out.push(json!({ "label": label, "args": args, "bytes": hex(&context) }));
    };
    let body = strongroom_format::entry::EntryBody {
        tenant,
        vault,
        epoch: e,
        kind: strongroom_format::entry::Kind::Record,
        device,
        device_seq: 70_000,
        previous_own_entry: hash,
        seen_index: 23,
        seen_hash: other,
        directory_index: 24,
        directory_hash: hash,
        control_hash: other,
        payload_hash: hash,
    };
    add(
        "ent/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            32,
            b(&d),
            70_000,
            b(&h),
            23,
            b(&o),
            24,
            b(&h),
            b(&o),
            b(&h)
        ]),
        body.to_bytes(),
    );
    add(
        "chain/1",
        json!([b(&v), 9, b(&h), b(&o), b(&h)]),
        to_cbor(&("chain/1", vault, 9u64, hash, other, hash)),
    );
    add(
        "sig/1",
        json!([1, "entry", b(&h), b(&o)]),
        to_cbor(&("sig/1", SUITE, "entry", hash, other)),
    );
    add(
        "device/1",
        json!([1, b(&t), b(&i), b(&d)]),
        context::device(tenant, identity, device),
    );
    add(
        "wrapgen/1",
        json!([1, b(&t), b(&i), 2, b(&h)]),
        context::wrap_generation(tenant, identity, 2, hash),
    );
    add(
        "join/1",
        json!([1, b(&t), b(&w), "anna", { "bytes": "01" }, { "bytes": "02" }, { "bytes": "03" }, 7, b(&h)]),
        context::join(tenant, invite, "anna", &[1], &[2], &[3], 7, hash),
    );
    add(
        "drecover/1",
        json!([1, b(&t), b(&i), 7]),
        context::directory_recover(tenant, identity, 7),
    );
    add(
        "idrenew/1",
        json!([1, b(&t), b(&i), b(&h), { "bytes": "01" }, 9, b(&o), [b(&d), b(&h)], 1_800_000_000_000u64, 7, b(&o)]),
        context::identity_renewal(&context::RenewalContext {
            tenant,
            identity,
            old_key_hash: hash,
            new_public: &[1],
            generation: 9,
            wrap_key_hash: other,
            stay: &[device, DeviceId::from_bytes([5; 32])],
            renewed_ms: 1_800_000_000_000,
            directory_index: 7,
            directory_hash: other,
        }),
    );
    for purpose in ["id", "auth", "root", "sign-ed25519", "sign-ml-dsa"] {
        add(
            "invkey/1",
            json!([1, purpose]),
            context::invite_key(purpose),
        );
    }
    add("invroot/1", json!([1, b(&w)]), context::invite_root(invite));
    add(
        "wrap/1",
        json!([1, b(&t), b(&v), 300, b(&h), b(&o), b(&d)]),
        context::wrap(tenant, vault, e, hash, other, device),
    );
    add(
        "ecommit/1",
        json!([1, b(&t), b(&v), 300]),
        context::epoch_commitment(tenant, vault, e),
    );
    for (purpose, text) in [
        (Records, "records"),
        (Files, "files"),
        (Meta, "meta"),
        (History, "history"),
    ] {
        add(
            "ekey/1",
            json!([1, b(&t), b(&v), 300, text]),
            context::epoch_key(tenant, vault, e, purpose),
        );
    }
    add(
        "hist/1",
        json!([1, b(&t), b(&v), 300]),
        context::history(tenant, vault, e),
    );
    let fields = context::RecordContext {
        tenant,
        vault,
        epoch: e,
        table: "case",
        table_definition_hash: hash,
        record,
        version: v1,
        parents: &[v1, v2],
        device,
        clear_fields_hash: other,
        deleted: true,
    };
    add(
        "rec/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            "case",
            b(&h),
            b(&r),
            b(&x),
            [b(&x), b(&y)],
            b(&d),
            b(&o),
            true
        ]),
        context::record(&fields),
    );
    add(
        "vmeta/1",
        json!([1, b(&t), b(&v), 300, b(&d), 5]),
        context::vault_meta(tenant, vault, e, device, 5),
    );
    add(
        "file/1",
        json!([1, b(&t), b(&v), b(&f), b(&n)]),
        context::file(tenant, vault, file, revision),
    );
    add(
        "fwrap/1",
        json!([1, b(&t), b(&v), 300, b(&f), b(&n)]),
        context::file_key(tenant, vault, e, file, revision),
    );
    add(
        "fmanbox/1",
        json!([1, b(&t), b(&v), 300, b(&r), b(&f), b(&n), b(&d)]),
        context::file_manifest(tenant, vault, e, record, file, revision, device),
    );
    add(
        "fattr/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            b(&r),
            b(&f),
            b(&x),
            b(&d),
            false,
            true
        ]),
        context::file_attributes(tenant, vault, e, record, file, v1, device, false, true),
    );
    add(
        "link/1",
        json!([1, b(&t), b(&v), b(&f), b(&n), b(&l)]),
        context::link(tenant, vault, file, revision, link),
    );
    for purpose in ["box", "auth", "salt"] {
        add(
            "linkkey/1",
            json!([1, b(&l), purpose]),
            context::link_key(link, purpose),
        );
    }
    add(
        "wallet/1",
        json!([1, b(&t), b(&i), 2, 3]),
        context::wallet(tenant, identity, 2, 3),
    );
    add(
        "slot/1",
        json!([1, b(&t), b(&i), 2, 1, b(&s)]),
        context::slot(tenant, identity, 2, 1, slot),
    );
    add(
        "islot/1",
        json!([1, b(&t), b(&i), 1, b(&s)]),
        context::inner_slot(tenant, identity, 1, slot),
    );
    add(
        "ident/1",
        json!([1, b(&t), b(&i)]),
        context::identity_box(tenant, identity),
    );
    for purpose in [
        "passphrase",
        "passphrase-identity",
        "recovery",
        "recovery-identity",
        "local",
        "browser",
        "passkey",
        "passkey-identity",
        "passkey-browser",
    ] {
        add("slotkey/1", json!([1, purpose]), context::slot_key(purpose));
    }
    add("recover-auth/1", json!([1]), context::recover_auth());
    for purpose in ["cache", "device", "kept/directory"] {
        add(
            "local/1",
            json!([1, b(&t), b(&i), b(&d), purpose]),
            context::local(tenant, identity, device, purpose),
        );
    }
    let head = strongroom_format::vault_payload::VaultPayload::Head(
        strongroom_format::vault_payload::HeadPayload {
            index: 9,
            hash,
            directory_hash: other,
            wallet_version: 4,
            day: 20_720,
        },
    );
    add(
        "head/1",
        json!([1, b(&t), b(&v), 9, b(&h), b(&o), 4, 20_720]),
        head.to_bytes(tenant, vault),
    );
    add(
        "safety/1",
        json!([1, b(&t), b(&i), b(&d)]),
        to_cbor(&(
            "safety/1",
            SUITE,
            tenant,
            identity,
            IdentityId::from_bytes([4; 32]),
        )),
    );
    add(
        "safetyhead/1",
        json!([1, b(&t), b(&v), 9, b(&h)]),
        to_cbor(&("safetyhead/1", SUITE, tenant, vault, 9u64, hash)),
    );
    Value::Array(out)
}
