"""Checks of the vector files: one function for each file. A case is a valid one that must be
accepted with the right answers, or an invalid one that must be refused for the reason named."""

import json
import pathlib
import traceback

from blake3 import blake3
from cryptography.cobblestone import Cobblestone256Decryptor

from . import cbor, content, names, tree, wallet
from .directory import Directory
from .entry import ERASABLE, Entry
from .keys import Keyring, epoch_key
from .primitives import (
    SignKey, argon2id, ctx, derive, derive16, key_hash, mix, open_box, open_padded, pad, padme, public_of_seed,
    read_code, sha256, unpad, write_code,
)  # fmt: skip
from .refused import B32, Refused, need, shape, text, uint
from .vault import PAYLOADS, Vault, check_form

unhex = bytes.fromhex
ROLES = {1: "reader", 2: "writer", 3: "manager", 4: "owner"}


class Tally:
    """Counts cases, and says which failed."""

    def __init__(self):
        self.passed, self.failed, self.file = 0, 0, ""

    def case(self, name, check, reason=None):
        """Runs one check; with `reason` it must be refused for it (`any` for any reason)."""
        try:
            found = None
            try:
                check()
            except Refused as error:
                found = error.reason
                if reason is None:
                    raise
            if reason is not None and found != reason and not (reason == "any" and found):
                raise AssertionError(f"expected refusal {reason}, found {found or 'acceptance'}")
            self.passed += 1
        except Exception as error:
            self.failed += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAILED {self.file} | {name}: {error!r} ({pathlib.Path(where.filename).name}:{where.lineno})")


def equal(found, wanted, what="answer"):
    assert found == wanted, f"{what}: found {found!r:.120}, wanted {wanted!r:.120}"


def run(tally, cases, check):
    for number, case in enumerate(cases):
        name = case.get("name") or case.get("label") or case.get("what") or f"case {number}"
        tally.case(name, lambda case=case: check(case), case.get("reason"))


def derivations(tally, cases, _):
    def check(case):
        context, what = unhex(case.get("context", "")), case["what"]
        out = {
            "derive": lambda: derive(unhex(case["key"]), context),
            "derive16": lambda: derive16(unhex(case["secret"]), context),
            "mix": lambda: mix([unhex(part) for part in case["parts"]], context),
            "argon2id": lambda: argon2id(case["passphrase"].encode(), unhex(case["salt"])),
        }[what]()
        equal(out.hex(), case["out"])

    run(tally, cases, check)


def boxes(tally, cases, _):
    def second(case):
        """The same box by pyca's own implementation."""
        opener = Cobblestone256Decryptor(unhex(case["key"]), unhex(case["context"]))
        try:
            return opener.update(unhex(case["sealed"])) + opener.finalize()
        except Exception:
            return None

    def check(case):
        other = second(case)
        try:
            plain = open_box(unhex(case["key"]), unhex(case["context"]), unhex(case["sealed"]))
        except Refused:
            equal(other, None, "the second implementation")
            raise
        equal(plain, bytes([case["plain_byte"]]) * case["plain_length"])
        equal(other, plain, "the second implementation")

    run(tally, cases, check)


def padding(tally, value, _):
    for length, padded in value["padme"]:
        tally.case(f"padme {length}", lambda length=length, padded=padded: equal(padme(length), padded))

    def check(case):
        if case["result"] == "valid":
            padded = pad(b"\xab" * case["length"])
            equal((len(padded), sha256(padded).hex()), (case["padded_length"], case["padded_hash"]))
            equal(unpad(padded), b"\xab" * case["length"])
        else:
            unpad(unhex(case["padded"]))

    run(tally, value["cases"], check)


def codes(tally, cases, _):
    def check(case):
        secret = read_code(case["kind"], case["text"])
        equal(secret.hex(), case["secret"])
        if case["canonical"]:
            equal(f"SR-{case['kind'].upper()}-" + write_code(secret), case["text"])

    run(tally, cases, check)


def signatures(tally, cases, _):
    def check(case):
        key = SignKey(unhex(case["public"]))
        equal(key.hash.hex(), case.get("key_hash"))
        if "seed" in case:
            equal(public_of_seed(unhex(case["seed"])).hex(), case["public"])
        key.verify(case["kind"], unhex(case["context"]), cbor.decode(unhex(case["signatures"])), case["both"])

    run(tally, cases, check)


