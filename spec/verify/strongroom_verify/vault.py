"""Sections 4 and 6 to 9: replay of a vault's log with public keys only."""

from . import cbor
from .entry import DIRECTORY_KINDS, ERASABLE, check_tip
from .primitives import SUITE, ZERO, ctx, padme, sha256
from .refused import B16, B32, blob, flag, is_sorted, need, one_of, text, uint

READER, WRITER, MANAGER, OWNER = 1, 2, 3, 4
_ROLE = one_of(1, 2, 3, 4)
_RENEWAL = (uint, B32, B32, blob)
PAYLOADS = {
    0: ("vgen/1", B16, one_of(0, 1), B32),
    1: ("epoch/1", _RENEWAL),
    2: ("member/1", B32, _ROLE, uint, B32),
    3: ("role/1", B32, _ROLE),
    4: ("remove/1", B32, _RENEWAL),
    5: ("leave/1", B32),
    7: ("erase/1", [uint]),
    32: ("record/1", text, B32, B16, B16, [B16], flag, blob, blob),
    33: ("fileent/1", B16, B16, B16, [B16], uint, uint, blob, blob),
    34: ("lease/1", B16, B16, one_of(0, 1, 2, 3), uint, uint),
    35: ("lnk/1", B16, B16, B16, one_of(0, 1), uint, uint, B32, B32, flag),
    36: ("head/1", uint, B32, B32, uint, B32, B32, uint, uint),
    37: ("vmeta/1", blob),
    38: ("filekey/1", B16, B16, blob),
    39: ("checkpoint/1", uint, B32, B32),
    40: ("fileattr/1", B16, B16, B16, flag, flag, blob),
}


def _content_length(length):
    """Bytes inside a box of this length; -1 where no box has it."""
    full, last = divmod(length - 56, 16_400)
    return -1 if length < 72 or last < 16 else full * 16_384 + last - 16


def _padded_box(sealed):
    inner = _content_length(len(sealed))
    need(inner >= 256 and padme(inner) == inner, "form", "not the length of a box of padded content")


def _key_box(sealed):
    need(_content_length(len(sealed)) == 32, "form", "not the length of a box of a key")


def check_form(kind, payload):
    """What a payload must be besides its shape."""
    if kind in (32, 33):
        parents = payload[5] if kind == 32 else payload[4]
        need(is_sorted(parents) and len(parents) <= 16, "form", "parents")
    if kind == 32:
        need(0 < len(payload[1].encode()) <= 200, "form", "table name")
        need(payload[7] == b"\x80", "form", "clear fields")
    if kind in (1, 4) and payload[-1][3]:
        _key_box(payload[-1][3])
    if kind in (33, 38):
        _key_box(payload[7] if kind == 33 else payload[3])
    if kind in (32, 33, 37, 40):
        _padded_box(payload[-1])
    if kind == 35 and payload[4] == 1:
        need(payload[5:] == [0, 0, ZERO, ZERO, False], "form", "a revocation says nothing else")
    if kind == 7:
        need(0 < len(payload[1]) <= 1_000 and is_sorted(payload[1]), "form", "list of indexes")


class Epoch:
    """Public facts of an epoch: its renewal, and what its wraps are bound to."""

    def __init__(self, renewal, carrier, control, issuer, leaves):
        self.number, self.commitment, self.wraps_root, self.history = renewal
        self.carrier, self.control, self.issuer = carrier, control, issuer
        self.leaves = leaves  # (identity, generation) of every member, sorted


