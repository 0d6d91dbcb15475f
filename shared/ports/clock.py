"""Where time comes from, so that a promise of 24 hours is tested in milliseconds."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time that a test or the demo may move. Never goes back."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    async def sleep_until(self, moment: datetime, *, at_most: float) -> None:
        """Returns once `moment` has come or `at_most` real seconds are over, whichever is first."""
