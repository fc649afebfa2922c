"""Section 5: replay of a directory."""

from . import names
from .entry import DIRECTORY_KINDS, check_tip
from .primitives import SIGNATURES, SUITE, ZERO, SignKey, check_wrap_public, ctx, wrap_key_hash
from .refused import B16, B32, blob, fits, is_sorted, maybe, need, one_of, text, uint

MEMBER, ADMIN = 1, 2
_BOTH = lambda value: fits(value, SIGNATURES[True])  # noqa: E731
_ANY = lambda value: _BOTH(value) or fits(value, SIGNATURES[False])  # noqa: E731
_ROLE = one_of(MEMBER, ADMIN)
_PERSON = (text, blob, blob, text, blob, _ANY, _ANY)
PAYLOADS = {
    64: ("dgen/1", B16, _PERSON, blob),
    65: ("invite/1", B16, _ROLE, uint, blob),
    66: ("joined/1", B16, _PERSON, _ANY, _ANY),
    67: ("dev/1", B32, blob, text, _ANY),
    68: ("devoff/1", B32, B32, maybe((uint, blob, _ANY))),
    69: ("wrapup/1", B32, uint, blob, _ANY),
    70: ("arole/1", B32, _ROLE),
    71: ("retire/1", B32),
    72: ("dpolicy/1", uint, uint, uint),
    73: ("appoint/1", B32, _ANY),
    74: ("uninvite/1", B16),
    75: ("idrenewed/1", B32, blob, (uint, blob, _ANY), [(B32, _ANY)], uint, _ANY, _ANY),
}


class Identity:
    def __init__(self, name, key, role, joined):
        self.name, self.key, self.role, self.joined = name, key, role, joined
        self.retired, self.wraps = None, []  # wraps: (generation, public, hash, since)
        self.keys = [[key.hash, joined, None]]  # hash, since, when renewed


class Device:
    def __init__(self, identity, name, key, since):
        self.identity, self.name, self.key, self.since, self.revoked = identity, name, key, since, None


