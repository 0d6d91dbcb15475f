"""Which position of each partition may be committed: just below the lowest record still being handled."""

from collections import deque
from collections.abc import Iterable, Mapping

from shared.ports.bus import Delivered, Place


class Progress:
    """Records begun and done. Positions of one partition begin in growing order."""

    def __init__(self) -> None:
        self._open: dict[Place, deque[int]] = {}
        self._done: dict[Place, set[int]] = {}
        self._ready: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}

    def begin(self, records: Iterable[Delivered]) -> None:
        """These were read and are not yet handled."""
        for record in records:
            self._open.setdefault((record.topic, record.partition), deque()).append(record.position)

    def done(self, record: Delivered) -> None:
        """This one is handled."""
        place = (record.topic, record.partition)
        finished, waiting = self._done.setdefault(place, set()), self._open[place]
        finished.add(record.position)
        while waiting and waiting[0] in finished:
            self._ready[place] = waiting.popleft()
            finished.discard(self._ready[place])

    def committable(self) -> dict[Place, int]:
        """The positions that are new since the last commit."""
        return {place: at for place, at in self._ready.items() if at > self._committed.get(place, 0)}

    def committed(self, positions: Mapping[Place, int]) -> None:
        """These are committed."""
        self._committed.update(positions)
