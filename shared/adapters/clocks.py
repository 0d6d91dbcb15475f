"""The machine's clock, and one that the demo and the tests move."""

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime, *, at_most: float) -> None:
        """Waits for `moment`, no longer than `at_most` seconds."""
        left = (moment - self.now()).total_seconds()
        await asyncio.sleep(max(0.0, min(left, at_most)))


class MovableClock:
    """Real time plus an offset that `move_to` changes; sleepers wake at once when it moves."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The moment, in UTC, moved."""
        return datetime.now(UTC) + self._offset

    def move_to(self, moment: datetime) -> None:
        """It is this moment now."""
        self._offset = moment - datetime.now(UTC)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, moment: datetime, *, at_most: float) -> None:
        """Waits for `moment`, no longer than `at_most` real seconds, or until the clock is moved."""
        left = max(0.0, min((moment - self.now()).total_seconds(), at_most))
        try:
            await asyncio.wait_for(self._moved.wait(), left)
        except TimeoutError:
            return
