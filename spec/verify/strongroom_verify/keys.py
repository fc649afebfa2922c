"""Section 6: epoch secrets from wraps and history boxes."""

import hashlib

from . import cbor
from .primitives import WrapKey, ctx, derive, open_box, sha256, wrap_key_hash
from .refused import B32, Refused, blob, is_sorted, maybe, need, shape, uint
from .vault import wrap_context

WRAPS = ("wraps/1", [(B32, uint, B32)], maybe(blob), uint)


def read_wraps(raw):
    """(leaves, own wrap or None, carrier index) of a `wraps/1` item."""
    return shape(cbor.decode(raw, what="wraps"), WRAPS, "wraps")[1:]


def merkle(leaves):
    """RFC 6962, section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def check_leaves(epoch, leaves):
    """The leaves are those that were signed, and name the members and nobody else."""
    need(is_sorted([leaf[0] for leaf in leaves]), "leaves", "not sorted by identity")
    need(merkle([cbor.encode(leaf) for leaf in leaves]) == epoch.wraps_root, "leaves", "not those of the root")
    named = [(identity, generation) for identity, generation, _ in leaves]
    need(named == epoch.leaves, "members", "the keys went to others than the members")


class Keyring:
    """Epoch secrets of one vault; each is checked against its commitment."""

    def __init__(self, vault):
        self.vault, self.tenant, self.secrets = vault, vault.directory.tenant, {}

    def add(self, epoch, secret):
        """Takes a secret in, and all earlier ones that the history boxes give."""
        self._check(epoch, secret)
        while epoch > 1 and epoch - 1 not in self.secrets:
            key = epoch_key(self.tenant, self.vault.vault, epoch, self.secrets[epoch], "history")
            context = ctx("hist/1", self.tenant, self.vault.vault, epoch)
            try:
                before = open_box(key, context, self.vault.epochs[epoch].history)
                need(len(before) == 32, "history", "holds no secret")
                self._check(epoch - 1, before)
            except Refused as error:
                raise Refused("history", str(error)) from error
            epoch -= 1

    def _check(self, epoch, secret):
        context = ctx("ecommit/1", self.tenant, self.vault.vault, epoch)
        need(derive(secret, context) == self.vault.epochs[epoch].commitment, "commitment", f"epoch {epoch}")
        need(self.secrets.get(epoch, secret) == secret, "commitment", "two secrets for one epoch")
        self.secrets[epoch] = secret

    def take_wraps(self, number, raw, identity, seeds):
        """The server's answer for epoch `number` to the person `identity`. `seeds` maps generations
        of wrap keys; without the right one the leaves alone are checked."""
        leaves, own, carrier = read_wraps(raw)
        epoch = self.vault.epochs.get(number)
        need(epoch, "members", f"there is no epoch {number}")
        check_leaves(epoch, leaves)
        if own is None:
            return False
        generation, digest, control, issuer = self._carrier(epoch, leaves, carrier, identity)
        need(sha256(own) == digest, "wrap", "not the wrap that was signed")
        if generation not in seeds:
            return False
        key = WrapKey(seeds[generation])
        vouched = {wrap[0]: wrap[2] for wrap in self.vault.directory.identities[identity].wraps}
        key_hash = wrap_key_hash(key.public)
        need(vouched.get(generation) == key_hash, "wrap", "the directory names another wrap key")
        context = wrap_context(self.tenant, self.vault.vault, number, control, key_hash, issuer)
        self.add(number, key.unwrap(context, own))
        return True

    def _carrier(self, epoch, leaves, carrier, identity):
        if carrier == epoch.carrier:
            mine = [leaf for leaf in leaves if leaf[0] == identity]
            need(mine, "wrap", "no leaf for this person")
            return mine[0][1], mine[0][2], epoch.control, epoch.issuer
        for index, entry, payload in self.vault.admissions:
            if index == carrier and payload[1] == identity and entry.epoch == epoch.number:
                return payload[3], payload[4], entry.control_hash, entry.device
        raise Refused("wrap", "carried by an entry that carries none")

    def key(self, epoch, purpose):
        need(epoch in self.secrets, "no_key", f"epoch {epoch}")
        return epoch_key(self.tenant, self.vault.vault, epoch, self.secrets[epoch], purpose)


def epoch_key(tenant, vault, epoch, secret, purpose):
    return derive(secret, ctx("ekey/1", tenant, vault, epoch, purpose))