def names_(tally, value, _):
    def accepted(case):
        names.check(case["normal"])
        equal(names.look(case["name"]), case["look"])

    run(tally, value["accepted"], accepted)
    for a, b, alike in value["alike"]:
        tally.case(f"{a} and {b}", lambda a=a, b=b, alike=alike: equal(names.look(a) == names.look(b), alike))
    for name in value["refused"]:
        tally.case(f"name {name!r}", lambda name=name: names.check(name), "form")


def structures(tally, cases, _):
    def check(case):
        raw = unhex(case["bytes"])
        content.unpack_fields(raw)
        equal(cbor.encode(cbor.decode(raw)), raw)

    run(tally, cases, check)


def contexts(tally, cases, _):
    def value(item):
        if type(item) is dict:
            return unhex(item["bytes"])
        return [value(inner) for inner in item] if type(item) is list else item

    run(tally, cases, lambda case: equal(cbor.encode([case["label"], *map(value, case["args"])]).hex(), case["bytes"]))


def invites(tally, cases, _):
    def check(case):
        secret = read_code("invite", case["code"])
        key = {p: derive16(secret, ctx("invkey/1", p)) for p in ("id", "auth", "root", "sign-ed25519", "sign-ml-dsa")}
        sealed = unhex(case["box"])
        raw = open_padded(key["root"], ctx("invroot/1", key["id"][:16]), sealed)
        root = shape(cbor.decode(raw), ("root/1", B32, uint, B32, B32, text, uint), "root")
        equal((key["id"][:16].hex(), sha256(key["auth"]).hex()), (case["invite"], case["auth_hash"]))
        equal(public_of_seed(key["sign-ed25519"] + key["sign-ml-dsa"]).hex(), case["s_public"])
        plain = [item.hex() if type(item) is bytes else item for item in root[1:]]
        equal(plain, [case["content"][name] for name in "tenant directory_index directory_hash inviter inviter_name account_role".split()])  # fmt: skip

    run(tally, cases, check)


# Logs.


def replay(log, entries, upto):
    """A log after the first `upto` entries of a vector."""
    for case in entries[:upto]:
        log.apply(Entry.read(unhex(case["entry"])))
    return log


def log_cases(tally, value, make):
    """Every entry of the log, then every refusal at its place. Returns the log."""
    log, entries = make(), value["entries"]
    rejected = {}
    for case in value["rejections"]:
        rejected.setdefault(case.get("after"), []).append(case)
    for index, case in enumerate([*entries, None]):
        for bad in rejected.get(index, ()):
            # A refused entry changes nothing, so the log itself can be offered it.
            tally.case(bad["name"], lambda bad=bad: log.apply(Entry.read(unhex(bad["entry"]))), bad["reason"])
        if case is not None:
            tally.case(case["name"], lambda case=case: equal(log.apply(Entry.read(unhex(case["entry"]))).hex(), case["hash"]))  # fmt: skip
    for bad in rejected.get(None, ()):
        order, place = bad["order"], bad["fails_at"]
        again = make(log)
        for at in order[:place]:
            again.apply(Entry.read(unhex(entries[at]["entry"])))
        last = unhex(entries[order[place]]["entry"])
        tally.case(bad["name"], lambda again=again, last=last: again.apply(Entry.read(last)), "any")
    return log


def directory(tally, value, _):
    log = log_cases(tally, value, lambda known=None: Directory(known and known.tenant))
    role = {1: "member", 2: "admin"}

    def state():
        equal(log.tenant.hex(), value["tenant"])
        wanted = value["state"]
        found = [
            {
                "identity": key.hex(), "name": known.name, "account_role": role[known.role], "joined": known.joined,
                "retired": known.retired, "wrap_keys": [[g, h.hex(), since] for g, _, h, since in known.wraps],
                "devices": [
                    {"device": d.hex(), "name": device.name, "since": device.since, "revoked": device.revoked}
                    for d, device in sorted(log.devices.items())
                    if device.identity == key
                ],
            }
            for key, known in sorted(log.identities.items())
        ]  # fmt: skip
        equal(found, wanted["identities"])
        equal(log.policy, wanted["policy"])
        equal(sum(invite["open"] for invite in log.invites.values()), wanted["open_invites"])
        equal(log.control.hex(), wanted["control_hash"])

    tally.case("state at the end", state)