class Directory:
    """The directory up to its head, and what was true at each index before."""

    def __init__(self, tenant=None):
        self.tenant, self.hashes, self.control = tenant, [], ZERO
        self.identities, self.devices, self.invites, self.looks, self.tips = {}, {}, {}, {}, {}
        self.policy, self.recovery = [0, 0, 0], None
        self.used_keys = set()  # hashes of all identity keys that are or were in force

    # What was true at an index.

    def identity_active(self, identity, index):
        known = self.identities.get(identity)
        return bool(known) and known.joined <= index and (known.retired is None or known.retired > index)

    def device_active(self, device, index):
        known = self.devices.get(device)
        if not known or known.since > index or (known.revoked is not None and known.revoked <= index):
            return False
        return self.identity_active(known.identity, index)

    def newest_wrap(self, identity, index):
        """(generation, public key, its hash, since) of the newest wrap key at `index`."""
        return [wrap for wrap in self.identities[identity].wraps if wrap[3] <= index][-1]

    # Replay.

    def apply(self, entry):
        """Verifies the next entry and takes it in; returns its chain hash."""
        index = len(self.hashes)
        need(entry.kind in DIRECTORY_KINDS, "rule", "a vault's entry in a directory")
        payload = entry.decode(PAYLOADS[entry.kind])
        entry.check_payload_hash()
        need((index == 0) == (entry.kind == 64), "rule", "a directory has one genesis, first")
        if index == 0:
            change = self._genesis(entry, payload)
        else:
            need(entry.tenant == self.tenant and entry.vault == self.tenant, "wrong_log")
            self._place(entry, index)
            change = getattr(self, f"_kind_{entry.kind}")(entry, payload, index)
            if entry.kind not in (66, 67):
                entry.verify(self.devices[entry.device].key)
        change()
        self.control = entry.body_hash
        self.tips[entry.device] = (entry.device_seq, entry.body_hash)
        self.hashes.append(entry.chain(self.tenant, index, self.hashes[-1] if index else ZERO))
        return self.hashes[-1]

    def _place(self, entry, index):
        seen = entry.seen_index < index and self.hashes[entry.seen_index] == entry.seen_hash
        need(seen, "seen", "the author saw another history")
        same = (entry.directory_index, entry.directory_hash) == (entry.seen_index, entry.seen_hash)
        need(same, "directory_hash")
        if entry.kind not in (66, 67):
            need(entry.device in self.devices, "unknown_device")
            need(self.device_active(entry.device, index), "device_revoked")
        need(entry.epoch == 0, "stale_epoch")
        need(entry.control_hash == self.control, "stale_control")
        check_tip(self.tips, entry)

    def _genesis(self, entry, payload):
        tenant = entry.body_hash
        need(self.tenant in (None, tenant) and entry.tenant == entry.vault == ZERO, "wrong_log")
        hashes = (entry.seen_hash, entry.directory_hash, entry.control_hash, entry.previous)
        numbers = (entry.seen_index, entry.directory_index, entry.epoch, entry.device_seq)
        need(hashes == (ZERO,) * 4 and numbers == (0, 0, 0, 1), "rule", "a genesis has nothing before it")
        recovery = SignKey(payload[3])
        person = self._person(payload[2], ZERO)
        need(person["device"].hash == entry.device, "rule", "the author is not the device in person")
        entry.verify(person["device"])

        def change():
            self.tenant, self.recovery = tenant, recovery
            self._enter(person, ADMIN, 0)

        return change

    def _person(self, fields, tenant):
        name, identity, device, device_name, wrap, device_signatures, wrap_signatures = fields
        names.check(name)
        names.check(device_name)
        identity, device = SignKey(identity), SignKey(device)
        context = ctx("device/1", tenant, identity.hash, device.hash)
        identity.verify("device", context, device_signatures, True)
        check_wrap_key(identity, tenant, identity.hash, 1, wrap, wrap_signatures)
        return {"name": name, "identity": identity, "device": device, "device_name": device_name, "wrap": wrap}

    def _enter(self, person, role, index):
        identity = person["identity"].hash
        known = self.identities[identity] = Identity(person["name"], person["identity"], role, index)
        known.wraps.append((1, person["wrap"], wrap_key_hash(person["wrap"]), index))
        self.used_keys.add(identity)
        device = person["device"]
        self.devices[device.hash] = Device(identity, person["device_name"], device, index)
        self.looks[names.look(person["name"])] = identity

    def _author(self, entry):
        return self.devices[entry.device].identity

    def _need_admin(self, entry):
        need(self.identities[self._author(entry)].role == ADMIN, "role_too_low")

    def _need_other_admin(self, identity):
        admins = [i for i, known in self.identities.items() if known.role == ADMIN and known.retired is None]
        need(admins != [identity], "rule", "the last administrator stays")

    def _need_identity(self, identity, index):
        need(self.identity_active(identity, index), "rule", "not in the directory, or retired")

    def _kind_65(self, entry, payload, _):
        _, invite, role, expires, public = payload
        self._need_admin(entry)
        need(invite not in self.invites, "rule", "the invitation's id is taken")
        key = SignKey(public)
        return lambda: self.invites.__setitem__(invite, {"role": role, "expires": expires, "key": key, "open": True})

    def _kind_66(self, entry, payload, index):
        _, invite, fields, s_signatures, identity_signatures = payload
        known = self.invites.get(invite)
        need(known and known["open"], "rule", "the invitation is not open")
        person = self._person(fields, self.tenant)
        signed = ctx(
            "join/1", self.tenant, invite, fields[0], fields[1], fields[2], fields[4], entry.seen_index, entry.seen_hash
        )  # fmt: skip
        known["key"].verify("join-invite", signed, s_signatures, True)
        person["identity"].verify("join-identity", signed, identity_signatures, True)
        need(person["device"].hash == entry.device, "rule", "the author is not the device in person")
        need(person["identity"].hash not in self.used_keys, "rule", "the identity is not new")
        need(entry.device not in self.devices, "rule", "the device is not new")
        need(names.look(fields[0]) not in self.looks, "rule", "the name looks like another")
        need(len(self.identities) < 20_000, "rule", "the directory is full")
        entry.verify(person["device"])

        def change():
            known["open"] = False
            self._enter(person, known["role"], index)

        return change

    def _kind_67(self, entry, payload, index):
        _, identity, public, name, signatures = payload
        self._need_identity(identity, index)
        names.check(name)
        device = SignKey(public)
        need(device.hash == entry.device and entry.device not in self.devices, "rule", "a device enters itself, once")
        context = ctx("device/1", self.tenant, identity, device.hash)
        self.identities[identity].key.verify("device", context, signatures, True)
        entry.verify(device)
        return lambda: self.devices.__setitem__(device.hash, Device(identity, name, device, index))

    def _kind_68(self, entry, payload, index):
        _, identity, device, wrap = payload
        known = self.devices.get(device)
        need(known, "unknown_device")
        need(known.identity == identity and known.revoked is None and device != entry.device, "rule")
        if self._author(entry) == identity:
            need(wrap is not None, "rule", "revoking one's own device renews the wrap key")
            add = self._new_wrap(identity, *wrap, index)
        else:
            self._need_admin(entry)
            need(wrap is None, "rule", "a wrap key is its owner's")
            add = lambda: None  # noqa: E731

        def change():
            known.revoked = index
            add()

        return change

    def _new_wrap(self, identity, generation, public, signatures, index):
        known = self.identities[identity]
        need(generation == known.wraps[-1][0] + 1, "rule", "wrap keys are numbered without gaps")
        check_wrap_key(known.key, self.tenant, identity, generation, public, signatures)
        return lambda: known.wraps.append((generation, public, wrap_key_hash(public), index))

    def _kind_69(self, entry, payload, index):
        need(self._author(entry) == payload[1], "role_too_low")
        return self._new_wrap(*payload[1:], index)

    def _kind_70(self, entry, payload, index):
        _, identity, role = payload
        self._need_admin(entry)
        self._need_identity(identity, index)
        if role != ADMIN:
            self._need_other_admin(identity)
        return lambda: setattr(self.identities[identity], "role", role)

    def _kind_71(self, entry, payload, index):
        self._need_admin(entry)
        self._need_identity(payload[1], index)
        self._need_other_admin(payload[1])
        return lambda: setattr(self.identities[payload[1]], "retired", index)

    def _kind_72(self, entry, payload, _):
        self._need_admin(entry)
        need(payload[3] >= self.policy[2], "rule", "the minimum suite never falls")
        need(payload[3] <= SUITE, "form", "unknown suite")
        return lambda: setattr(self, "policy", payload[1:])

    def _kind_73(self, entry, payload, index):
        _, identity, signatures = payload
        context = ctx("drecover/1", self.tenant, identity, entry.seen_index)
        self.recovery.verify("drecover", context, signatures, True)
        self._need_identity(identity, index)
        return lambda: setattr(self.identities[identity], "role", ADMIN)

    def _kind_74(self, entry, payload, _):
        self._need_admin(entry)
        known = self.invites.get(payload[1])
        need(known and known["open"], "rule", "the invitation is not open")
        return lambda: known.__setitem__("open", False)

    def _kind_75(self, entry, payload, index):
        _, identity, public, (generation, wrap, wrap_signatures), stay, renewed_ms, old, new = payload
        need(self._author(entry) == identity, "role_too_low")
        known, key = self.identities[identity], SignKey(public)
        need(key.hash not in self.used_keys, "rule", "an identity key is never used twice")
        devices = [device for device, _ in stay]
        need(is_sorted(devices), "form", "devices are not sorted")
        need(entry.device in devices, "rule", "the device that renews a key stays")
        for device in devices:
            own = device in self.devices and self.devices[device].identity == identity
            need(own and self.device_active(device, index), "rule", "only devices that are there can stay")
        signed = ctx(
            "idrenew/1", self.tenant, identity, known.key.hash, public, generation, wrap_key_hash(wrap), devices,
            renewed_ms, entry.seen_index, entry.seen_hash,
        )  # fmt: skip
        known.key.verify("idrenew-old", signed, old, True)
        key.verify("idrenew-new", signed, new, True)
        for device, signatures in stay:
            key.verify("device", ctx("device/1", self.tenant, identity, device), signatures, True)
        need(generation == known.wraps[-1][0] + 1, "rule", "wrap keys are numbered without gaps")
        check_wrap_key(key, self.tenant, identity, generation, wrap, wrap_signatures)

        def change():
            known.key = key
            known.keys.append([key.hash, index, renewed_ms])
            known.wraps.append((generation, wrap, wrap_key_hash(wrap), index))
            self.used_keys.add(key.hash)
            for device, other in self.devices.items():
                if other.identity == identity and other.revoked is None and device not in devices:
                    other.revoked = index

        return change


def check_wrap_key(key, tenant, identity, generation, public, signatures):
    """A wrap key that its identity's key certifies."""
    context = ctx("wrapgen/1", tenant, identity, generation, wrap_key_hash(public))
    key.verify("wrapgen", context, signatures, True)
    check_wrap_public(public)
