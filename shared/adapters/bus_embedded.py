"""The event log of one process: an append-only table, cursors in memory, committed positions beside it.

A record's position is its row number, which grows over the whole log; so one index read serves a topic, however many
partitions it has. Consumers are woken by the publish itself.
"""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from shared.adapters.sqlite_database import Database, DatabaseUnavailable
from shared.contracts.topics import Topic
from shared.ports.bus import BusUnavailable, Delivered, Place, Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS bus_log (
    position INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    key TEXT NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS bus_log_topic ON bus_log (topic, position);
CREATE TABLE IF NOT EXISTS bus_topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bus_positions (
    member_group TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (member_group, topic, partition)) WITHOUT ROWID;
"""
INSERT = "INSERT INTO bus_log (topic, partition, key, value) VALUES (?, ?, ?, ?)"
READ = "SELECT topic, partition, position, key, value FROM bus_log WHERE topic = ? AND position > ? ORDER BY position LIMIT ?"
COMMIT = """INSERT INTO bus_positions VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET position = max(position, excluded.position)"""
COMMITTED = "SELECT topic, partition, position FROM bus_positions WHERE member_group = ?"
BEHIND = "SELECT count(*) FROM bus_log WHERE topic = ? AND partition = ? AND position > ?"

WHOLE = -1
"""In place of a partition: the whole topic is handled up to here, so a restart need not read it again."""


class EmbeddedBus:
    """The log in the shared file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._partitions: dict[str, int] = {}
        self._subscriptions: list[EmbeddedSubscription] = []

    async def _write(self, action: Any) -> Any:
        try:
            return await self._database.write(action)
        except DatabaseUnavailable as error:
            raise BusUnavailable(str(error)) from error

    async def write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for each row. Raises BusUnavailable."""
        try:
            await self._database.write_many(statement, rows)
        except DatabaseUnavailable as error:
            raise BusUnavailable(str(error)) from error

    def leave(self, subscription: "EmbeddedSubscription") -> None:
        """It wants no more wakes."""
        self._subscriptions.remove(subscription)

    async def create(self, topics: Sequence[Topic]) -> None:
        """Creates missing topics."""

        def action(connection: apsw.Connection) -> list[tuple[str, int]]:
            for _ in connection.execute(SCHEMA):
                pass
            rows = [(topic.name, topic.partitions) for topic in topics]
            connection.executemany("INSERT INTO bus_topics VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
            return list(connection.execute("SELECT name, partitions FROM bus_topics"))

        self._partitions = dict(await self._write(action))

    async def publish(self, records: Sequence[Record]) -> None:
        """Appends in order; wakes the subscriptions of these topics."""
        rows = [(r.topic, zlib.crc32(r.key.encode()) % self._partitions[r.topic], r.key, r.value) for r in records]
        await self.write_many(INSERT, rows)
        topics = {record.topic for record in records}
        for subscription in self._subscriptions:
            subscription.wake(topics)

    async def subscribe(self, group: str, topics: Sequence[str]) -> "EmbeddedSubscription":
        """Joins a group. One process has one member of each group."""
        committed = {topic: dict[int, int]() for topic in topics}
        rows = await self._database.read(lambda connection: list(connection.execute(COMMITTED, (group,))))
        for topic, partition, position in rows:
            committed.setdefault(topic, {})[partition] = position
        partitions = {topic: self._partitions[topic] for topic in topics}
        subscription = EmbeddedSubscription(self, self._database, group, partitions, committed)
        self._subscriptions.append(subscription)
        return subscription

    async def rewind(self, group: str) -> None:
        """The group starts over."""
        await self.write_many("DELETE FROM bus_positions WHERE member_group = ?", [(group,)])


class EmbeddedSubscription:
    """Reads each topic behind a cursor; a partition that was committed further skips to there."""

    def __init__(
        self,
        bus: EmbeddedBus,
        database: Database,
        group: str,
        partitions: Mapping[str, int],
        committed: dict[str, dict[int, int]],
    ) -> None:
        self._bus = bus
        self._database = database
        self._group = group
        self._partitions = partitions
        self._committed = committed
        self._cursors = {topic: committed[topic].get(WHOLE, 0) for topic in partitions}
        self._skip = {topic: dict(places) for topic, places in committed.items()}
        self._delivered = {topic: dict[int, int]() for topic in partitions}
        self._ready = set(partitions)
        self._woken = asyncio.Event()

    def wake(self, topics: set[str]) -> None:
        """There is something new on these topics."""
        fresh = topics & self._partitions.keys()
        if fresh:
            self._ready |= fresh
            self._woken.set()

    async def poll(self, limit: int, *, at_most: float) -> Sequence[Delivered]:
        """The next records of all topics that have some."""
        if not self._ready:
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), at_most)
            except TimeoutError:
                return ()
        found = {topic: self._read(topic, limit) for topic in self._ready}
        rows = sorted((row for read in found.values() for row in read), key=lambda row: int(row[2]))
        self._ready = {topic for topic, read in found.items() if len(read) == limit} | {row[0] for row in rows[limit:]}
        return self._deliver(rows[:limit])

    def _read(self, topic: str, limit: int) -> list[Any]:
        """The next rows of one topic; the cursor stays."""
        return self._database.read_now(
            lambda connection: list(connection.execute(READ, (topic, self._cursors[topic], limit)).fetchall())
        )

    def _deliver(self, rows: list[Any]) -> list[Delivered]:
        """Moves the cursors behind these rows, which are the oldest of all topics: what follows from a record comes after it."""
        for row in rows:
            self._cursors[row[0]] = row[2]
        fresh = [Delivered(*row) for row in rows if row[2] > self._skip[row[0]].get(row[1], 0)]
        for record in fresh:
            self._delivered[record.topic][record.partition] = record.position
        return fresh

    async def commit(self, positions: Mapping[Place, int]) -> None:
        """Everything up to and including these is handled."""
        done = dict(positions)
        for topic in {topic for topic, _ in positions}:
            known = self._committed[topic] | {place[1]: at for place, at in positions.items() if place[0] == topic}
            if all(known.get(partition, 0) >= last for partition, last in self._delivered[topic].items()):
                done[topic, WHOLE] = self._cursors[topic]
        rows = [(self._group, topic, partition, position) for (topic, partition), position in done.items()]
        await self._bus.write_many(COMMIT, rows)
        for (topic, partition), position in done.items():
            self._committed[topic][partition] = position

    async def lag(self) -> int:
        """Records that are not yet committed."""
        asked = [
            (topic, partition, max(self._committed[topic].get(WHOLE, 0), self._committed[topic].get(partition, 0)))
            for topic, count in self._partitions.items()
            for partition in range(count)
        ]

        def count(connection: apsw.Connection) -> int:
            rows: list[Any] = [connection.execute(BEHIND, place).fetchone() for place in asked]
            return sum(row[0] for row in rows)

        return await self._database.read(count)

    async def close(self) -> None:
        """Leaves the group."""
        self._bus.leave(self)
