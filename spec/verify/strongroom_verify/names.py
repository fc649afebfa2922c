"""Section 5: names of people and what they look like."""

import pathlib
import unicodedata

from .refused import need

_HIDDEN = [(0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F)]
_HIDDEN += [(0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF)]
_TABLE = {}


def load_table(path):
    """Reads the table of prototypes."""
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, _, to = line.partition("\t")
            _TABLE[chr(int(code, 16))] = "".join(chr(int(part, 16)) for part in to.split())


def check(name):
    need(0 < len(name.encode()) <= 200, "form", "a name has 1 to 200 bytes")
    need(unicodedata.normalize("NFKC", name) == name, "form", "a name is in NFKC")
    need(name.strip() == name, "form", "no spaces at the ends")
    for character in name:
        hidden = any(low <= ord(character) <= high for low, high in _HIDDEN)
        need(not hidden and unicodedata.category(character) != "Cc", "form", "an invisible character")


def look(name):
    lower = unicodedata.normalize("NFKC", name).lower()
    parts = (_TABLE.get(character, character) for character in unicodedata.normalize("NFD", lower))
    return unicodedata.normalize("NFD", "".join(parts)).lower()
