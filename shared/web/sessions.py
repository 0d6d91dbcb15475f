"""Staff sessions: signed by the registry (EdDSA), verified anywhere with the public key, voided by an event."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from shared.contracts.values import Grant
from shared.kernel.staff import Staff

COOKIE = "fengqiao_session"
LIFETIME = timedelta(hours=12)
ALGORITHM = "EdDSA"
CACHED = 5_000


class SessionSigner:
    """The registry's side."""

    def __init__(self, private_key: bytes) -> None:
        self._key: Any = load_pem_private_key(private_key, password=None)

    def sign(self, staff: Staff, at: datetime, lifetime: timedelta = LIFETIME) -> str:
        """A token that says who this is and what they may do, until it expires."""
        claims = {
            "sub": staff.id,
            "name": staff.name,
            "grants": [grant.model_dump(mode="json") for grant in staff.grants],
            "sid": staff.session,
            "iat": at.timestamp(),
            "exp": (at + lifetime).timestamp(),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)


class SessionVerifier:
    """Every service's side. Signatures are checked once for each token; expiry and revocation each time."""

    def __init__(self, public_key: bytes) -> None:
        self._key: Any = load_pem_public_key(public_key)
        self._seen: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._void_before: dict[str, float] = {}

    def revoke(self, staff: str, before: datetime) -> None:
        """Sessions of this account signed up to then are void."""
        self._void_before[staff] = max(before.timestamp(), self._void_before.get(staff, 0.0))

    def verify(self, token: str, now: datetime) -> Staff | None:
        """Who it is; None if the token is forged, expired or void."""
        claims = self._seen.get(token) or self._decode(token)
        if claims is None or claims["exp"] <= now.timestamp():
            return None
        if claims["iat"] <= self._void_before.get(claims["sub"], -1.0):
            return None
        grants = tuple(Grant.model_validate(grant) for grant in claims["grants"])
        return Staff(id=claims["sub"], name=claims["name"], grants=grants, session=claims["sid"])

    def _decode(self, token: str) -> dict[str, Any] | None:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.PyJWTError:
            return None
        self._seen[token] = claims
        while len(self._seen) > CACHED:
            self._seen.popitem(last=False)
        return claims
