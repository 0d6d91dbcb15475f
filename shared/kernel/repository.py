"""Aggregates in a store: one compare-and-set write holds the state, its unpublished events and what it has handled."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from shared.contracts.envelope import Envelope
from shared.kernel.aggregate import Aggregate
from shared.kernel.context import causation, correlation
from shared.kernel.errors import NotFound
from shared.ports.store import Body, Collection, Conflict, Duplicate, Index, Scalar, Store, Stored, Where

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")

ATTEMPTS = 50
OUTBOX_INDEX = Index(("outbox_since",), sparse=True)


class Relay(Protocol):
    """Publishes what was saved, soon, in order."""

    def published(self, collection: str, id: str) -> int:
        """The highest sequence known to be published for this aggregate; 0 if unknown."""

    def offer(self, collection: str, id: str, version: int, wires: Sequence[Body]) -> None:
        """These were saved at this version, in this order."""


class Repository(Generic[A]):
    """Loads and saves one kind of aggregate, and says which questions it can answer fast (`indexes`)."""

    aggregate: type[A]
    name: ClassVar[str]
    indexes: ClassVar[tuple[Index, ...]] = ()

    def __init__(self, store: Store, relay: Relay) -> None:
        self.store = store
        self.relay = relay
        self.on_saved: Callable[[A], None] | None = None

    @classmethod
    def collection(cls) -> Collection:
        """The collection with the indexes that it needs, the outbox's included."""
        return Collection(cls.name, (*cls.indexes, OUTBOX_INDEX))

    async def find(self, id: str) -> A | None:
        """The aggregate, or None."""
        stored = await self.store.get(self.name, id)
        return self.load(stored) if stored else None

    async def exists(self, id: str) -> bool:
        """True if there is such an aggregate; it isn't built for that."""
        return await self.store.get(self.name, id) is not None

    async def get(self, id: str) -> A:
        """The aggregate. Raises NotFound."""
        found = await self.find(id)
        if found is None:
            raise NotFound(f"{self.name}.not_found", id=id)
        return found

    def load(self, stored: Stored) -> A:
        """An aggregate from its document."""
        found = self.aggregate.model_validate(stored.body)
        found._version = stored.version  # noqa: SLF001 the store's version is the repository's to set
        return found

    async def save(self, aggregate: A) -> None:
        """Writes state and events at once. Raises Conflict when somebody else wrote first, or Duplicate."""
        aggregate.drop_published(self.relay.published(self.name, aggregate.id))
        aggregate.seal_events(correlation.get() or f"{self.name}/{aggregate.id}", causation.get())
        body = aggregate.model_dump(mode="json", exclude_none=True)
        version = await self.store.put(self.name, aggregate.id, body, expected=aggregate.version)
        aggregate._version = version  # noqa: SLF001
        self.relay.offer(self.name, aggregate.id, version, aggregate.outbox)
        if self.on_saved:
            self.on_saved(aggregate)

    async def add(self, aggregate: A) -> bool:
        """Saves a new aggregate; False if its id exists already (a repeated event creates no twin)."""
        try:
            await self.save(aggregate)
        except Conflict:
            return False
        return True

    async def create(self, aggregate: A, *, key: str, at: datetime) -> A | None:
        """Adds for an HTTP command. A repetition of the same command gets what it made; None if the id is taken."""
        if key:
            aggregate.handled.note_key(key, at)
        try:
            if await self.add(aggregate):
                return aggregate
        except Duplicate:
            pass  # of itself, if the same id is there already; else of another
        known = await self.find(aggregate.id)
        return known if known and key and known.handled.has_key(key) else None

    async def change(
        self,
        id: str,
        action: Callable[[A], T],
        *,
        key: str = "",
        at: datetime | None = None,
        cause: Envelope | None = None,
    ) -> T | None:
        """Loads, calls one method, saves; again with the newer state when somebody else wrote first.

        `key` makes an HTTP command, `cause` an event take effect once: None is returned for a repetition.
        """
        for _ in range(ATTEMPTS):
            aggregate = await self.get(id)
            if (key and aggregate.handled.has_key(key)) or (cause and aggregate.handled.has(cause)):
                return None
            result = action(aggregate)
            if key and at:
                aggregate.handled.note_key(key, at)
            if cause:
                aggregate.handled.note(cause)
            try:
                await self.save(aggregate)
            except Conflict:
                continue
            return result
        raise Conflict

    async def where(
        self,
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int = 50,
        after: Sequence[Scalar] | None = None,
    ) -> list[A]:
        """Aggregates that fit."""
        found = await self.store.find(self.name, where, order=order, limit=limit, after=after)
        return [self.load(stored) for stored in found]


class Projection(Generic[T]):
    """What a service knows of another's aggregates: one document each, folded from events, repeatable."""

    def __init__(self, store: Store, collection: Collection) -> None:
        self.store = store
        self.collection = collection

    async def get(self, id: str) -> Body | None:
        """The document, or None."""
        stored = await self.store.get(self.collection.name, id)
        return stored.body if stored else None

    async def fold(self, id: str, cause: Envelope, change: Callable[[Body], Body]) -> Body | None:
        """Applies an event once; None if it was applied before. The first one starts from an empty document."""
        origin = f"{cause.source}/{cause.subject}"
        for _ in range(ATTEMPTS):
            stored = await self.store.get(self.collection.name, id)
            body: Body = stored.body if stored else {}
            seen: dict[str, int] = body.get("seen", {})
            if cause.sequence <= seen.get(origin, 0):
                return None  # also a dead letter that is sent again: what came after it says more
            changed = change(dict(body)) | {"seen": seen | {origin: cause.sequence}}
            try:
                await self.store.put(self.collection.name, id, changed, expected=stored.version if stored else 0)
            except Conflict:
                continue
            return changed
        raise Conflict

    async def find(self, where: Where, **how: Any) -> list[Body]:
        """Documents that fit."""
        return [stored.body for stored in await self.store.find(self.collection.name, where, **how)]
