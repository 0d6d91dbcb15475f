"""Documents as JSON text in SQLite: a table for each collection, an expression index for each declared index."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import apsw
import orjson

from shared.adapters.sqlite_database import Database, DatabaseUnavailable
from shared.ports.store import (
    Between,
    Body,
    Collection,
    Condition,
    Conflict,
    Duplicate,
    Equal,
    Index,
    OneOf,
    Prefix,
    Scalar,
    Stored,
    StoreUnavailable,
    Where,
)

T = TypeVar("T")
Bound = tuple[str, list[Scalar]]
BEHIND_ALL_TEXT = "\U0010ffff"


class SqliteStore:
    """The store of one service in the shared file; `space` keeps its tables apart from the others'."""

    def __init__(self, database: Database, space: str) -> None:
        self._database = database
        self._space = space

    def _table(self, collection: str) -> str:
        return f'"{self._space}_{collection}"'

    async def _write(self, action: Callable[[apsw.Connection], T]) -> T:
        with _as_port_errors():
            return await self._database.write(action)

    async def prepare(self, collections: Iterable[Collection]) -> None:
        """Creates tables and indexes that are missing."""
        statements = []
        for collection in collections:
            table = self._table(collection.name)
            statements.append(
                f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)"
            )
            statements += [self._index(collection.name, index) for index in collection.indexes]
        await self._write(lambda connection: [None for _ in connection.execute(";".join(statements))] and None)

    def _index(self, collection: str, index: Index) -> str:
        columns = ", ".join([_field(field) for field in index.fields] + ([] if index.unique else ["id"]))
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        only = f" WHERE {_field(index.fields[0])} IS NOT NULL" if index.sparse else ""
        name = f'"{self._space}_{collection}_{index.name}"'
        return f"CREATE {kind} IF NOT EXISTS {name} ON {self._table(collection)} ({columns}){only}"

    async def get(self, collection: str, id: str) -> Stored | None:
        """The document, or None."""
        statement = f"SELECT version, body FROM {self._table(collection)} WHERE id = ?"  # noqa: S608 names are ours
        row = self._database.read_now(lambda connection: connection.execute(statement, (id,)).fetchone())
        return Stored(id, row[0], orjson.loads(row[1])) if row else None

    async def put(self, collection: str, id: str, body: Body, *, expected: int) -> int:
        """Writes if the stored version is `expected`."""
        table, text = self._table(collection), orjson.dumps(body).decode()

        def action(connection: apsw.Connection) -> int:
            if expected == 0:
                connection.execute(f"INSERT OR ABORT INTO {table} VALUES (?, 1, ?)", (id, text))  # noqa: S608
            else:
                connection.execute(
                    f"UPDATE {table} SET version = version + 1, body = ? WHERE id = ? AND version = ?",  # noqa: S608
                    (text, id, expected),
                )
                if connection.changes() == 0:
                    raise Conflict
            return expected + 1

        return await self._write(action)

    async def put_new(self, collection: str, documents: Mapping[str, Body]) -> set[str]:
        """Writes those that do not exist yet."""
        statement = f"INSERT INTO {self._table(collection)} VALUES (?, 1, ?) ON CONFLICT (id) DO NOTHING"  # noqa: S608
        rows = [(id, orjson.dumps(body).decode()) for id, body in documents.items()]

        def action(connection: apsw.Connection) -> set[str]:
            written = set()
            for row in rows:
                connection.execute(statement, row)
                if connection.changes():
                    written.add(row[0])
            return written

        return await self._write(action)

    async def delete(self, collection: str, id: str, *, expected: int) -> None:
        """Removes the document at this version."""
        statement = f"DELETE FROM {self._table(collection)} WHERE id = ? AND version = ?"  # noqa: S608

        def action(connection: apsw.Connection) -> None:
            connection.execute(statement, (id, expected))
            if connection.changes() == 0:
                raise Conflict

        await self._write(action)

    async def unset(self, collection: str, entries: Sequence[tuple[str, int]], fields: Sequence[str]) -> None:
        """Removes fields from documents that are still at the given version."""
        paths = ", ".join(_path(field) for field in fields)
        statement = f"UPDATE {self._table(collection)} SET body = json_remove(body, {paths}) WHERE id = ? AND version = ?"  # noqa: S608
        with _as_port_errors():
            await self._database.write_many(statement, entries)

    async def find(
        self,
        collection: str,
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int = 50,
        after: Sequence[Scalar] | None = None,
    ) -> list[Stored]:
        """Documents that fit, in order, after the keyset position."""
        sql, values = _conditions(where)
        if after is not None:
            behind, more = _behind(order, after)
            sql, values = f"{sql} AND {behind}", [*values, *more]
        ordered = ", ".join(_order(field) for field in [*order, _last(order)])
        statement = f"SELECT id, version, body FROM {self._table(collection)} WHERE {sql} ORDER BY {ordered} LIMIT {limit:d}"  # noqa: S608
        rows = await self._database.read(lambda connection: connection.execute(statement, values).fetchall())
        return [Stored(str(key), int(str(version)), orjson.loads(str(body))) for key, version, body in rows]

    async def count(self, collection: str, where: Where = (), *, at_most: int | None = None) -> int:
        """How many fit; counting stops at `at_most`."""
        sql, values = _conditions(where)
        limit = "" if at_most is None else f" LIMIT {at_most:d}"
        statement = f"SELECT count(*) FROM (SELECT 1 FROM {self._table(collection)} WHERE {sql}{limit})"  # noqa: S608
        rows = await self._database.read(lambda connection: connection.execute(statement, values).fetchall())
        return int(str(rows[0][0]))

    async def totals(self, collection: str, by: str, where: Where = (), *, of: str | None = None) -> dict[str, int]:
        """For each value of `by`, the number of documents or the sum of `of`."""
        sql, values = _conditions((*where, Between(by)))
        what = f"sum({_field(of)})" if of else "count(*)"
        statement = f"SELECT {_field(by)}, {what} FROM {self._table(collection)} WHERE {sql} GROUP BY 1"  # noqa: S608
        rows = await self._database.read(lambda connection: connection.execute(statement, values).fetchall())
        return {str(value): int(total or 0) for value, total in rows}


