"""Sections 7 to 9: what is inside the boxes of records, files, names and links."""

import re

from . import cbor, tree
from .primitives import (
    CHUNK, HEADER, SUITE, Opener, argon2id, ctx, derive16, mix, open_box, open_padded, padded_length, read_code,
    sealed_length, sha256,
)  # fmt: skip
from .refused import B16, B32, blob, bytes_of, fits, flag, is_sorted, maybe, need, shape, text, uint

_VALUE = lambda v: v is None or type(v) in (bool, str) or (type(v) is int and -(2**63) <= v < 2**63)  # noqa: E731
MANIFEST = (
    "fman/1", SUITE, B32, B32, B16, B16, B16, [B16], uint, uint, bytes_of(HEADER), B32, text, text, maybe(blob), flag,
    uint,
)  # fmt: skip


class Place:
    """Where an entry stands: what its boxes are bound to."""

    def __init__(self, tenant, vault, epoch, device, device_seq=0):
        self.tenant, self.vault, self.epoch, self.device, self.device_seq = tenant, vault, epoch, device, device_seq

    @classmethod
    def of(cls, entry):
        return cls(entry.tenant, entry.vault, entry.epoch, entry.device, entry.device_seq)

    def context(self, label, *items):
        return ctx(label, self.tenant, self.vault, self.epoch, *items)


def unpack_fields(data):
    """The fields in a record box, after padding."""
    label, pairs = shape(cbor.decode(data, 262_144, "fields"), ("fields/1", [(text, _VALUE)]), "fields")
    need(is_sorted([name.encode() for name, _ in pairs]), "form", "fields are not sorted")
    return dict(map(tuple, pairs))


def open_record(key, place, payload):
    """The fields of a record version."""
    _, table, definition, record, version, parents, deleted, clear, box = payload
    context = place.context(
        "rec/1", table, definition, record, version, parents, place.device, sha256(clear), deleted
    )  # fmt: skip
    return unpack_fields(open_padded(key, context, box))


def definition_hash(table):
    """Of a table definition as JSON has it."""
    fields = [
        [field["name"], field["type"], field.get("required", False), field.get("choices", [])]
        for field in table["fields"]
    ]
    return sha256(cbor.encode(["table/1", table["name"], table.get("private", False), fields]))


def heads(versions):
    """The heads of a record: versions that no other names as parent. `versions` in the order of
    the log; those in another table than the first are ignored."""
    table = versions[0]["table"]
    known = [version for version in versions if version["table"] == table]
    named = {parent for version in known for parent in version["parents"]}
    return [version for version in known if version["version"] not in named]


def open_name(key, place, payload):
    context = place.context("vmeta/1", place.device, place.device_seq)
    return shape(cbor.decode(open_padded(key, context, payload[1])), ("vname/1", text), "name")[1]


def open_attributes(key, place, payload):
    """(name, hidden) of a file."""
    _, file, record, version, deleted, protected, box = payload
    context = place.context("fattr/1", record, file, version, place.device, deleted, protected)
    return shape(cbor.decode(open_padded(key, context, box)), ("fattrs/1", text, flag), "attributes")[1:]


class Manifest:
    def __init__(self, raw):
        self.check(cbor.decode(raw, 262_144, "manifest"))

    def check(self, fields):
        shape(fields, MANIFEST, "manifest")
        self.fields = fields
        self.tenant, self.vault, self.record, self.file, self.revision, self.parents = fields[2:8]
        self.true_length, self.sealed_length, self.header, self.root = fields[8:12]
        self.name, self.media_type, self.thumbnail, self.conflict, self.created = fields[12:]
        need(0 < len(self.name.encode()) <= 1024, "form", "file name")
        need(len(self.media_type.encode()) <= 200, "form", "media type")
        need(self.thumbnail is None or len(self.thumbnail) <= 65_536, "form", "thumbnail")
        fits_ = self.sealed_length == sealed_length(padded_length(self.true_length))
        need(fits_, "form", "lengths do not fit")