def renewal(tally, value, _):
    log = log_cases(tally, value, lambda known=None: Directory(known and known.tenant))

    def state():
        wanted = value["state"]
        identity = unhex(wanted["identity"])
        known = log.identities[identity]
        equal(log.tenant.hex(), value["tenant"])
        equal(known.key.hash, known.keys[-1][0])
        equal(SignKey(unhex(wanted["public"])).hash, known.key.hash)
        equal([[h.hex(), since, at] for h, since, at in known.keys], wanted["keys"])
        equal([[g, h.hex(), since] for g, _, h, since in known.wraps], wanted["wrap_keys"])
        devices = [
            [d.hex(), device.since, device.revoked]
            for d, device in sorted(log.devices.items())
            if device.identity == identity
        ]
        equal(devices, wanted["devices"])

    tally.case("state at the end", state)


def _directory_of(folder, value):
    other = json.loads((folder / value["directory"]).read_text())
    return replay(Directory(), other["entries"], None)


def vault(tally, value, folder):
    known = _directory_of(folder, value)
    log = log_cases(tally, value, lambda before=None: Vault(known, before and before.vault))

    def state():
        wanted = value["state"]
        equal(log.vault.hex(), wanted["vault"])
        equal([len(log.hashes) - 1, log.hashes[-1].hex()], wanted["head"])
        equal([[i.hex(), ROLES[r]] for i, r in sorted(log.members.items())], wanted["members"])
        equal((log.epoch, log.rekey, log.directory_index), (wanted["epoch"], wanted["rekey_required"], wanted["directory_index"]))  # fmt: skip
        equal((log.control.hex(), log.state_root().hex()), (wanted["control_hash"], wanted["state_root"]))

    def without(gone):
        again = Vault(known)
        for index, case in enumerate(value["entries"]):
            entry = Entry.read(unhex(case["entry"]))
            if index in gone:
                entry = Entry(entry.body, entry.signatures_raw, None)
            again.apply(entry)
        need(not again.withheld(), "withheld")
        equal(again.hashes[-1].hex(), value["state"]["head"][1])

    tally.case("state at the end", state)
    first = Entry.read(unhex(value["entries"][0]["entry"]))
    tally.case("another vault's genesis", lambda: Vault(known, bytes(32)).apply(first), "wrong_log")
    if value["erased"]:
        tally.case("erased payloads are gone", lambda: without(set(value["erased"])))
        for i, case in enumerate(value["entries"]):
            # Whatever payload is gone, an honest log stays valid: no rule leans on it.
            kept = case["kind"] not in ERASABLE
            reason = "payload_missing" if kept else None if i in value["erased"] else "withheld"
            tally.case(f"without the payload of entry {i}", lambda i=i: without({i}), reason)


def wraps(tally, value, folder):
    log_value = json.loads((folder / value["vault"]).read_text())
    known = _directory_of(folder, log_value)
    log = replay(Vault(known), log_value["entries"], None)
    seeds = {p["identity"]: {g: unhex(seed) for g, seed in p["wrap_seeds"]} for p in value["people"]}
    people = {p["identity"]: p["name"] for p in value["people"]}

    def take(log, epoch, leaves, own, carrier, identity):
        raw = cbor.encode(["wraps/1", leaves, own, carrier])
        ring = Keyring(log)
        need(ring.take_wraps(epoch, raw, unhex(identity), seeds[identity]), "wrap", "not opened")
        return ring

    epochs = {case["epoch"]: case for case in value["epochs"]}
    leaves_of = {n: [[unhex(i), g, unhex(h)] for i, g, h in case["leaves"]] for n, case in epochs.items()}
    for number, case in epochs.items():
        for identity, _, wrap in case["wraps"]:

            def check(number=number, case=case, identity=identity, wrap=wrap):
                ring = take(log, number, leaves_of[number], unhex(wrap), case["carrier_index"], identity)
                for epoch in range(1, number + 1):
                    equal(ring.secrets[epoch].hex(), epochs[epoch]["secret"])

            tally.case(f"epoch {number} by {people[identity]}", check)
    for case in value["joined"]:

        def check(case=case):
            number = case["epoch"]
            ring = take(log, number, leaves_of[number], unhex(case["wrap"]), case["carrier_index"], case["identity"])
            equal(ring.secrets[number].hex(), epochs[number]["secret"])

        tally.case(f"joined: {people[case['identity']]}", check)
    for case in value["rejections"]:

        def check(case=case):
            short = replay(Vault(known), log_value["entries"], case["after"])
            short.apply(Entry.read(unhex(case["entry"])))
            ring = Keyring(short)
            ring.take_wraps(short.epoch, unhex(case["wraps"]), unhex(case["identity"]), seeds[case["identity"]])

        tally.case(case["name"], check, case["reason"])
    tally.case("every box of the log opens", lambda: _open_all(log, epochs))


