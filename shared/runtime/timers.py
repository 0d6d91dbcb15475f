"""Due work: found by the index on `due_at`, begun within a second, done once.

Each aggregate stores when it next wants to be called. The loop sleeps until the earliest of these, or half a second;
so its cost depends on what is due and not on what is open. The aggregate itself decides, under compare-and-set, what is
due: so a repeated or a late call finds nothing left to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.contracts.values import as_text, moment_from
from shared.ports.clock import Clock
from shared.ports.store import Between, Index, Store, Stored
from shared.runtime import metrics
from shared.runtime.lease import Lease
from shared.runtime.lifecycle import Loop
from shared.runtime.logs import log

DUE_INDEX = Index(("due_at",), sparse=True)
LONGEST_SLEEP = 0.5
AT_ONCE = 128
FAILED_PAUSE = timedelta(seconds=5)

Fire = Callable[[str], Awaitable[object]]


class Timers:
    """Calls `fire` with the id of each document of a collection whose `due_at` has come."""

    def __init__(self, service: str, collection: str, fire: Fire, *, store: Store, clock: Clock, lease: Lease) -> None:
        self._collection, self._fire = collection, fire
        self._store, self._clock, self._lease = store, clock, lease
        self._put_off: dict[str, datetime] = {}
        self._loop = Loop(f"{service}.timers.{collection}", self._round)
        self._lateness = metrics.TIMER_LATENESS.labels(service)

    async def start(self) -> None:
        """Begins to watch."""
        await self._loop.start()

    async def stop(self) -> None:
        """Ends; what is due is found by the next start."""
        await self._loop.stop()

    def fault(self) -> str | None:
        """Why nothing fires."""
        return self._loop.fault()

    async def _round(self) -> None:
        now = self._clock.now()
        if not await self._lease.held():
            await self._clock.sleep_until(now + timedelta(seconds=1), at_most=1.0)
            return
        found = await self._store.find(
            self._collection, (Between("due_at", ""),), order=("due_at",), limit=AT_ONCE + len(self._put_off)
        )
        waiting = [stored for stored in found if self._put_off.get(stored.id, now) <= now]
        due = [stored for stored in waiting if _due(stored) <= now]
        if due:
            await asyncio.gather(*(self._call(stored) for stored in due))
        else:
            earliest = min((_due(stored) for stored in waiting), default=now + timedelta(days=1))
            await self._clock.sleep_until(earliest, at_most=LONGEST_SLEEP)

    async def _call(self, stored: Stored) -> None:
        now = self._clock.now()
        self._lateness.observe(max(0.0, (now - _due(stored)).total_seconds()))
        try:
            await self._fire(stored.id)
        except Exception as error:  # noqa: BLE001 one that fails must not hold up the others
            self._put_off[stored.id] = now + FAILED_PAUSE
            log.error("timer.failed", collection=self._collection, error=type(error).__name__, due=as_text(_due(stored)))
        else:
            self._put_off.pop(stored.id, None)


def _due(stored: Stored) -> datetime:
    return moment_from(stored.body["due_at"])
