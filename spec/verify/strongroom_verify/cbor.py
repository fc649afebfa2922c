"""Deterministic CBOR of formats.md, section 1: refuses every second way to write the same thing."""

from .refused import Refused, need

MAX_DEPTH = 16


def encode(value):
    if value is None:
        return b"\xf6"
    if value is True:
        return b"\xf5"
    if value is False:
        return b"\xf4"
    if type(value) is int:
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if type(value) is bytes:
        return _head(2, len(value)) + value
    if type(value) is str:
        raw = value.encode()
        return _head(3, len(raw)) + raw
    if type(value) in (list, tuple):
        return _head(4, len(value)) + b"".join(map(encode, value))
    raise TypeError(type(value))


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError("number too large")


def decode(raw, limit=None, what="item"):
    """One item that fills `raw`."""
    need(limit is None or len(raw) <= limit, "form", f"{what} is too large")
    value, end = _item(raw, 0, 0)
    need(end == len(raw), "form", f"{what} has trailing bytes")
    return value


def sequence(raw):
    """A CBOR sequence (RFC 8742) of any number of items."""
    at = 0
    while at < len(raw):
        value, at = _item(raw, at, 0)
        yield value


def _item(raw, at, depth):
    need(at < len(raw) and depth < MAX_DEPTH, "form", "CBOR is cut off or too deep")
    major, low = raw[at] >> 5, raw[at] & 31
    at += 1
    if major == 7:
        if low in (20, 21, 22):
            return {20: False, 21: True, 22: None}[low], at
        raise Refused("form", "a simple value or float that is not allowed")
    need(low < 28, "form", "indefinite or reserved length")
    number = low
    if low >= 24:
        size = 1 << low - 24
        need(at + size <= len(raw), "form", "CBOR is cut off")
        number = int.from_bytes(raw[at : at + size], "big")
        at += size
        need(number >= (24 if size == 1 else 1 << 4 * size), "form", "overlong number")
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        need(at + number <= len(raw), "form", "CBOR is cut off")
        piece = bytes(raw[at : at + number])
        if major == 3:
            try:
                piece = piece.decode()
            except UnicodeDecodeError:
                raise Refused("form", "text that is not UTF-8") from None
        return piece, at + number
    need(major == 4, "form", "a map or tag")
    items = []
    for _ in range(number):
        value, at = _item(raw, at, depth + 1)
        items.append(value)
    return items, at