def open_manifest(key, place, payload):
    _, file, revision, record, parents, length, _, _, box = payload
    context = place.context("fmanbox/1", record, file, revision, place.device)
    manifest = Manifest(open_padded(key, context, box))
    same = (manifest.tenant, manifest.vault, manifest.record, manifest.file, manifest.revision)
    need(same == (place.tenant, place.vault, record, file, revision), "manifest", "of another file")
    need((manifest.parents, manifest.sealed_length) == (parents, length), "manifest", "says else than the entry")
    return manifest


def open_file_key(key, place, file, revision, box):
    """From the key box of a kind 33 or 38 entry."""
    out = open_box(key, place.context("fwrap/1", file, revision), box)
    need(len(out) == 32, "box", "holds no key")
    return out


def check_key(key, manifest):
    """Whether a key is the one that the content commits to."""
    Opener(key, ctx("file/1", manifest.tenant, manifest.vault, manifest.file, manifest.revision), manifest.header)


def open_file(key, manifest, sealed, raw_leaves, every_group=True):
    """The file, each chunk given out only after the tree vouches for it. Without `every_group`
    the root over the whole stands for all groups but the first and last (inner values are slow)."""
    need(len(sealed) == manifest.sealed_length, "length", "another length than the manifest says")
    leaves = tree.split_leaves(raw_leaves, len(sealed))
    need(tree.root_of(leaves) == manifest.root, "leaves", "not those of the root")
    need(sealed[:HEADER] == manifest.header, "header", "not the header of the manifest")
    if not every_group:
        from blake3 import blake3

        need(blake3(sealed).digest() == manifest.root, "group", "not the bytes of the root")
    for group in range(len(leaves)) if every_group else {0, len(leaves) - 1}:
        tree.check_group(sealed[group * tree.GROUP : (group + 1) * tree.GROUP], group, leaves)
    context = ctx("file/1", manifest.tenant, manifest.vault, manifest.file, manifest.revision)
    opener = Opener(key, context, sealed[:HEADER])
    out, at, index = bytearray(), HEADER, 0
    while True:
        piece = sealed[at : at + CHUNK + 16]
        last = len(piece) < CHUNK + 16
        out += opener.chunk(index, piece, last)
        if last:
            break
        at, index = at + CHUNK + 16, index + 1
    need(len(out) == padded_length(manifest.true_length), "padding", "another padded length")
    need(not any(out[manifest.true_length :]), "padding", "zeros that are none")
    return bytes(out[: manifest.true_length])


_ADDRESS = re.compile(r"https://[^/]+/l/([0-9a-f]{32})#(.+)")


def open_link(url, passphrase, tenant, vault, payload, box):
    """(file key, manifest) of a link; `payload` is the signed entry that made it."""
    match = _ADDRESS.fullmatch(url)
    need(match, "link", "not the address of a link")
    link, fragment = bytes.fromhex(match[1]), read_code(None, match[2])
    _, id_, file, revision, action, _, _, token_hash, box_hash, locked = payload
    need(id_ == link and action == 0, "link", "the entry of another link")
    token = derive16(fragment, ctx("linkkey/1", link, "auth"))
    need(sha256(token) == token_hash, "link", "another fragment")
    need(sha256(box) == box_hash, "link", "not the box that was signed")
    need(locked == (passphrase is not None), "link", "passphrase")
    parts = [derive16(fragment, ctx("linkkey/1", link, "box"))]
    if locked:
        salt = derive16(fragment, ctx("linkkey/1", link, "salt"))[:16]
        parts.append(argon2id(passphrase.encode(), salt))
    key = mix(parts, ctx("linkkey/1", link, "box"))
    content = open_padded(key, ctx("link/1", tenant, vault, file, revision, link), box)
    shared = shape(cbor.decode(content, 307_200), ("shared/1", B32, lambda v: fits(v, MANIFEST)), "link box")
    manifest = Manifest(cbor.encode(shared[2]))
    same = (manifest.tenant, manifest.vault, manifest.file, manifest.revision)
    need(same == (tenant, vault, file, revision), "manifest", "of another file")
    return shared[1], manifest
