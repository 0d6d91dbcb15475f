"""From the outboxes to the bus: right after each commit, in order, and again by a sweep after a crash.

Commits of one aggregate reach `offer` in their order, and one task publishes what was offered in that order, so
the log has each aggregate's events in sequence. What is published is dropped from the document with its next
write, or in batches by `unset`, which changes no version and so disturbs nobody.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from shared.contracts.envelope import topic_of, wire_bytes
from shared.contracts.values import as_text, moment_from
from shared.ports.bus import Bus, BusUnavailable, Record
from shared.ports.clock import Clock
from shared.ports.store import Between, Body, Store, StoreUnavailable
from shared.runtime import metrics
from shared.runtime.lifecycle import Loop

REMEMBERED = 50_000
CLEAR_EVERY = 0.2
CLEAR_AT = 500
SWEEP_EVERY = 5.0
SWEPT_AT_ONCE = 200
FIELDS = ("outbox", "outbox_since")

Source = tuple[str, str]


class OutboxRelay:
    """Publishes what the repositories of one service saved."""

    def __init__(self, service: str, store: Store, bus: Bus, clock: Clock) -> None:
        self._store, self._bus, self._clock = store, bus, clock
        self._collections: tuple[str, ...] = ()
        self._waiting: list[tuple[Source, int, Sequence[Body]]] = []
        self._offered: OrderedDict[Source, int] = OrderedDict()
        self._published: OrderedDict[Source, int] = OrderedDict()
        self._clearable: dict[Source, int] = {}
        self._wake = asyncio.Event()
        self._publishing = Loop(f"{service}.relay", self._publish)
        self._sweeping = Loop(f"{service}.sweep", self._sweep)
        self._clearing = Loop(f"{service}.clear", self._clear_later)
        self._age = metrics.OUTBOX_AGE.labels(service)
        self._count = metrics.PUBLISHED.labels(service)

    def watch(self, *collections: str) -> None:
        """These collections hold outboxes."""
        self._collections += collections

    def published(self, collection: str, id: str) -> int:
        """The highest sequence known to be published; 0 if unknown."""
        return self._published.get((collection, id), 0)

    def offer(self, collection: str, id: str, version: int, wires: Sequence[Body]) -> None:
        """These unpublished events were saved at this version."""
        source = (collection, id)
        self._clearable.pop(source, None)
        known = self._offered.get(source, 0)
        fresh = [wire for wire in wires if int(wire["sequence"]) > known]
        if not fresh:
            if wires:
                self._waiting.append((source, version, ()))
                self._wake.set()
            return
        _remember(self._offered, source, int(fresh[-1]["sequence"]))
        self._waiting.append((source, version, fresh))
        self._wake.set()

    async def start(self) -> None:
        """Sweeps once for what an earlier process left, then goes on."""
        await self._publishing.start()
        await self._sweeping.start()
        await self._clearing.start()

    async def stop(self) -> None:
        """Publishes what was offered; what can't be is swept by the next start."""
        for loop in (self._sweeping, self._clearing, self._publishing):
            await loop.stop()
        try:
            await self._publish_waiting()
            await self._clear()
        except (BusUnavailable, StoreUnavailable):
            return

    def fault(self) -> str | None:
        """Why events don't leave."""
        return self._publishing.fault() or self._sweeping.fault()

    def idle(self) -> bool:
        """Nothing waits to be published."""
        return not self._waiting

    async def _publish(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        try:
            await self._publish_waiting()
        except BusUnavailable:
            self._wake.set()
            raise

    async def _publish_waiting(self) -> None:
        taken = self._waiting[:]
        wires = [wire for _, _, fresh in taken for wire in fresh]
        if wires:
            await self._bus.publish([Record(topic_of(wire["type"]), wire["subject"], wire_bytes(wire)) for wire in wires])
            self._count.inc(len(wires))
        del self._waiting[: len(taken)]
        for source, version, fresh in taken:
            if fresh:
                _remember(self._published, source, int(fresh[-1]["sequence"]))
            self._clearable[source] = version
        if len(self._clearable) >= CLEAR_AT:
            await self._clear()

    async def _clear_later(self) -> None:
        await asyncio.sleep(CLEAR_EVERY)
        await self._clear()

    async def _clear(self) -> None:
        taken, self._clearable = self._clearable, {}
        for collection in {source[0] for source in taken}:
            entries = [(source[1], version) for source, version in taken.items() if source[0] == collection]
            await self._store.unset(collection, entries, FIELDS)

    async def _sweep(self) -> None:
        """Offers what rests unpublished; what is already on its way is known by its sequence."""
        now = self._clock.now()
        oldest = now
        for collection in self._collections:
            found = await self._store.find(
                collection, (Between("outbox_since", ""),), order=("outbox_since",), limit=SWEPT_AT_ONCE
            )
            for stored in found:
                oldest = min(oldest, moment_from(stored.body["outbox_since"]))
                if (collection, stored.id) not in self._clearable:
                    self._offer_swept(collection, stored.id, stored.version, stored.body.get("outbox", []))
        self._age.set((now - oldest).total_seconds())
        await asyncio.sleep(SWEEP_EVERY if as_text(oldest) == as_text(now) else SWEEP_EVERY / 10)

    def _offer_swept(self, collection: str, id: str, version: int, wires: Sequence[Body]) -> None:
        if any(source == (collection, id) for source, _, _ in self._waiting):
            return
        self.offer(collection, id, version, wires)


def _remember(known: OrderedDict[Source, int], source: Source, sequence: int) -> None:
    known[source] = max(sequence, known.get(source, 0))
    known.move_to_end(source)
    while len(known) > REMEMBERED:
        known.popitem(last=False)
