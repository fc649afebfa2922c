"""Section 8, the tree: BLAKE3 with its inner values, which libraries hide. Slow and plain."""

import struct

from .refused import need

GROUP = 16_384
_IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
_PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
_SCHEDULE = [tuple(range(16))]
for _ in range(6):
    _SCHEDULE.append(tuple(_SCHEDULE[-1][at] for at in _PERMUTATION))
_MIXES = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
_START, _END, _PARENT, _ROOT = 1, 2, 4, 8
_MASK = 0xFFFFFFFF


def _compress(value, block, counter, length, flags):
    m = struct.unpack("<16I", block)
    v = [*value, *_IV[:4], counter & _MASK, counter >> 32, length, flags]
    for schedule in _SCHEDULE:
        for number, (a, b, c, d) in enumerate(_MIXES):
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            va = va + vb + m[schedule[2 * number]] & _MASK
            vd ^= va
            vd = (vd >> 16 | vd << 16) & _MASK
            vc = vc + vd & _MASK
            vb ^= vc
            vb = (vb >> 12 | vb << 20) & _MASK
            va = va + vb + m[schedule[2 * number + 1]] & _MASK
            vd ^= va
            vd = (vd >> 8 | vd << 24) & _MASK
            vc = vc + vd & _MASK
            vb ^= vc
            v[a], v[b], v[c], v[d] = va, (vb >> 7 | vb << 25) & _MASK, vc, vd
    return [v[at] ^ v[at + 8] for at in range(8)]


def _chunk(data, counter, root):
    value = _IV
    blocks = max(1, (len(data) + 63) // 64)
    for number in range(blocks):
        block = data[64 * number : 64 * number + 64]
        flags = (_START if number == 0 else 0) | (_END if number == blocks - 1 else 0)
        if root and number == blocks - 1:
            flags |= _ROOT
        value = _compress(value, block.ljust(64, b"\0"), counter, len(block), flags)
    return struct.pack("<8I", *value)


def _parent(left, right, root):
    return struct.pack("<8I", *_compress(_IV, left + right, 0, 64, _PARENT | (_ROOT if root else 0)))


def _join(values, root):
    if len(values) == 1:
        return values[0]
    split = 1 << (len(values) - 1).bit_length() - 1
    return _parent(_join(values[:split], False), _join(values[split:], False), root)


def group_value(data, group, whole):
    """The chaining value of group number `group`; of the only one, the hash itself."""
    first = group * GROUP // 1024
    chunks = [data[at : at + 1024] for at in range(0, len(data), 1024)] or [b""]
    if len(chunks) == 1:
        return _chunk(chunks[0], first, whole)
    return _join([_chunk(chunk, first + at, False) for at, chunk in enumerate(chunks)], whole)


def root_of(leaves):
    """The root that leaves give; a single leaf is the root."""
    return _join(leaves, True)


def split_leaves(raw, sealed):
    """The leaves of `sealed` bytes."""
    count = max(1, -(-sealed // GROUP))
    need(len(raw) == 32 * count, "leaves", "wrong number of leaves")
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def check_group(data, group, leaves):
    need(group_value(data, group, len(leaves) == 1) == leaves[group], "group", f"group {group} was changed")
