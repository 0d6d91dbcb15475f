"""Cases in the store, and which questions about them are fast at any number of cases."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.grievances.domain.case import NOBODY, Case
from services.grievances.domain.life import Clock
from services.grievances.domain.routing import name_key
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EmployerRegistered
from shared.contracts.values import Role, as_text, moment_from
from shared.kernel.repository import ATTEMPTS, Projection, Repository
from shared.kernel.staff import Staff
from shared.ports.store import Body, Collection, Conflict, Equal, Index, Prefix, Scalar, Store, Stored, Where
from shared.runtime.timers import DUE_INDEX

DEPTHS = 5
PAGE = 50
ORDER = ("queue.deadline",)
READERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.AUDITOR)
"""Who may know of a case at their place; what they may read and do of it is less for auditors."""

EMPLOYERS = Collection("employers")
NAMES = Collection("employer_names", (Index(("key",)),))
MEMBERS = Collection("members", (Index(("phone_index",), sparse=True),))
UNIONS = Collection("unions")
STAFF = Collection("staff")
MEASURED = Collection("measured")
ALERTS = Collection("alerts", (Index(("owner", "at")),))


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Cases in the order of their deadlines, and where the next page begins."""

    rows: list[Case]
    next: str | None


class CaseRepository(Repository[Case]):
    """Cases. Whatever a queue asks is one read of an index that holds open cases only."""

    aggregate = Case
    name = "cases"
    indexes = (
        DUE_INDEX,
        Index(("queue.owner", "queue.deadline"), sparse=True),
        *(Index((f"queue.{depth}", "queue.deadline"), sparse=True) for depth in range(DEPTHS)),
        Index(("queue.unanswered",), sparse=True),
        Index(("queue.state",), sparse=True),
        Index(("reported_at",)),
        Index(("user", "reported_at")),
    )

    async def save(self, aggregate: Case) -> None:
        """Saves, with the deadline that the queue is sorted by."""
        if aggregate.queue is not None:
            aggregate.queue["deadline"] = _sortable(aggregate.deadline)
            aggregate.queue["state"] = aggregate.state
            aggregate.queue.pop("unanswered", None)
            if Clock.FIRST_RESPONSE in aggregate.clocks:
                aggregate.queue["unanswered"] = _sortable(aggregate.reported_at)
        await super().save(aggregate)

    def load(self, stored: Stored) -> Case:
        """A case, with whose workload it counts in."""
        case = super().load(stored)
        case.counted_for = case.owner if case.queue is not None else None
        return case

    async def queue(self, staff: Staff, view: str, after: str | None = None) -> QueuePage:
        """A page of what this person works on (`mine`), may see (`all`), or nobody owns (`nobody`)."""
        position = after.split("~") if after else None
        pages = [await self._page(where, position) for where in _places(staff, view)]
        found = list(heapq.merge(*pages, key=lambda stored: (stored.body["queue"]["deadline"], stored.id)))[: PAGE + 1]
        # By place here and not in the index read, which is by owner: a page may be short, but none of it is foreign.
        rows = [self.load(stored) for stored in found[:PAGE] if staff.reaches(stored.body["union_path"], *READERS)]
        more = found[PAGE - 1] if len(found) > PAGE else None
        return QueuePage(rows, f"{more.body['queue']['deadline']}~{more.id}" if more else None)

    async def _page(self, where: Where, after: Sequence[Scalar] | None) -> list[Stored]:
        return await self.store.find(self.name, where, order=ORDER, limit=PAGE + 1, after=after)

    async def count(self, staff: Staff, view: str, at_most: int = 1000) -> int:
        """How many stand in that view; counting stops at `at_most`."""
        counts = [await self.store.count(self.name, where, at_most=at_most) for where in _places(staff, view)]
        return min(sum(counts), at_most)

    async def recent(self, staff: Staff, roles: tuple[Role, ...], after: str | None = None) -> QueuePage:
        """All cases of a jurisdiction, open or not, the newest first."""
        position = after.split("~") if after else None
        found: list[Stored] = []
        for path in staff.paths(*roles):
            found += await self.store.find(
                self.name, (Prefix("union_path", path),), order=("-reported_at",), limit=PAGE + 1, after=position
            )
        found.sort(key=lambda stored: (stored.body["reported_at"], stored.id), reverse=True)
        more = found[PAGE - 1] if len(found) > PAGE else None
        rows = [self.load(stored) for stored in found[:PAGE]]
        return QueuePage(rows, f"{more.body['reported_at']}~{more.id}" if more else None)

    async def oldest_unanswered(self) -> datetime | None:
        """When the longest waiting report was made."""
        found = await self.store.find(self.name, (Prefix("queue.unanswered", ""),), order=("queue.unanswered",), limit=1)
        return moment_from(found[0].body["reported_at"]) if found else None


def _sortable(moment: datetime | None) -> str:
    return as_text(moment) if moment else "9999"


def _places(staff: Staff, view: str) -> list[Where]:
    """The index reads that make up a view; one for each place where the reader works."""
    if view == "mine":
        return [(Equal("queue.owner", staff.id),)]
    if view == "nobody":
        return [(Equal("queue.owner", NOBODY),)] if staff.has(Role.SUPERVISOR) else []
    return [(Equal(f"queue.{_depth(path)}", path),) for path in staff.paths(*READERS)]


def _depth(path: str) -> int:
    return len([part for part in path.split("/") if part])


class Employers:
    """Firms as the registry told them, found by what workers call them."""

    def __init__(self, store: Store) -> None:
        self._firms = Projection[Body](store, EMPLOYERS)
        self._store = store

    async def learn(self, event: EmployerRegistered, cause: Envelope) -> None:
        """Keeps every name of the firm, then the firm: a repetition after a crash does both again."""
        for key in {name_key(name) for name in (event.name, *event.aliases)} - {""}:
            await self._name(key, event.employer)
        await self._firms.fold(event.employer, cause, lambda _: event.model_dump(mode="json"))

    async def _name(self, key: str, employer: str) -> None:
        for _ in range(ATTEMPTS):
            stored = await self._store.get(NAMES.name, key)
            known = stored.body["employers"] if stored else []
            if employer in known:
                return
            body = {"key": key, "employers": [*known, employer]}
            try:
                await self._store.put(NAMES.name, key, body, expected=stored.version if stored else 0)
            except Conflict:
                continue
            return
        raise Conflict

    async def get(self, employer: str | None) -> EmployerRegistered | None:
        """The firm with this id."""
        body = await self._firms.get(employer) if employer else None
        return EmployerRegistered.model_validate(body) if body else None

    async def called(self, name: str | None) -> EmployerRegistered | None:
        """The firm that a worker means: its name or alias, the longest known beginning of it, or the only one that begins so."""
        key = name_key(name) if name else ""
        for length in range(len(key), 1, -1):
            stored = await self._store.get(NAMES.name, key[:length])
            if stored:
                return await self._only(stored.body["employers"])
        if len(key) < 2:  # noqa: PLR2004 one character names nobody
            return None
        found = await self._store.find(NAMES.name, (Prefix("key", key),), limit=20)
        return await self._only([employer for stored in found for employer in stored.body["employers"]])

    async def _only(self, employers: Sequence[str]) -> EmployerRegistered | None:
        """The firm, if they are all the same: a name that several have names nobody."""
        return await self.get(employers[0]) if len(set(employers)) == 1 else None
