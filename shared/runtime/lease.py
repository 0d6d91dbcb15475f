"""Work that one replica does at a time: a document that names who holds it, and until when."""

from datetime import timedelta

from shared.contracts.values import as_text, moment_from
from shared.ports.clock import Clock
from shared.ports.store import Collection, Conflict, Store

COLLECTION = Collection("leases")
TERM = timedelta(seconds=10)


class Lease:
    """A lease spares others the work; it doesn't guard it: every write is still compared and set."""

    def __init__(self, name: str, replica: str, store: Store, clock: Clock) -> None:
        self._name, self._replica, self._store, self._clock = name, replica, store, clock
        self._until = clock.now() - TERM

    async def held(self) -> bool:
        """True if this replica holds the lease now; takes or renews it when it may."""
        now = self._clock.now()
        if self._until - now > TERM / 2:
            return True
        stored = await self._store.get(COLLECTION.name, self._name)
        if stored and stored.body["replica"] != self._replica and moment_from(stored.body["until"]) > now:
            return False
        body = {"replica": self._replica, "until": as_text(now + TERM)}
        try:
            await self._store.put(COLLECTION.name, self._name, body, expected=stored.version if stored else 0)
        except Conflict:
            return False
        self._until = now + TERM
        return True
