"""spec/export.md: proves a folder that `strongroom export` wrote."""

import json
import re

from . import cbor, content
from .directory import Directory
from .entry import Entry
from .keys import Keyring
from .primitives import sha256
from .refused import B32, Refused, blob, maybe, need, shape, uint
from .vault import Vault
from .wallet import open_wallet

_PAGE = ("page/1", uint, B32, [(uint, uint, blob, blob, maybe(blob))])
_BIG = 1 << 20


def read_log(path, log):
    """Replays the pages of a file into `log`; returns the number of entries."""
    head = None
    for number, item in enumerate(cbor.sequence(path.read_bytes())):
        shape(item, _PAGE, f"page {number}")
        for index, _, body, signatures, payload in item[3]:
            need(index == len(log.hashes), "gap", f"entry {len(log.hashes)} is missing")
            try:
                log.apply(Entry(body, signatures, payload))
            except Refused as error:
                raise Refused(error.reason, f"entry {index}: {error}") from error
        head = item[1:3]
    need(head is not None and log.hashes, "gap", "an empty log")
    need(head == [len(log.hashes) - 1, log.hashes[-1]], "gap", "the last page's head is not the last entry")
    return len(log.hashes)


class Export:
    """One folder, read step by step; each step is a case of the tally."""

    def __init__(self, folder, tally):
        self.folder, self.tally = folder, tally
        self.about = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        need(self.about["format"] == "strongroom-export/1", "form", "another version of the export")
        self.tenant, self.identity = (bytes.fromhex(self.about[name]) for name in ("tenant", "identity"))
        self.keys = self._json("keys.json")
        self.expected = self._json("expected.json").get("vaults", {})
        self.directory, self.seeds = Directory(self.tenant), {}

    def _json(self, name):
        path = self.folder / name
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def step(self, name, check):
        """Whether a step succeeded; its result counts."""
        before = self.tally.failed
        self.tally.case(name, check)
        return self.tally.failed == before

    def check(self):
        if not self.step("directory", self._directory):
            return
        self.step("wrap keys", self._wrap_keys)
        for number, folder in enumerate(sorted((self.folder / "vaults").glob("*"))):
            VaultExport(self, folder, number).check()
        named = set(self.about.get("vaults", {})) | set(self.expected)
        found = {folder.name for folder in (self.folder / "vaults").glob("*")}
        self.step("every vault is there", lambda: need(named <= found, "missing", f"{sorted(named - found)}"))

    def _directory(self):
        count = read_log(self.folder / "directory.cbor", self.directory)
        said = self.about.get("directory")
        if said:
            need(self.directory.hashes[said["index"]].hex() == said["hash"], "head", "not the head that was verified")
        need(self.identity in self.directory.identities, "rule", "the person is not in the directory")
        print(f"  directory: {count} entries, {len(self.directory.identities)} people, signatures verify")

    def _wrap_keys(self):
        for generation, seed in self.keys.get("wrap_seeds", []):
            self.seeds[generation] = bytes.fromhex(seed)
        code, path = self.keys.get("recovery_code"), self.folder / "wallet.cbor"
        if code and path.exists():
            in_force = self.directory.identities[self.identity].key.hash
            opened = open_wallet(path.read_bytes(), self.tenant, self.identity, {"recovery_code": code}, in_force)
            for generation, seed in opened["wrap_seeds"].items():
                need(self.seeds.get(generation, seed) == seed, "wallet", "keys.json has another seed")
                self.seeds[generation] = seed
            heads = {log: (index, digest) for log, index, digest in opened["heads"]}
            index, digest = heads.get(self.tenant, (0, self.directory.hashes[0]))
            known = self.directory.hashes
            need(index < len(known) and known[index] == digest, "rollback", "the wallet knows another directory")
            print(f"  wallet: version {opened['version']}, {len(self.seeds)} wrap keys")


