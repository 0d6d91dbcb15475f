"""Policies, their recipients, messages about cases, and what is known of members."""

from collections.abc import AsyncIterator

from services.notifications.domain.policy import Notice, Outcome, Policy, Recipient, Stage
from shared.contracts.values import Audience, Role
from shared.kernel.repository import Repository
from shared.kernel.staff import Staff
from shared.ports.store import Between, Body, Collection, Condition, Equal, Index, OneOf, Prefix, Store, Where, keyset

MEMBERS = Collection(
    "members",
    (Index(("union_path",)), Index(("phone_index",), sparse=True), Index(("chat", "union_path"), sparse=True)),
)
CHATS = Collection("chats")
OPEN_CASES = Collection("open_cases")
UNIONS = Collection("unions")
MEMBERS_AT_ONCE = 1000


class PolicyRepository(Repository[Policy]):
    """Policies."""

    aggregate = Policy
    name = "policies"
    indexes = (Index(("stage",)), Index(("created_at",)))

    async def of(self, staff: Staff) -> list[Policy]:
        """Those of the places where this person publishes, the newest first."""
        found: list[Policy] = []
        for path in staff.paths(Role.PUBLISHER):
            found += await self.where((Prefix("union_path", path),), order=("-created_at",), limit=200)
        return sorted(found, key=lambda policy: policy.created_at, reverse=True)

    async def at(self, stage: Stage) -> list[Policy]:
        """Policies at a stage."""
        return await self.where((Equal("stage", stage),))


class RecipientRepository(Repository[Recipient]):
    """The ledger of recipients."""

    aggregate = Recipient
    name = "recipients"
    indexes = (Index(("policy", "state")),)

    async def figures(self, policy: str) -> dict[str, int]:
        """How many recipients have which outcome."""
        return await self.store.totals(self.name, "state", (Equal("policy", policy),))

    async def under_way(self, policy: str, at_most: int) -> int:
        """How many wait for their outcome; counting stops at `at_most`."""
        where = (Equal("policy", policy), Equal("state", Outcome.REQUESTED))
        return await self.store.count(self.name, where, at_most=at_most)

    async def pending(self, policy: str, limit: int) -> list[Recipient]:
        """The next ones to ask for."""
        return await self.where((Equal("policy", policy), Equal("state", Outcome.PENDING)), limit=limit)


class NoticeRepository(Repository[Notice]):
    """Messages about cases."""

    aggregate = Notice
    name = "notices"


class Members:
    """Members as the registry told them, with their chats and the categories of their open cases."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, audience: Audience) -> tuple[int, int]:
        """Exactly how many fit, and how many of them have a chat."""
        if not audience.categories:
            everyone = await self._store.count(MEMBERS.name, _where(audience))
            return everyone, await self._store.count(MEMBERS.name, (*_where(audience), Between("chat", "")))
        everyone = reachable = 0
        async for batch, _ in self._batches(audience, ()):
            everyone += len(batch)
            reachable += sum("chat" in member for member in batch)
        return everyone, reachable

    async def reachable(self, audience: Audience, after: list[str] | None) -> AsyncIterator[tuple[list[Body], list[str] | None]]:
        """Those with a chat, in batches, each with where the next one begins; None after the last."""
        async for found in self._batches(audience, (Between("chat", ""),), after):
            yield found

    async def _batches(
        self, audience: Audience, more: Where, after: list[str] | None = None
    ) -> AsyncIterator[tuple[list[Body], list[str] | None]]:
        order = ("union_path",)
        while True:
            found = await self._store.find(
                MEMBERS.name, (*_where(audience), *more), order=order, limit=MEMBERS_AT_ONCE, after=after
            )
            last = len(found) < MEMBERS_AT_ONCE
            after = None if last else [str(part) for part in keyset(found[-1], order)]
            yield [stored.body for stored in found if _category_fits(audience, stored.body)], after
            if last:
                return


def _where(audience: Audience) -> Where:
    conditions: list[Condition] = [Prefix("union_path", audience.union_path), Equal("membership", "active")]
    if audience.grids:
        conditions.append(OneOf("grid", audience.grids))
    if audience.forms:
        conditions.append(OneOf("form", tuple(audience.forms)))
    return tuple(conditions)


def _category_fits(audience: Audience, member: Body) -> bool:
    return not audience.categories or not set(audience.categories).isdisjoint(member.get("cases", {}).values())