def _open_all(log, epochs):
    ring = Keyring(log)
    ring.add(max(epochs), unhex(epochs[max(epochs)]["secret"]))
    manifests = 0
    for _, entry, payload in log.data:
        place = content.Place.of(entry)
        if entry.kind == 32:
            content.open_record(ring.key(entry.epoch, "records"), place, payload)
        elif entry.kind == 33:
            manifest = content.open_manifest(ring.key(entry.epoch, "meta"), place, payload)
            key = content.open_file_key(ring.key(entry.epoch, "files"), place, payload[1], payload[2], payload[7])
            content.check_key(key, manifest)
            manifests += 1
        elif entry.kind == 37:
            equal(content.open_name(ring.key(entry.epoch, "meta"), place, payload), "Acme ./. Roe")
        elif entry.kind == 38:
            content.open_file_key(ring.key(entry.epoch, "files"), place, *payload[1:])
        elif entry.kind == 40:
            equal(content.open_attributes(ring.key(entry.epoch, "meta"), place, payload), ["letter.pdf", True])
    equal(manifests, 2)


# Contents.


def _place(case):
    return content.Place(unhex(case["tenant"]), unhex(case["vault"]), case["epoch"], unhex(case["device"]))


def _key(case, purpose):
    return epoch_key(unhex(case["tenant"]), unhex(case["vault"]), case["epoch"], unhex(case["secret"]), purpose)


def _payload(case, kind):
    payload = shape(cbor.decode(unhex(case["payload"])), PAYLOADS[kind], "payload")
    check_form(kind, payload)
    return payload


def records(tally, cases, _):
    def check(case):
        payload = _payload(case, 32)
        equal(content.open_record(_key(case, "records"), _place(case), payload), case["fields"])
        equal(content.definition_hash(case["table_definition"]), payload[2])

    run(tally, cases, check)


def _changed(sealed, leaves, change, folder):
    """A sealed file with one thing done to it."""
    what, *args = change
    sealed, leaves = bytearray(sealed), bytearray(leaves)
    chunk = lambda n: slice(56 + 16_400 * n, 56 + 16_400 * (n + 1))  # noqa: E731
    if what == "flip":
        sealed[args[0]] ^= 1
    elif what == "cut":
        del sealed[-args[0] :]
    elif what == "append":
        sealed += unhex(args[0])
    elif what == "swap_chunks":
        sealed[chunk(args[0])], sealed[chunk(args[1])] = sealed[chunk(args[1])], sealed[chunk(args[0])]
    elif what == "copy_chunk":
        sealed[chunk(args[1])] = sealed[chunk(args[0])]
    elif what == "flip_leaf":
        leaves[args[0]] ^= 1
    elif what == "swap_leaves":
        a, b = (slice(32 * n, 32 * n + 32) for n in args)
        leaves[a], leaves[b] = leaves[b], leaves[a]
    elif what == "cut_leaves":
        del leaves[-args[0] :]
    elif what == "append_leaves":
        leaves += unhex(args[0])
    elif what == "content_of":
        sealed = (folder / f"{args[0]}.sealed").read_bytes()
    else:
        raise AssertionError(f"unknown change {what}")
    return bytes(sealed), bytes(leaves)


