"""The sample export, altered: the checker has to notice each of these."""

import contextlib
import io
import json
import pathlib
import shutil
import tempfile

from . import cbor, export
from .primitives import write_code


def _pages(change):
    """Alters the pages of a log."""

    def alter(path):
        pages = list(cbor.sequence(path.read_bytes()))
        change(pages)
        path.write_bytes(b"".join(map(cbor.encode, pages)))

    return alter


def _flip(at):
    def alter(path):
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1
        path.write_bytes(raw)

    return alter


def _json(change):
    def alter(path):
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    return alter


def _drop_last(pages):
    pages[-1][3].pop()


def _shorten(pages):
    """A rollback: an older state of the log, with a head that fits."""
    pages.pop()
    pages[-1][1] = pages[-1][3][-1][0]


def _erase_more(pages):
    pages[0][3][5][4] = None


def _title(value):
    vault = next(iter(value["vaults"].values()))
    next(iter(vault["records"].values()))["heads"][0]["fields"]["title"] = "another"


def _other_code(value):
    value["recovery_code"] = "SR-RECOVER-" + write_code(bytes(16))


LIES = [
    ("byte of the directory", "directory.cbor", _flip(5_000)),
    ("last byte of the directory", "directory.cbor", _flip(-1)),
    ("directory's last entry dropped", "directory.cbor", _pages(_drop_last)),
    ("pages exchanged", "log.cbor", _pages(lambda pages: pages.reverse())),
    ("a page left out", "log.cbor", _pages(lambda pages: pages.pop(1))),
    ("entries exchanged", "log.cbor", _pages(lambda pages: pages[1][3].reverse())),
    ("log rolled back", "log.cbor", _pages(_shorten)),
    ("payload withheld", "log.cbor", _pages(_erase_more)),
    ("byte of the log", "log.cbor", _flip(3_000)),
    ("head of the log", "log.cbor", _pages(lambda pages: pages[-1].__setitem__(2, bytes(32)))),
    ("wraps", "wraps-5.cbor", _flip(100)),
    ("old wraps", "wraps-2.cbor", _flip(-100)),
    ("wallet", "wallet.cbor", _flip(500)),
    ("recovery code", "keys.json", _json(_other_code)),
    ("file", "*.sealed", _flip(300)),
    ("leaves", "*.leaves", _flip(3)),
    ("file cut", "*.sealed", lambda path: path.write_bytes(path.read_bytes()[:-1])),
    ("expected field", "expected.json", _json(_title)),
    ("verified head", "export.json", _json(lambda value: value["directory"].update(hash="00" * 32))),
    ("person", "export.json", _json(lambda value: value.update(identity="00" * 32))),
    ("vault left out", "log.cbor", lambda path: shutil.rmtree(path.parent)),
]


class _Count:
    """A tally that says nothing."""

    def __init__(self):
        self.passed, self.failed, self.file = 0, 0, ""

    def case(self, name, check, reason=None):
        try:
            check()
            self.passed += 1
        except Exception:
            self.failed += 1


def notices(folder, pattern, alter):
    """Whether the checker finds fault with a copy of `folder` after `alter`."""
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "export"
        shutil.copytree(folder, copy)
        alter(sorted(copy.rglob(pattern))[0])
        count = _Count()
        with contextlib.redirect_stdout(io.StringIO()):
            export.check(copy, count)
        return count.failed > 0


def run(folder, tally):
    """The sample export as it is, and then every lie."""
    tally.file = "logs/export"
    export.check(folder, tally)
    for name, pattern, alter in LIES:

        def check(pattern=pattern, alter=alter, name=name):
            assert notices(folder, pattern, alter), f"{name}: not noticed"

        tally.case(name, check)
