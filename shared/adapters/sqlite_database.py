"""One SQLite file: a writer thread that commits whatever has gathered in one group, and readers beside it.

A commit costs one fsync however many writes it holds, so throughput grows with load while a lone write waits for
nothing. Each write runs in its own savepoint: one that is refused undoes itself and nothing else. What a writer
was told is durable (WAL, synchronous=FULL).
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw

T = TypeVar("T")
Write = tuple[Callable[[apsw.Connection], Any], asyncio.Future[Any]]
Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]

GROUP = 512
STOP = object()
WHOLE_DATABASE = (
    apsw.FullError,
    apsw.IOError,
    apsw.CorruptError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.NoMemError,
)


class DatabaseUnavailable(Exception):
    """The file can't be written now (the disk is full, say); nothing of the group was kept."""


class Database:
    """The file that all services of one process share, each in tables of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._here = self._connect()
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sqlite-reader")
        self._writer = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._writer.start()
        self.fault: str | None = None

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), statementcachesize=300)
        connection.set_busy_timeout(5000)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000")
        connection.execute("PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY")
        return connection

    async def write(self, action: Callable[[apsw.Connection], T]) -> T:
        """Runs the action in the writer thread; returns once it is durable. Raises DatabaseUnavailable."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((action, future))
        return await future

    async def write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs one statement for each row, as one write."""

        def action(connection: apsw.Connection) -> None:
            connection.executemany(statement, rows)

        await self.write(action)

    def read_now(self, action: Callable[[apsw.Connection], T]) -> T:
        """A read of microseconds, on the loop's own thread: for a single document by its key."""
        return action(self._here)

    async def read(self, action: Callable[[apsw.Connection], T]) -> T:
        """A read that may take longer, on a reader thread."""
        return await self._loop.run_in_executor(self._readers, self._read, action)

    def _read(self, action: Callable[[apsw.Connection], T]) -> T:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return action(self._local.connection)

    async def close(self) -> None:
        """Writes what is queued, checkpoints and closes."""
        self._queue.put(STOP)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._here.close()

    def _run(self) -> None:
        connection = self._connect()
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if group:
                outcomes = self._commit(connection, group)
                self._loop.call_soon_threadsafe(_deliver, outcomes)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _gather(self) -> tuple[list[Write], bool]:
        group: list[Write] = []
        item = self._queue.get()
        while item is not STOP:
            group.append(item)
            if len(group) == GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, connection: apsw.Connection, group: list[Write]) -> list[Outcome]:
        """All of the group that was not refused is durable, or none of it is: SQLite may end the transaction by itself."""
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [_attempt(connection, write) for write in group]
            connection.execute("COMMIT")
        except apsw.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self.fault = str(error) or type(error).__name__
            refusal = DatabaseUnavailable(self.fault)
            return [(future, None, refusal) for _, future in group]
        self.fault = None
        return outcomes


def _attempt(connection: apsw.Connection, write: Write) -> Outcome:
    action, future = write
    try:
        connection.execute("SAVEPOINT one")
        result = action(connection)
        connection.execute("RELEASE one")
    except WHOLE_DATABASE:
        raise
    except Exception as error:  # noqa: BLE001 whatever the action raised goes to its caller
        connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")
        return future, None, error
    if not connection.in_transaction:
        raise apsw.FullError("the transaction was ended by SQLite")
    return future, result, None


def _deliver(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
