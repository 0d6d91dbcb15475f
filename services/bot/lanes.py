"""One lane for each user: their messages in order, nobody waiting for a slow one; and the loop that delivers."""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from time import monotonic

from services.bot.domain.outgoing import Outgoing
from services.bot.handlers import Work, given_from, say_failed, show, take_in
from shared.contracts.values import moment_from
from shared.kernel.context import correlation
from shared.kernel.errors import NotFound
from shared.ports.store import Body, Conflict, StoreUnavailable
from shared.runtime import metrics
from shared.runtime.lifecycle import Loop, drained
from shared.runtime.logs import log
from shared.runtime.retry import pauses

CLEAR_EVERY = 0.2
SWEEP_EVERY = 5.0
DEFECT_ATTEMPTS = 3
WAITING_PER_USER = 200
PER_MINUTE = 120
USERS_WATCHED = 20_000
AT_ONCE = 64


class TooManyWaiting(Exception):
    """This user sends faster than messages can be taken in."""


class Lanes:
    """Takes in what rests in the inbox, per user in the order of arrival."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._lanes: dict[str, deque[tuple[str, Body]]] = {}
        self._known: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._handled: list[str] = []
        self._clearing = Loop("bot.inbox.clear", self._clear_later)
        self._sweeping = Loop("bot.inbox.sweep", self._sweep)
        self._failing: dict[str, str] = {}
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    def check_room(self, user: str) -> None:
        """Raises TooManyWaiting when this user's lane is full, or they send faster than anybody types."""
        now = monotonic()
        recent = self._recent.setdefault(user, deque(maxlen=PER_MINUTE))
        full = len(recent) == PER_MINUTE and now - recent[0] < 60  # noqa: PLR2004 a minute
        if full or len(self._lanes.get(user, ())) >= WAITING_PER_USER:
            raise TooManyWaiting
        recent.append(now)
        self._recent.move_to_end(user)
        while len(self._recent) > USERS_WATCHED:
            self._recent.popitem(last=False)

    def offer(self, message: str, body: Body) -> None:
        """This update is stored and waits to be taken in."""
        if message in self._known:
            return
        self._known.add(message)
        user = body["user"]
        if user in self._lanes:
            self._lanes[user].append((message, body))
            return
        self._lanes[user] = deque([(message, body)])
        task = asyncio.create_task(self._run(user))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def start(self) -> None:
        """Takes up what an earlier process left."""
        await self._sweep_everything()
        await self._sweeping.start()
        await self._clearing.start()

    async def stop(self) -> None:
        """Finishes what is under way."""
        await self._sweeping.stop()
        await drained(self._tasks)
        await self._clearing.stop()
        try:
            await self._clear()
        except StoreUnavailable:
            return

    def fault(self) -> str | None:
        """Why messages aren't taken in."""
        return next(iter(self._failing.values()), None) or self._sweeping.fault()

    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._tasks

    async def _run(self, user: str) -> None:
        lane = self._lanes[user]
        try:
            while lane:
                message, body = lane[0]
                await self._take_in(message, user, body)
                lane.popleft()
        finally:
            del self._lanes[user]

    async def _take_in(self, message: str, user: str, body: Body) -> None:
        correlation.set(f"chat/{message}")
        at: datetime = moment_from(body["at"])
        for attempt, pause in enumerate(pauses(), start=1):
            try:
                given = given_from(body["given"], self._work.sealer)
                await take_in(message, user, given, at, self._work)
            except (StoreUnavailable, Conflict) as error:
                self._failing[user] = f"bot.lanes: {type(error).__name__}"
                await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001 a defect must not hold up the user's next message
                log.error("dialogue.failed", error=type(error).__name__, exc_info=True)
                if attempt >= DEFECT_ATTEMPTS:
                    await self._give_up(message, user, body, error)
                    break
                await asyncio.sleep(pause)
            else:
                self._failing.pop(user, None)
                break
        self._handled.append(message)

    async def _give_up(self, message: str, user: str, body: Body, error: Exception) -> None:
        """The worker is told, and the update stays, marked as failed with the reason. Both can be repeated."""
        metrics.DIALOGUE_STEPS.labels("failed").inc()
        await _until_stored(lambda: say_failed(message, user, self._work))
        await _until_stored(lambda: self._work.inbox.fail(message, body, type(error).__name__))

    async def _sweep_everything(self) -> None:
        """What an earlier process left, all of it and in order, before anything new is taken in."""
        after: Sequence[str] | None = None
        while found := await self._work.inbox.waiting(after=after):
            for message, body in found:
                self.offer(message, body)
            after = (found[-1][1]["waiting"], found[-1][0])

    async def _sweep(self) -> None:
        for message, body in await self._work.inbox.waiting():
            self.offer(message, body)
        await asyncio.sleep(SWEEP_EVERY)

    async def _clear_later(self) -> None:
        await asyncio.sleep(CLEAR_EVERY)
        await self._clear()

    async def _clear(self) -> None:
        if not self._handled:
            return
        done, self._handled = self._handled, []
        try:
            await self._work.inbox.handled(done)
        except StoreUnavailable:
            self._handled = done + self._handled
            raise
        self._known.difference_update(done)


