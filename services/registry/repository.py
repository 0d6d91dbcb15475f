"""The registry's aggregates and the questions asked about them."""

from collections.abc import Sequence

from services.registry.domain.accounts import Account
from services.registry.domain.people import Employer, Roster, Union, Worker
from shared.contracts.values import Role
from shared.kernel.repository import A, Repository
from shared.kernel.staff import Staff
from shared.ports.store import Collection, Equal, Index, Prefix

WELCOME = Collection("welcome")
PAGE = 50
READERS = (Role.REGISTRAR, Role.AUDITOR)


class _Placed(Repository[A]):
    """Aggregates with a place in the union tree: whoever reads sees their own part of it."""

    place = "union_path"

    async def seen_by(self, staff: Staff, *, order: Sequence[str] = (), limit: int = PAGE) -> list[A]:
        """Those within the reader's jurisdiction."""
        found: list[A] = []
        for path in staff.paths(*READERS):
            found += await self.where((Prefix(self.place, path),), order=order or (self.place,), limit=limit)
        return found[:limit]

    async def count_for(self, staff: Staff) -> int:
        """How many there are within the reader's jurisdiction."""
        return sum([await self.store.count(self.name, (Prefix(self.place, path),)) for path in staff.paths(*READERS)])


class WorkerRepository(_Placed[Worker]):
    """Workers by the blind index of their identity number."""

    aggregate = Worker
    name = "workers"
    place = "person.union_path"
    indexes = (Index(("person.union_path",)), Index(("person.phone_index",), sparse=True))

    async def with_phone(self, index: str) -> list[Worker]:
        """Workers with this phone number."""
        return await self.where((Equal("person.phone_index", index),))


class EmployerRepository(_Placed[Employer]):
    """Firms."""

    aggregate = Employer
    name = "employers"
    indexes = (Index(("union_path",)), Index(("credit_code",), unique=True), Index(("name",)))

    async def known_as(self, text: str) -> Employer | None:
        """The firm with this credit code or exactly this name."""
        for field in ("credit_code", "name"):
            found = await self.where((Equal(field, text),), limit=1)
            if found:
                return found[0]
        return None


class UnionRepository(_Placed[Union]):
    """The union tree."""

    aggregate = Union
    name = "unions"
    place = "path"
    indexes = (Index(("path",), unique=True),)


class AccountRepository(Repository[Account]):
    """Staff accounts."""

    aggregate = Account
    name = "accounts"

    async def everyone(self) -> list[Account]:
        """All accounts, by name to sign in with."""
        return await self.where(order=("id",), limit=10_000)


class RosterRepository(Repository[Roster]):
    """Imports."""

    aggregate = Roster
    name = "rosters"
    indexes = (Index(("state",)), Index(("created_at",)))

    async def running(self) -> list[Roster]:
        """Imports that are not yet through."""
        return await self.where((Equal("state", "running"),), order=("created_at",))

    async def recent(self, staff: Staff) -> list[Roster]:
        """The newest imports of the reader's jurisdiction."""
        found = await self.where(order=("-created_at",), limit=PAGE)
        return [roster for roster in found if staff.reaches(roster.union_path, Role.REGISTRAR)]
