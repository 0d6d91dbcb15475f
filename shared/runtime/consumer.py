"""The consumer loop: one key after the other in order, different keys side by side, nothing committed before it is done."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.topics import topics_for
from shared.kernel.context import causation, correlation
from shared.ports.bus import Bus, BusUnavailable, Delivered, Place, Subscription
from shared.ports.clock import Clock
from shared.ports.store import StoreUnavailable
from shared.runtime import metrics
from shared.runtime.dead_letters import DeadLetters, letter_id
from shared.runtime.lifecycle import Loop, drained
from shared.runtime.logs import log
from shared.runtime.progress import Progress
from shared.runtime.retry import patience_with, pauses

Handler = Callable[[Any, Envelope, Any], Awaitable[None]]
Subscriptions = Mapping[type[Event], Handler]

IN_FLIGHT = 512
POLL_SECONDS = 0.5
COMMIT_EVERY = 0.2
STOP_AFTER = 50
STOP_WITHIN = 60.0


class TooManyDeadLetters(Exception):
    """Dead letters come so fast that something is wrong with us, not with them."""


class Consumer:
    """One group of one service: a table of handlers on the topics that carry their events."""

    def __init__(
        self, group: str, subscriptions: Subscriptions, work: Any, *, bus: Bus, clock: Clock, letters: DeadLetters
    ) -> None:
        self.group = group
        self._handlers = {event.event_type: handler for event, handler in subscriptions.items()}
        self._topics = topics_for(tuple(subscriptions))
        self._work, self._bus, self._clock, self._letters = work, bus, clock, letters
        self._lanes: dict[tuple[str, str], deque[Delivered]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._progress = Progress()
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._recent_deaths: deque[float] = deque()
        self._stopped: str | None = None
        self._failing: dict[tuple[str, str], str] = {}
        self._subscription: Subscription | None = None
        self._set_aside_before: set[str] = set()
        self._reading = Loop(f"{group}.read", self._read)
        self._committing = Loop(f"{group}.commit", self._commit_later)
        self._seconds = metrics.HANDLING.labels(group)
        self._outcome = {kind: metrics.HANDLED.labels(group, kind) for kind in ("done", "skipped", "dead")}

    async def start(self) -> None:
        """Joins the group and begins to read."""
        metrics.CONSUMER_STOPPED.labels(self.group).set(0)
        self._set_aside_before = await self._letters.known(self.group)
        self._subscription = await self._bus.subscribe(self.group, self._topics)
        await self._reading.start()
        await self._committing.start()

    async def stop(self) -> None:
        """Finishes what is in flight, commits it and leaves the group."""
        await self._reading.stop()
        await drained(self._tasks)
        await self._committing.stop()
        if self._subscription:
            try:
                await self._commit()
            except (BusUnavailable, StoreUnavailable):
                log.warning("consumer.uncommitted", group=self.group)
            await self._subscription.close()

    def fault(self) -> str | None:
        """Why this consumer doesn't get on; None when it does."""
        return self._stopped or next(iter(self._failing.values()), None) or self._reading.fault()

    async def lag(self) -> int:
        """Records that are not committed."""
        return await self._subscription.lag() if self._subscription else 0

    def idle(self) -> bool:
        """Nothing is in flight."""
        return not self._tasks

    async def _read(self) -> None:
        if self._stopped or self._subscription is None:
            await asyncio.sleep(POLL_SECONDS)
            return
        records = await self._subscription.poll(IN_FLIGHT, at_most=POLL_SECONDS)
        await self._accept(records)

    async def _accept(self, records: Sequence[Delivered]) -> None:
        self._progress.begin(records)
        for record in records:
            await self._room.acquire()
            lane = (record.topic, record.key)
            if lane in self._lanes:
                self._lanes[lane].append(record)
                continue
            self._lanes[lane] = deque([record])
            task = asyncio.create_task(self._run_lane(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run_lane(self, lane: tuple[str, str]) -> None:
        waiting = self._lanes[lane]
        while waiting:
            if not await self._handle(waiting[0]):
                return  # the consumer has stopped: what is left stays uncommitted
            self._progress.done(waiting.popleft())
            self._room.release()
        del self._lanes[lane]

    async def _handle(self, record: Delivered) -> bool:
        for attempt, pause in enumerate(pauses(), start=1):
            if self._stopped:
                return False
            try:
                await self._try(record)
            except Exception as error:  # noqa: BLE001 every failure has a row in the table of patience
                limit = patience_with(error).attempts
                if limit is not None and attempt >= limit:
                    return await self._set_aside(record, error)
                if limit is None:
                    self._failing[record.topic, record.key] = f"{self.group}: {type(error).__name__} on {record.topic}"
                await asyncio.sleep(pause)
            else:
                self._failing.pop((record.topic, record.key), None)
                return True
        return False

    async def _try(self, record: Delivered) -> None:
        begun = perf_counter()
        if self._set_aside_before and letter_id(self.group, record) in self._set_aside_before:
            return
        envelope = Envelope.from_bytes(record.value)
        outcome = await self._dispatch(envelope)
        self._outcome[outcome].inc()
        self._seconds.observe(perf_counter() - begun)

    async def _dispatch(self, envelope: Envelope) -> str:
        handler = self._handlers.get(envelope.type)
        if handler is None:
            return "skipped"
        correlation.set(envelope.correlationid)
        causation.set(envelope.id)
        await handler(envelope.event(), envelope, self._work)
        return "done"

    async def _set_aside(self, record: Delivered, error: Exception) -> bool:
        try:
            self._count_death()
        except TooManyDeadLetters as stop:
            self._stopped = f"{self.group}: {stop}"
            metrics.CONSUMER_STOPPED.labels(self.group).set(1)
            log.error("consumer.stopped", group=self.group, reason=str(stop))
            return False
        log.error("consumer.dead_letter", group=self.group, topic=record.topic, error=type(error).__name__, exc_info=True)
        for pause in pauses():
            try:
                await self._letters.set_aside(self.group, record, error, self._clock.now())
            except Exception as failure:  # noqa: BLE001 a record is never let go before it is set aside
                self._failing[record.topic, record.key] = f"{self.group}: {type(failure).__name__} setting aside"
                await asyncio.sleep(pause)
            else:
                self._failing.pop((record.topic, record.key), None)
                break
        self._outcome["dead"].inc()
        return True

    def _count_death(self) -> None:
        now = perf_counter()
        while self._recent_deaths and now - self._recent_deaths[0] > STOP_WITHIN:
            self._recent_deaths.popleft()
        if len(self._recent_deaths) >= STOP_AFTER:
            raise TooManyDeadLetters(f"{STOP_AFTER} dead letters within {STOP_WITHIN:.0f} s")
        self._recent_deaths.append(now)

    async def replay(self, letter: str) -> bool:
        """Handles a dead letter of this group again, now; False if it isn't waiting. Raises what the handler raises."""
        record = await self._letters.take(letter)
        if record is None:
            return False
        envelope = Envelope.from_bytes(record.value)
        await self._dispatch(envelope.model_copy(update={"replay": True}))
        await self._letters.done(letter)
        return True

    async def _commit_later(self) -> None:
        await asyncio.sleep(COMMIT_EVERY)
        await self._commit()

    async def _commit(self) -> None:
        positions: dict[Place, int] = self._progress.committable()
        if positions and self._subscription:
            await self._subscription.commit(positions)
            self._progress.committed(positions)
