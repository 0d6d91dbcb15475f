"""How long to try again, by what went wrong."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from shared.contracts.event import UnknownEvent
from shared.kernel.errors import DomainError, NotFound
from shared.ports.bus import BusUnavailable
from shared.ports.store import Conflict, StoreUnavailable

LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How many attempts in all; None: for ever."""

    attempts: int | None


PATIENCE: tuple[tuple[tuple[type[BaseException], ...], Patience], ...] = (
    # the engines are away: nothing else would work either, so wait for them
    ((StoreUnavailable, BusUnavailable, Conflict, OSError, TimeoutError), Patience(None)),
    # what it is about may still be on its way, on another topic
    ((NotFound,), Patience(20)),
    # it will never fit
    ((ValidationError, UnknownEvent, DomainError), Patience(1)),
    # a defect of ours: it may depend on the moment, so a few more times
    ((Exception,), Patience(4)),
)


def patience_with(error: BaseException) -> Patience:
    """The first row that names the error."""
    return next(patience for kinds, patience in PATIENCE if isinstance(error, kinds))


def pauses(first: float = 0.02) -> Iterator[float]:
    """Seconds to wait before each further attempt: doubling, with full jitter, at most five."""
    longest = first
    while True:
        yield random.uniform(longest / 2, longest)
        longest = min(longest * 2, LONGEST_PAUSE)
