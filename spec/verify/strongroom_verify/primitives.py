"""Section 2: hashes, keys, boxes, wraps, signatures. Every primitive is a published library's;
only the framing is ours."""

import hashlib

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from . import cbor
from .refused import Refused, bytes_of, fits, need

SUITE = 1
ZERO = bytes(32)
CHUNK = 16_384
HEADER = 56


def sha256(raw):
    return hashlib.sha256(raw).digest()


def ctx(label, *items):
    """A context of section 3 with its suite."""
    return cbor.encode([label, SUITE, *items])


def derive(key, context):
    return HKDFExpand(hashes.SHA256(), 32, context).derive(key)


def derive16(secret, context):
    need(len(secret) == 16, "form", "a secret of 16 bytes")
    return HKDF(hashes.SHA256(), 32, None, context).derive(secret)


def mix(parts, context):
    material = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return HKDF(hashes.SHA256(), 32, None, context).derive(material)


def argon2id(passphrase, salt):
    return hash_secret_raw(passphrase, salt, 3, 65_536, 1, 32, Type.ID, 19)


# Boxes: C2SP chunked-encryption v1.


def sealed_length(plain):
    return HEADER + plain + 16 * (plain // CHUNK + 1)


class Opener:
    """Opens chunks of a box whose commitment is right."""

    def __init__(self, key, context, header):
        need(len(key) == 32 and len(header) == HEADER, "box", "too short")
        info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + header[:24] + context
        out = HKDFExpand(hashes.SHA512(), 76, info).derive(key)
        need(out[44:] == header[24:], "box", "the commitment is another key's or context's")
        self.aead, self.base = AESGCM(out[:32]), int.from_bytes(out[32:44], "big")

    def chunk(self, index, sealed, last):
        short = 16 <= len(sealed) < CHUNK + 16
        need(short if last else len(sealed) == CHUNK + 16, "box", "a chunk of the wrong length")
        nonce = (self.base ^ index).to_bytes(12, "big")
        try:
            return self.aead.decrypt(nonce, sealed, None)
        except InvalidTag:
            raise Refused("box", f"chunk {index} was changed") from None


def open_box(key, context, sealed):
    opener = Opener(key, context, sealed[:HEADER])
    body, out, index = sealed[HEADER:], [], 0
    while True:
        piece = body[index * (CHUNK + 16) : (index + 1) * (CHUNK + 16)]
        last = len(piece) < CHUNK + 16
        out.append(opener.chunk(index, piece, last))
        if last:
            return b"".join(out)
        index += 1


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    low = max(exponent - exponent.bit_length(), 0)
    return (length + (1 << low) - 1) >> low << low


def padded_length(length):
    return max(256, padme(length))


def pad(data):
    return (len(data).to_bytes(8, "big") + data).ljust(padded_length(8 + len(data)), b"\0")


def unpad(padded):
    need(len(padded) >= 8, "padding", "too short")
    length = int.from_bytes(padded[:8], "big")
    need(length <= len(padded) - 8, "padding", "length past the end")
    need(len(padded) == padded_length(8 + length), "padding", "padded to another size")
    need(not any(padded[8 + length :]), "padding", "not zero")
    return padded[8 : 8 + length]


def open_padded(key, context, sealed):
    return unpad(open_box(key, context, sealed))


# Wraps: HPKE with X-Wing.

_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class WrapKey:
    """The secret half of a wrap key, from its seed (draft-connolly-cfrg-xwing-kem, section 5.2)."""

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.private = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def unwrap(self, context, wrap):
        need(len(wrap) == 1168, "wrap", "wrong length")
        try:
            key = _HPKE.decrypt(wrap, self.private, context)
        except Exception as error:
            raise Refused("wrap", "does not open") from error
        need(len(key) == 32, "wrap", "holds no key")
        return key


def check_wrap_public(public):
    """1,216 bytes whose ML-KEM half passes the checks of FIPS 203, section 7.2."""
    need(len(public) == 1216, "form", "a wrap key has 1,216 bytes")
    try:
        MLKEM768PublicKey.from_public_bytes(public[:1184])
    except ValueError:
        raise Refused("form", "not a wrap key") from None


def wrap_key_hash(public):
    return sha256(cbor.encode(["wrapkey/1", SUITE, public]))


# Signatures: Ed25519 and ML-DSA-65.

_P = 2**255 - 19
_SMALL_Y = {
    0,
    1,
    _P - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
}
SIGNATURES = (bytes_of(64),), (bytes_of(64), bytes_of(3309))


def _large_order(point):
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    return y < _P and y not in _SMALL_Y


class SignKey:
    """A hybrid public key."""

    def __init__(self, public):
        need(len(public) == 1984, "form", "a public key has 1,984 bytes")
        need(_large_order(public[:32]), "form", "a weak public key")
        self.public = public
        self.hash = key_hash(public)
        try:
            self.ed25519 = Ed25519PublicKey.from_public_bytes(public[:32])
            self.ml_dsa = MLDSA65PublicKey.from_public_bytes(public[32:])
        except ValueError:
            raise Refused("form", "not a public key") from None

    def verify(self, kind, context, signatures, both):
        """`signatures` is the decoded array of section 2."""
        need(fits(signatures, SIGNATURES[both]), "signature", "one is missing or too many")
        message = cbor.encode(["sig/1", SUITE, kind, self.hash, sha256(context)])
        try:
            need(_large_order(signatures[0][:32]), "signature", "a weak point")
            self.ed25519.verify(signatures[0], message)
            if both:
                self.ml_dsa.verify(signatures[1], message)
        except InvalidSignature:
            raise Refused("signature", "does not verify") from None


def key_hash(public):
    return sha256(cbor.encode(["sigkey/1", SUITE, public[:32], public[32:]]))


def public_of_seed(seed):
    """The public key of 64 secret bytes."""
    ed25519 = Ed25519PrivateKey.from_private_bytes(seed[:32]).public_key().public_bytes_raw()
    return ed25519 + MLDSA65PrivateKey.from_seed_bytes(seed[32:]).public_key().public_bytes_raw()


# Codes of section 10.

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def write_code(secret):
    bits = int.from_bytes(secret, "big") << 2 << 10 | int.from_bytes(sha256(secret)[:2], "big") >> 6
    code = "".join(_ALPHABET[bits >> 5 * (27 - place) & 31] for place in range(28))
    return "-".join(code[at : at + 4] for at in range(0, 28, 4))


def read_code(kind, text):
    """`kind` is `invite`, `setup`, `recover`, `device`, or `None` for a bare code."""
    text = text.strip().upper()
    if kind is not None:
        prefix = f"SR-{kind.upper()}-"
        need(text.startswith(prefix), "code", "another kind of code")
        text = text[len(prefix) :]
    plain = text.replace("-", "").replace("O", "0").replace("I", "1").replace("L", "1")
    plain = "".join(plain.split())
    need(len(plain) == 28 and all(c in _ALPHABET for c in plain), "code", "not a code")
    bits = 0
    for character in plain:
        bits = bits << 5 | _ALPHABET.index(character)
    secret = (bits >> 12).to_bytes(16, "big")
    need(write_code(secret).replace("-", "") == plain, "code", "a typing error")
    return secret
