"""Personal data are stored sealed: AES-256-GCM under a named key; equal values are found by a keyed hash."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
INDEX_BYTES = 16
DRAWN_AT_ONCE = 100


class CannotUnseal(Exception):
    """The key is not here, the text was changed, or it was sealed for another purpose."""


class Sealer:
    """Seals texts with the newest key, opens with any, and computes blind indexes.

    `purpose` is bound into the seal: what was sealed as a phone number opens only as one.
    """

    def __init__(self, keys: Mapping[str, bytes], newest: str, index_key: bytes) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._newest = newest
        self._index_key = index_key
        self._nonces = b""

    def seal(self, text: str, purpose: str) -> str:
        """`sealed.<key id>.<nonce and ciphertext>`."""
        nonce = self._nonce()
        secret = self._ciphers[self._newest].encrypt(nonce, text.encode(), purpose.encode())
        return f"sealed.{self._newest}.{_encode(nonce + secret)}"

    def _nonce(self) -> bytes:
        """Random and never used again; drawn from the system by the handful, which is what makes sealing fast."""
        if len(self._nonces) < NONCE_BYTES:
            self._nonces = secrets.token_bytes(NONCE_BYTES * DRAWN_AT_ONCE)
        nonce, self._nonces = self._nonces[:NONCE_BYTES], self._nonces[NONCE_BYTES:]
        return nonce

    def open(self, sealed: str, purpose: str) -> str:
        """The text. Raises CannotUnseal."""
        try:
            _, name, data = sealed.split(".")
            raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
            return self._ciphers[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (KeyError, ValueError, InvalidTag) as error:
            raise CannotUnseal(f"A sealed {purpose} can't be opened.") from error

    def index(self, text: str, purpose: str) -> str:
        """A keyed hash (HMAC-SHA256, 128 bits): the same for the same text and purpose, useless without the key."""
        digest = hmac.new(self._index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
        return _encode(digest[:INDEX_BYTES])


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
