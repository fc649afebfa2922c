"""Section 11: a wallet, by recovery code or by passphrase."""

from . import cbor
from .primitives import ctx, derive16, key_hash, mix, open_box, open_padded, public_of_seed, read_code
from .refused import B16, B32, Refused, blob, need, one_of, shape, text, uint

STORED = (uint, uint, blob, [(B16, one_of(1, 2, 3), blob)])
CONTENT = (
    "walletc/1", [(uint, B32)], blob, [(B16, blob)], [(B16, B32)], [(B32, text)], [(B32, uint, B32)], [(B32, text)],
    uint,
)  # fmt: skip


def slot_keys(way):
    """(kind, slot key, identity slot key) of `{"recovery_code"}` or `{"export_key", "device_secret"}`."""
    if "recovery_code" in way:
        code = read_code("recover", way["recovery_code"])
        return 2, *(derive16(code, ctx("slotkey/1", purpose)) for purpose in ("recovery", "recovery-identity"))
    parts = [bytes.fromhex(way["export_key"]), read_code("device", way["device_secret"])]
    return 1, *(mix(parts, ctx("slotkey/1", purpose)) for purpose in ("passphrase", "passphrase-identity"))


def open_wallet(raw, tenant, identity, way, key=None):
    """What a wallet holds; `key` is the keyhash that the directory has in force, where it was renewed.
    One error for anything altered: `wallet`."""
    try:
        return _open(raw, tenant, identity, way, key or identity)
    except Refused as error:
        raise Refused("wallet", str(error)) from error


def _open(raw, tenant, identity, way, in_force):
    generation, version, sealed, slots = shape(cbor.decode(raw, 4 << 20, "wallet"), STORED, "wallet")
    need(1 <= len(slots) <= 32, "form", "slots")
    need(len({slot[0] for slot in slots}) == len(slots), "form", "a slot stands there twice")
    kind, slot_key, inner_key = slot_keys(way)
    for slot, slot_kind, box in slots:
        if slot_kind == kind:
            key = open_box(slot_key, ctx("slot/1", tenant, identity, generation, kind, slot), box)
            break
    else:
        raise Refused("wallet", "no slot of this kind")
    content = open_padded(key, ctx("wallet/1", tenant, identity, generation, version), sealed)
    fields = shape(cbor.decode(content, 4 << 20), CONTENT, "wallet content")
    _, seeds, identity_box, inner, _, pins, heads, vaults, day = fields
    for items in (seeds, inner, fields[4], pins, heads, vaults):
        need(all(a[0] < b[0] for a, b in zip(items, items[1:])), "form", "a list is not sorted")
    boxes = dict(map(tuple, inner))
    need(slot in boxes, "form", "no inner slot")
    inner_context = ctx("islot/1", tenant, identity, kind, slot)
    identity_key = open_box(inner_key, inner_context, boxes[slot])
    both = open_box(identity_key, ctx("ident/1", tenant, identity), identity_box)
    need(len(both) in (64, 128), "wallet", "one or two seeds")
    found = [s for s in (both[:64], both[64:]) if s and key_hash(public_of_seed(s)) == in_force]
    need(found, "wallet", "another identity's seed")
    seed = found[0]
    return {
        "wrap_seeds": dict(map(tuple, seeds)), "identity_seed": seed, "pins": pins, "heads": heads,
        "vaults": vaults, "day": day, "version": version,
    }  # fmt: skip
