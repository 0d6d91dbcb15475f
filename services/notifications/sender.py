"""The loop that freezes audiences and sends policies, one batch at a time, so that a pause takes effect at once."""

import asyncio

from services.notifications import handlers
from services.notifications.domain.policy import Stage
from services.notifications.handlers import Work
from shared.ports.store import Conflict
from shared.runtime.lease import Lease
from shared.runtime.lifecycle import Loop

IDLE = 0.5
BUSY = 0.02


class Sender:
    """Works on every policy that is freezing or sending, while this replica holds the lease."""

    def __init__(self, work: Work, lease: Lease, in_flight: int) -> None:
        self._work, self._lease, self._in_flight = work, lease, in_flight
        self._loop = Loop("notifications.sender", self._round)

    async def start(self) -> None:
        """Goes on where an earlier process stopped."""
        await self._loop.start()

    async def stop(self) -> None:
        """Ends between two batches."""
        await self._loop.stop()

    def fault(self) -> str | None:
        """Why nothing goes out."""
        return self._loop.fault()

    async def _round(self) -> None:
        done = 0
        if await self._lease.held():
            try:
                done = await self._work_on_all()
            except Conflict:
                done = 1  # somebody paused or cancelled meanwhile: look again
        await asyncio.sleep(BUSY if done else IDLE)

    async def _work_on_all(self) -> int:
        done = 0
        for policy in await self._work.policies.at(Stage.FREEZING):
            await handlers.freeze(policy, self._work)
            done += 1
        for policy in await self._work.policies.at(Stage.SENDING):
            done += await handlers.send_some(policy, self._in_flight, self._work)
        return done