@contextlib.contextmanager
def _as_port_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error
    except apsw.ConstraintError as error:
        name = str(error).partition("index '")[2].rstrip("'")
        if not name:  # the primary key: the document exists already
            raise Conflict from error
        raise Duplicate(name) from error


def _path(field: str) -> str:
    return "'$." + field.replace("'", "''") + "'"


def _field(field: str) -> str:
    """Written exactly alike in indexes and questions: only then does SQLite use the index."""
    return f"json_extract(body, {_path(field)})"


def _order(field: str) -> str:
    name = field.removeprefix("-")
    column = "id" if name == "id" else _field(name)
    return f"{column} DESC" if field.startswith("-") else column


def _last(order: Sequence[str]) -> str:
    return "-id" if order and order[-1].startswith("-") else "id"


def _conditions(where: Where) -> tuple[str, list[Scalar]]:
    parts, values = ["1"], list[Scalar]()
    for condition in where:
        sql, more = _condition(condition)
        parts.append(sql)
        values += more
    return " AND ".join(parts), values


def _condition(condition: Condition) -> Bound:
    match condition:
        case Equal(field, None):
            return f"{_field(field)} IS NULL", []
        case Equal(field, value):
            return f"{_field(field)} = ?", [value]
        case OneOf(field, values):
            return f"{_field(field)} IN ({', '.join('?' * len(values))})", list(values)
        case Between(field, low, high):
            bounds = [(">=", low), ("<", high)]
            parts = [(f"{_field(field)} {sign} ?", bound) for sign, bound in bounds if bound is not None]
            return " AND ".join(sql for sql, _ in parts) or f"{_field(field)} IS NOT NULL", [bound for _, bound in parts]
        case Prefix(field, text):
            return f"{_field(field)} >= ? AND {_field(field)} < ?", [text, text + BEHIND_ALL_TEXT]


def _behind(order: Sequence[str], after: Sequence[Scalar]) -> Bound:
    """(a, b, id) > (x, y, z), with each field's own direction."""
    fields = [*order, _last(order)]
    parts: list[str] = []
    values: list[Scalar] = []
    for place, field in enumerate(fields):
        equal = [f"{_order(earlier).removesuffix(' DESC')} = ?" for earlier in fields[:place]]
        sign = "<" if field.startswith("-") else ">"
        parts.append("(" + " AND ".join([*equal, f"{_order(field).removesuffix(' DESC')} {sign} ?"]) + ")")
        values += after[: place + 1]
    first = fields[0]
    bound = f"{_order(first).removesuffix(' DESC')} {'<=' if first.startswith('-') else '>='} ?"
    return f"{bound} AND ({' OR '.join(parts)})", [after[0], *values]
