"""Section 4: entries, their signatures and their chain."""

from . import cbor
from .primitives import SUITE, ZERO, sha256
from .refused import B32, blob, fits, maybe, need, shape, uint

DATA_KINDS = {32, 33, 34, 35, 36, 37, 38, 39, 40}
CONTROL_KINDS = {0, 1, 2, 3, 4, 5, 7}
DIRECTORY_KINDS = set(range(64, 76))
ERASABLE = {32, 33, 38, 40}
_BODY = ("ent/1", SUITE, B32, B32, uint, uint, B32, uint, B32, uint, B32, uint, B32, B32, B32)
_NAMES = "tenant vault epoch kind device device_seq previous seen_index seen_hash directory_index directory_hash control_hash payload_hash"


class Entry:
    """An entry of which nothing is verified but its form."""

    def __init__(self, body, signatures, payload):
        need(payload is None or len(payload) <= 1 << 20, "form", "payload is too large")
        self.body, self.signatures_raw, self.payload = body, signatures, payload
        self.body_hash = sha256(body)
        fields = shape(cbor.decode(body, 1024, "entry body"), _BODY, "entry body")
        for name, value in zip(_NAMES.split(), fields[2:]):
            setattr(self, name, value)
        need(self.kind in DATA_KINDS | CONTROL_KINDS | DIRECTORY_KINDS, "form", f"unknown kind {self.kind}")
        self.signatures = cbor.decode(signatures, what="signatures")
        one, two = (lambda v: type(v) is bytes and len(v) == 64), (lambda v: type(v) is bytes and len(v) == 3309)
        need(fits(self.signatures, (one,)) or fits(self.signatures, (one, two)), "form", "signatures")

    @classmethod
    def read(cls, raw):
        """From `[body, signatures, payload]`."""
        return cls(*shape(cbor.decode(raw, what="entry"), (blob, blob, maybe(blob)), "entry"))

    @property
    def both(self):
        """Whether the kind needs both signatures."""
        return self.kind not in DATA_KINDS or self.kind == 39

    def chain(self, log, index, previous):
        items = ["chain/1", log, index, previous, self.body_hash, sha256(self.signatures_raw)]
        return sha256(cbor.encode(items))

    def check_payload_hash(self):
        need(self.payload is None or sha256(self.payload) == self.payload_hash, "payload_hash")

    def verify(self, key):
        """Signatures by the device that the body names."""
        need(key.hash == self.device, "signature", "another device's key")
        key.verify("entry", self.body, self.signatures, self.both)

    def decode(self, pattern):
        """The payload, of the shape of its kind."""
        need(self.payload is not None, "payload_missing")
        return shape(cbor.decode(self.payload, 1 << 20, "payload"), pattern, f"payload of kind {self.kind}")


def check_tip(tips, entry):
    """The author's own sequence in this log."""
    sequence, previous = tips.get(entry.device, (0, ZERO))
    need(entry.device_seq == sequence + 1, "sequence", f"expected {sequence + 1}, found {entry.device_seq}")
    need(entry.previous == previous, "previous_own")