class VaultExport:
    """One vault of an export."""

    def __init__(self, export, folder, number):
        self.export, self.folder, self.number, self.step = export, folder, number, export.step
        self.log = Vault(export.directory, bytes.fromhex(folder.name))
        self.ring, self.opened = Keyring(self.log), {}
        self.expected = export.expected.get(folder.name, {})

    def check(self):
        short = self.folder.name[:8]
        if not self.step(f"vault {short}: log", self._log):
            return
        for path in sorted(self.folder.glob("wraps-*.cbor")):
            self.step(f"vault {short}: {path.name}", lambda path=path: self._wraps(path))
        self.step(f"vault {short}: secrets", self._secrets)
        if self.ring.secrets:
            self.step(f"vault {short}: records and names", self._contents)
            self.step(f"vault {short}: as the client read it", self._compare)
        for path in sorted((self.folder / "files").glob("*.sealed")):
            self.step(f"vault {short}: file {path.stem[:8]}", lambda path=path: self._file(path))
        for path in sorted((self.export.folder / "links").glob("*.json")):
            link = json.loads(path.read_text(encoding="utf-8"))
            if link["vault"] == self.folder.name:
                self.step(f"link {path.stem[:8]}", lambda path=path, link=link: self._link(path, link))

    def _log(self):
        count = read_log(self.folder / "log.cbor", self.log)
        need(self.log.vault.hex() == self.folder.name, "wrong_log")
        said = self.export.about.get("vaults", {}).get(self.folder.name)
        if said:
            need(self.log.hashes[said["index"]].hex() == said["hash"], "head", "not the head that was verified")
        need(not self.log.withheld(), "withheld", f"payloads {self.log.withheld()[:5]}")
        print(f"  vault {self.folder.name[:8]}: {count} entries, {len(self.log.members)} members, epoch {self.log.epoch}")

    def _wraps(self, path):
        number = int(re.fullmatch(r"wraps-(\d+)", path.stem)[1])
        self.ring.take_wraps(number, path.read_bytes(), self.export.identity, self.export.seeds)

    def _secrets(self):
        for epoch, secret in self.export.keys.get("epoch_secrets", {}).get(self.folder.name, []):
            self.ring.add(epoch, bytes.fromhex(secret))
        if self.export.seeds and self.export.identity in self.log.members:
            need(self.log.epoch in self.ring.secrets, "wrap", "the newest epoch does not open")

    def _contents(self):
        """Opens everything; epochs before the person's own may stay closed only without their secrets."""
        records, files, name, closed = {}, {}, None, 0
        for _, entry, payload in self.log.data:
            if payload is None or entry.kind not in (32, 33, 37, 38, 40):
                continue
            if entry.epoch not in self.ring.secrets:
                closed += 1
                continue
            key, place = (lambda purpose, e=entry: self.ring.key(e.epoch, purpose)), content.Place.of(entry)
            if entry.kind == 32:
                version = {"version": payload[4], "parents": payload[5], "deleted": payload[6], "table": payload[1]}
                version["fields"] = content.open_record(key("records"), place, payload)
                records.setdefault(payload[3], []).append(version)
            elif entry.kind == 33:
                manifest = content.open_manifest(key("meta"), place, payload)
                file_key = content.open_file_key(key("files"), place, payload[1], payload[2], payload[7])
                content.check_key(file_key, manifest)
                files[payload[2]] = (manifest, file_key)
            elif entry.kind == 37:
                name = content.open_name(key("meta"), place, payload)
            elif entry.kind == 38:
                again = content.open_file_key(key("files"), place, *payload[1:])
                if payload[2] in files:
                    need(again == files[payload[2]][1], "box", "rewrapped another key")
            elif entry.kind == 40:
                content.open_attributes(key("meta"), place, payload)
        self.opened = {"records": records, "files": files, "name": name}
        need(closed == 0 or min(self.ring.secrets) > 1, "no_key", f"{closed} entries stay closed")
        print(f"    {name!r}: {len(records)} records, {len(files)} file revisions open, {closed} closed")

    def _compare(self):
        if "name" in self.expected:
            need(self.opened["name"] == self.expected["name"], "differs", "name")
        if "records" in self.expected:
            found = {}
            for record, versions in self.opened["records"].items():
                heads = [
                    {"version": v["version"].hex(), "deleted": v["deleted"], "fields": v["fields"]}
                    for v in content.heads(versions)
                ]
                found[record.hex()] = {"table": versions[0]["table"], "heads": sorted(heads, key=lambda v: v["version"])}
            wanted = {record: said for record, said in self.expected["records"].items() if said["heads"]}
            for case in wanted.values():
                case["heads"].sort(key=lambda version: version["version"])
            need(found == wanted, "differs", "records")
        for revision, said in self.expected.get("files", {}).items():
            known = self.opened["files"].get(bytes.fromhex(revision))
            need(known, "missing", f"revision {revision}")
            manifest = known[0]
            found = {
                "file": manifest.file.hex(), "record": manifest.record.hex(), "name": manifest.name,
                "true_length": manifest.true_length,
            }  # fmt: skip
            need({key: said[key] for key in found if key in said}.items() <= found.items(), "differs", "file")

    def _file(self, path):
        revision, sealed = bytes.fromhex(path.stem), path.read_bytes()
        leaves = path.with_suffix(".leaves").read_bytes()
        known = self.opened.get("files", {}).get(revision)
        given = self.export.keys.get("file_keys", {}).get(path.stem)
        if known is None:
            entry = [p for _, e, p in self.log.data if e.kind == 33 and p and p[2] == revision]
            need(entry, "missing", "no entry names this revision")
            need(entry[0][5] == len(sealed), "length")
            if given:
                context = (self.log.directory.tenant, self.log.vault, entry[0][1], revision)
                opener = content.open_box(bytes.fromhex(given), content.ctx("file/1", *context), sealed)
                need(len(opener) >= 256, "padding")
            return
        manifest, key = known
        need(given is None or bytes.fromhex(given) == key, "differs", "keys.json has another key")
        plain = content.open_file(key, manifest, sealed, leaves, every_group=len(sealed) <= _BIG)
        said = self.expected.get("files", {}).get(path.stem, {}).get("sha256")
        need(said is None or sha256(plain).hex() == said, "differs", "the file is another")

    def _link(self, path, link):
        box = path.with_suffix(".box").read_bytes()
        made = [p for _, e, p in self.log.data if e.kind == 35 and p[1].hex() == path.stem and p[4] == 0]
        need(made, "missing", "no entry names this link")
        tenant = self.export.tenant
        key, manifest = content.open_link(link["url"], link.get("passphrase"), tenant, self.log.vault, made[0], box)
        content.check_key(key, manifest)


def check(folder, tally):
    """Proves an export; every step is counted."""
    print(f"export {folder}")
    started = []
    tally.case("export.json", lambda: started.append(Export(folder, tally)))
    if started:
        started[0].check()