async def _until_stored(action: Callable[[], Awaitable[object]]) -> None:
    """Again and again while the store is away; what is hopeless for another reason is logged and left."""
    for pause in pauses():
        try:
            await action()
        except (StoreUnavailable, Conflict):
            await asyncio.sleep(pause)
        except Exception as error:  # noqa: BLE001 the chat itself can't be read: the next message must not wait for it
            log.error("dialogue.untold", error=type(error).__name__)
            return
        else:
            return


class Dispatcher:
    """Delivers the ledger: claims a row, calls the channel, records the outcome. Replies go first."""

    def __init__(self, work: Work, replica: str, send: Callable[[Outgoing], Awaitable[None]]) -> None:
        self._work, self._replica, self._send = work, replica, send
        self._wake = asyncio.Event()
        self._loop = Loop("bot.dispatcher", self._round)

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    async def start(self) -> None:
        """Begins with what is waiting."""
        self._wake.set()
        await self._loop.start()

    async def stop(self) -> None:
        """Ends; what is claimed is taken up again when the claim has run out."""
        await self._loop.stop()

    def fault(self) -> str | None:
        """Why nothing is delivered."""
        return self._loop.fault()

    async def _round(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), SWEEP_EVERY)
        self._wake.clear()
        while waiting := await self._work.outgoing.waiting(AT_ONCE):
            results = await asyncio.gather(*(self._deliver(row) for row in waiting))
            if not any(results):
                return

    async def _deliver(self, row: Outgoing) -> bool:
        if not row.claim(self._replica, self._work.clock.now()):
            return False
        try:
            await self._work.outgoing.save(row)
        except Conflict:
            return False
        try:
            await self._send(row)
        except (StoreUnavailable, Conflict):
            return False  # the claim runs out and the row is taken up again
        except Exception as error:  # noqa: BLE001 one row must not hold up the others for ever
            log.error("delivery.failed", error=type(error).__name__, exc_info=True)
            row.failed("defect", self._work.clock.now())
            await self._work.outgoing.save(row)
        return True


async def deliver_to_web(row: Outgoing, work: Work) -> None:
    """The web chat keeps its lines itself: putting one there is idempotent, so its outcome is never unknown."""
    correlation.set(f"message/{row.id}")
    try:
        await show(row.request, work)
    except NotFound:
        row.failed("no_such_chat", work.clock.now())
        outcome = "failed"
    else:
        row.sent(work.clock.now())
        outcome = "sent"
    await work.outgoing.save(row)
    metrics.DELIVERIES.labels("web", outcome).inc()
