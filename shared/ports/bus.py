"""The event log between services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.contracts.topics import Topic


class BusUnavailable(Exception):
    """The log can't be reached or written now; try again."""


@dataclass(frozen=True, slots=True)
class Record:
    """Bytes under a key, for a topic. Equal keys keep their order."""

    topic: str
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """A record as it was read, with its place in the log."""

    topic: str
    partition: int
    position: int
    key: str
    value: bytes


Place = tuple[str, int]
"""A topic and a partition of it."""


class Subscription(Protocol):
    """One member of a consumer group: it alone reads its partitions."""

    async def poll(self, limit: int, *, at_most: float) -> Sequence[Delivered]:
        """The next records, at once when there are some, else after at most so many seconds; in order in each partition."""

    async def commit(self, positions: Mapping[Place, int]) -> None:
        """The group has handled everything up to and including these positions. Durable when it returns."""

    async def lag(self) -> int:
        """How many records the group has not yet committed."""

    async def close(self) -> None:
        """Leaves the group."""


class Bus(Protocol):
    """A durable, partitioned log with consumer groups. Delivery is at least once."""

    async def create(self, topics: Sequence[Topic]) -> None:
        """Creates what is missing; changes nothing that exists."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Appends in the given order. All are durable when it returns. Raises BusUnavailable."""

    async def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """Joins a group, which starts at the beginning of the log the first time."""

    async def rewind(self, group: str) -> None:
        """The group starts over from the beginning: to rebuild a projection."""