class Vault:
    """A vault's state at its head. `directory` must reach as far as the entries name it."""

    def __init__(self, directory, vault=None):
        self.directory, self.expected, self.vault = directory, vault, ZERO
        self.kind, self.hashes, self.kinds, self.control = 0, [], [], ZERO
        self.members, self.epochs, self.rekey, self.directory_index = {}, {}, False, 0
        self.tips, self.missing, self.erased = {}, set(), set()
        self.leases, self.links, self.protected = {}, {}, set()  # what later entries may lean on
        self.admissions = []  # (index, entry, payload) of member entries
        self.data = []  # (index, entry, payload or None) of data entries

    @property
    def epoch(self):
        return max(self.epochs, default=0)

    def state_root(self):
        members = [[identity, role] for identity, role in sorted(self.members.items())]
        return sha256(cbor.encode(["vstate/1", self.vault, self.epoch, self.control, members]))

    def withheld(self):
        """Indexes of payloads that are gone although nobody erased them."""
        return sorted(self.missing - self.erased)

    def apply(self, entry):
        """Verifies the next entry and takes it in; returns its chain hash."""
        index = len(self.hashes)
        need(entry.kind not in DIRECTORY_KINDS, "rule", "a directory's entry in a vault")
        need(entry.tenant == self.directory.tenant and entry.vault == self.vault, "wrong_log")
        need((entry.kind == 0) == (index == 0), "wrong_log", "a vault has one genesis, first")
        payload = self._payload(entry)
        entry.check_payload_hash()
        at = entry.directory_index
        need(at < len(self.directory.hashes), "directory_ahead")
        need(at >= self.directory_index, "directory_falls")
        need(self.directory.hashes[at] == entry.directory_hash, "directory_hash")
        device = self.directory.devices.get(entry.device)
        need(device, "unknown_device")
        need(self.directory.device_active(entry.device, at), "device_revoked")
        entry.verify(device.key)
        check_tip(self.tips, entry)
        self._seen(entry, index)
        need(entry.epoch == self.epoch, "stale_epoch")
        need(entry.control_hash == self.control, "stale_control")
        gone = {i for i in self.members if not self.directory.identity_active(i, at)}
        need(entry.kind == 1 or not (self.rekey or gone), "rekey_required")
        change = self._rules(entry, payload, device.identity, gone, index)
        if index == 0:
            need(self.expected in (None, entry.body_hash), "wrong_log")
            self.vault = entry.body_hash
        for identity in gone:
            del self.members[identity]
        self.directory_index = at
        change()
        if payload is None:
            self.missing.add(index)
            if entry.kind == 40:
                self.protected.clear()  # it may have lifted any protection
        if entry.kind < 32:
            self.control = entry.body_hash
        else:
            self.data.append((index, entry, payload))
        self.kinds.append(entry.kind)
        self.tips[entry.device] = (entry.device_seq, entry.body_hash)
        self.hashes.append(entry.chain(self.vault, index, self.hashes[-1] if index else ZERO))
        return self.hashes[-1]

    def _payload(self, entry):
        if entry.payload is None and entry.kind in ERASABLE:
            return None
        payload = entry.decode(PAYLOADS[entry.kind])
        check_form(entry.kind, payload)
        if entry.kind == 36:
            need(payload[1:4] == [SUITE, entry.tenant, entry.vault], "wrong_log")
        return payload

    def _seen(self, entry, index):
        if index == 0:
            need((entry.seen_index, entry.seen_hash) == (0, ZERO), "seen")
        else:
            true = entry.seen_index < index and self.hashes[entry.seen_index] == entry.seen_hash
            need(true, "seen", "the author saw another history")

    def _rules(self, entry, payload, author, gone, index):
        if entry.kind == 0:
            need(payload[3] == author, "rule", "the author becomes the owner")
            need(entry.device_seq == 1 and entry.epoch == 0, "rule", "a genesis has nothing before it")
            return lambda: self._found(payload[2], author)
        need(author in self.members and author not in gone, "not_member")
        role = self.members[author]
        need(entry.kind == 1 or self.epoch > 0, "rule", "the second entry makes the first keys")
        if payload is None:
            need(role >= WRITER, "role_too_low")
            return lambda: None
        return getattr(self, f"_kind_{entry.kind}")(entry, payload, author, role, index) or (lambda: None)

    def _found(self, kind, owner):
        self.kind, self.members = kind, {owner: OWNER}

    def _renewal(self, renewal, entry, index):
        number, commitment, _, history = renewal
        need(number == self.epoch + 1, "rule", "epochs are numbered without gaps")
        used = {epoch.commitment for epoch in self.epochs.values()}
        need(commitment not in used, "rule", "a secret is never used twice")
        need((history == b"") == (number == 1), "rule", "each epoch but the first carries the one before")

        def change():
            at = self.directory_index
            leaves = [(i, self.directory.newest_wrap(i, at)[0]) for i in sorted(self.members)]
            self.epochs[number] = Epoch(renewal, index, entry.control_hash, entry.device, leaves)
            self.rekey = False

        return change

    def _kind_1(self, entry, payload, author, role, index):
        need(role >= MANAGER, "role_too_low")
        return self._renewal(payload[1], entry, index)

    def _kind_2(self, entry, payload, author, role, index):
        _, identity, new, generation, _ = payload
        need(role >= (OWNER if new >= MANAGER else MANAGER), "role_too_low")
        need(self.kind == 0, "rule", "a personal vault has one member")
        need(identity not in self.members, "rule", "already a member")
        need(len(self.members) < 5_000, "rule", "too many members")
        at = entry.directory_index
        need(self.directory.identity_active(identity, at), "rule", "not in the directory, or retired")
        need(self.directory.newest_wrap(identity, at)[0] == generation, "rule", "not the newest wrap key")

        def change():
            self.members[identity] = new
            self.admissions.append((index, entry, payload))

        return change

    def _need_other_owner(self, identity):
        need(any(r == OWNER and i != identity for i, r in self.members.items()), "rule", "the last owner stays")

    def _kind_3(self, entry, payload, author, role, index):
        _, identity, new = payload
        old = self.members.get(identity)
        need(old, "rule", "not a member")
        need(role >= (OWNER if max(old, new) >= MANAGER else MANAGER), "role_too_low")
        if old == OWNER and new != OWNER:
            self._need_other_owner(identity)
        return lambda: self.members.__setitem__(identity, new)

    def _kind_4(self, entry, payload, author, role, index):
        _, identity, renewal = payload
        old = self.members.get(identity)
        need(old, "rule", "not a member")
        need(role >= (OWNER if old >= MANAGER else MANAGER), "role_too_low")
        need(identity != author, "rule", "to go oneself, leave")
        renew = self._renewal(renewal, entry, index)

        def change():
            del self.members[identity]
            renew()

        return change

    def _kind_5(self, entry, payload, author, role, index):
        need(payload[1] == author, "rule", "one leaves oneself")
        if role == OWNER:
            self._need_other_owner(author)

        def change():
            del self.members[author]
            self.rekey = True

        return change

    def _kind_7(self, entry, payload, author, role, index):
        need(role >= MANAGER, "role_too_low")
        need(payload[1][-1] < index, "rule", "only earlier entries")
        need(all(self.kinds[at] in ERASABLE for at in payload[1]), "rule", "only records and files")
        return lambda: self.erased.update(payload[1])

    def _writer(self, entry, payload, author, role, index):
        need(role >= WRITER, "role_too_low")

    _kind_32 = _kind_38 = _writer

    def _kind_33(self, entry, payload, author, role, index):
        need(role >= WRITER, "role_too_low")
        _, file, *_, fence, _, _ = payload
        need(file not in self.protected, "rule", "a protected file is not replaced")
        need(fence == 0 or self.leases.get(file, ())[1:] == (fence, author), "rule", "not an own open lease")

    def _kind_34(self, entry, payload, author, role, index):
        _, file, lease, action, _, fence = payload
        need(role >= (MANAGER if action == 3 else WRITER), "role_too_low")
        if action == 0:
            need(fence == 0, "rule", "its own place is a lease's fence")
            return lambda: self.leases.__setitem__(file, (lease, index, author))
        held = self.leases.get(file)
        need(held and held[:2] == (lease, fence), "rule", "not the file's open lease")
        need(action == 3 or held[2] == author, "rule", "someone else's lease")
        return (lambda: self.leases.pop(file)) if action > 1 else None

    def _kind_35(self, entry, payload, author, role, index):
        _, link, file, revision, action, *_ = payload
        known = self.links.get(link)
        if action == 0:
            need(role >= MANAGER, "role_too_low")
            need(known is None, "rule", "the link is already there")
            return lambda: self.links.__setitem__(link, (author, file, revision))
        need(role >= WRITER, "role_too_low")
        need(known and known[1:] == (file, revision), "rule", "no such link")
        need(role >= MANAGER or known[0] == author, "role_too_low")

    def _kind_40(self, entry, payload, author, role, index):
        need(role >= WRITER, "role_too_low")
        _, file, _, _, deleted, protected, _ = payload
        need(not (deleted and (protected or file in self.protected)), "rule", "a protected file is not deleted")
        change = self.protected.add if protected else self.protected.discard
        return lambda: change(file)

    def _kind_36(self, entry, payload, author, role, index):
        said = (payload[4], payload[5], payload[6])
        need(said == (entry.seen_index, entry.seen_hash, entry.directory_hash), "rule", "a head attests what was seen")

    def _kind_37(self, entry, payload, author, role, index):
        need(role >= MANAGER, "role_too_low")

    def _kind_39(self, entry, payload, author, role, index):
        need(role >= MANAGER, "role_too_low")
        said = (entry.seen_index, entry.seen_hash, self.state_root())
        need(tuple(payload[1:]) == said, "rule", "the checkpoint is of another state")


def wrap_context(tenant, vault, epoch, control, key_hash, issuer):
    return ctx("wrap/1", tenant, vault, epoch, control, key_hash, issuer)