def files(tally, value, folder):
    def check(case):
        sealed = (folder / f"{case['file']}.sealed").read_bytes()
        leaves = (folder / f"{case['file']}.leaves").read_bytes()
        if "change" in case:
            sealed, leaves = _changed(sealed, leaves, case["change"], folder)
        place, payload = _place(value), _payload(case, 33)
        manifest = content.open_manifest(_key(value, "meta"), place, payload)
        key = content.open_file_key(_key(value, "files"), place, payload[1], payload[2], payload[7])
        plain = content.open_file(key, manifest, sealed, leaves)
        equal((len(plain), sha256(plain).hex()), (case["true_length"], case["sha256"]))
        equal((manifest.root.hex(), manifest.name), (case["tree_root"], case["file_name"]))
        equal(blake3(sealed).digest(), manifest.root, "b3sum")

    run(tally, value["cases"], check)


def trees(tally, cases, folder):
    def check(case):
        length = case["length"]
        period = bytes((7 * at + length) % 251 for at in range(251))
        data = (period * (length // 251 + 1))[:length]
        leaves = tree.split_leaves((folder / case["leaves"]).read_bytes(), length)
        equal(tree.root_of(leaves).hex(), case["root"])
        equal(blake3(data).hexdigest(), case["root"])
        for group in {0, len(leaves) // 2, len(leaves) - 1}:
            tree.check_group(data[group * tree.GROUP : (group + 1) * tree.GROUP], group, leaves)

    run(tally, [{**case, "name": f"{case['length']} bytes"} for case in cases], check)


def links(tally, cases, _):
    def check(case):
        tenant, vault_id, box = unhex(case["tenant"]), unhex(case["vault"]), unhex(case["box"])
        key, manifest = content.open_link(case["url"], case["passphrase"], tenant, vault_id, _payload(case, 35), box)
        equal((key.hex(), manifest.name), (case["file_key"], case["file_name"]))
        content.check_key(key, manifest)

    run(tally, cases, check)


def wallets(tally, cases, _):
    def plain(value):
        if type(value) is bytes:
            return value.hex()
        return [plain(item) for item in value] if type(value) is list else value

    def check(case):
        found = wallet.open_wallet(unhex(case["wallet"]), unhex(case["tenant"]), unhex(case["identity"]), case["way"])
        wanted = case["content"]
        equal([[g, seed.hex()] for g, seed in found["wrap_seeds"].items()], wanted["wrap_seeds"])
        for name in ("identity_seed", "day", "vaults", "pins", "heads"):
            equal(plain(found[name]), wanted[name], name)
        equal(key_hash(public_of_seed(found["identity_seed"])).hex(), case["identity"])

    run(tally, cases, check)


FILES = {
    "formats/derivations.json": derivations, "formats/boxes.json": boxes, "formats/padding.json": padding,
    "formats/codes.json": codes, "formats/signatures.json": signatures, "formats/names.json": names_,
    "formats/structures.json": structures, "formats/contexts.json": contexts, "formats/invites.json": invites,
    "logs/directory.json": directory, "logs/renewal.json": renewal,
    "logs/vault.json": vault, "logs/personal.json": vault, "logs/wraps.json": wraps,
    "records/records.json": records, "files/files.json": files, "files/trees.json": trees, "files/links.json": links,
    "wallets/wallet.json": wallets,
}  # fmt: skip


def run_vectors(folder, tally):
    """Every file; a file that is missing or that nothing reads is a failure."""
    folder = pathlib.Path(folder)
    names.load_table(folder / "formats/confusables.txt")
    for path, check in FILES.items():
        tally.file, before = path, tally.passed + tally.failed
        value = json.loads((folder / path).read_text(encoding="utf-8"))
        check(tally, value, (folder / path).parent)
        tally.case("has cases", lambda before=before: need(tally.passed + tally.failed > before, "empty"))
    for kind in ("formats", "logs", "records", "files", "wallets"):
        for path in sorted((folder / kind).glob("*.json")):
            tally.file = f"{kind}/{path.name}"
            tally.case("is read", lambda path=path, kind=kind: need(f"{kind}/{path.name}" in FILES, "unread"))
