"""Staff accounts: who may sign in, and what they may do where."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.contracts import registry as told
from shared.contracts.values import Grant, Role
from shared.kernel.aggregate import Aggregate
from shared.kernel.errors import NotAllowed, NotValid
from shared.kernel.staff import Staff

SHORTEST_PASSWORD = 10
WINDOW = timedelta(minutes=15)


class Account(Aggregate):
    """A member of staff. `id` is the name to sign in with; the password rests as an argon2id hash."""

    name: str
    password: str | None = None
    grants: tuple[Grant, ...] = ()
    active: bool = True

    @classmethod
    def open(cls, id: str, name: str, password: str | None, grants: Sequence[Grant], at: datetime) -> "Account":
        """A new account."""
        account = cls(id=id, name=name, password=password, grants=tuple(grants))
        account._tell(at)
        return account

    def regrant(self, grants: Sequence[Grant], at: datetime) -> None:
        """Other roles; sessions that carry the old ones are void."""
        self.grants = tuple(grants)
        self._tell(at)
        self._record(told.SessionsRevoked(at=at, staff=self.id))

    def close(self, at: datetime) -> None:
        """Nobody signs in with it any more."""
        self.active = False
        self._tell(at)
        self._record(told.SessionsRevoked(at=at, staff=self.id))

    def sign_out_everywhere(self, at: datetime) -> None:
        """Every session signed so far is void."""
        self._record(told.SessionsRevoked(at=at, staff=self.id))

    def as_staff(self, session: str) -> Staff:
        """What a session says of this account."""
        return Staff(id=self.id, name=self.name, grants=self.grants, session=session)

    def _tell(self, at: datetime) -> None:
        self._record(told.AccountOpened(at=at, staff=self.id, name=self.name, grants=self.grants, active=self.active))


def check_password(password: str) -> None:
    """Raises NotValid for one that is too short; length is what counts."""
    if len(password) < SHORTEST_PASSWORD:
        raise NotValid("password", "refused.password_short", least=SHORTEST_PASSWORD)


def check_grants(grants: Sequence[Grant], by: Staff) -> None:
    """Nobody gives a role beyond the place where they themselves are registrar. Raises NotAllowed."""
    for grant in grants:
        if grant.role is Role.OPERATOR and grant.path != "/":
            raise NotValid("path", "refused.operator_place")
        if not by.reaches(grant.path, Role.REGISTRAR):
            raise NotAllowed("refused.grant_place")


@dataclass
class Attempts:
    """Failed sign-ins by account and by address: past the limit within a quarter of an hour, a pause."""

    limit: int
    _failed: dict[str, deque[datetime]] = field(default_factory=dict)

    def check(self, keys: Sequence[str], now: datetime) -> None:
        """Raises NotAllowed while there were too many."""
        for key in keys:
            recent = self._failed.get(key, deque())
            while recent and now - recent[0] > WINDOW:
                recent.popleft()
            if len(recent) >= self.limit:
                raise NotAllowed("refused.too_many_sign_ins")

    def failed(self, keys: Sequence[str], now: datetime) -> None:
        """One more."""
        if len(self._failed) > 10_000:  # noqa: PLR2004 an attacker must not fill the memory
            self._failed.clear()
        for key in keys:
            self._failed.setdefault(key, deque(maxlen=self.limit)).append(now)

    def succeeded(self, keys: Sequence[str]) -> None:
        """The account's owner is here: the account is free again, and this attempt was none for the address."""
        self._failed.pop(keys[0], None)
        for key in keys[1:]:
            if self._failed.get(key):
                self._failed[key].pop()
