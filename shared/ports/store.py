"""Versioned JSON documents in named collections, found by a small filter language that is plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Body = dict[str, Any]
Scalar = str | int | float | bool | None


class StoreUnavailable(Exception):
    """The store can't be reached or written now; nothing changed; try again."""


class Conflict(Exception):
    """The document is not at the expected version; nothing changed; read it again."""


class Duplicate(Exception):
    """Another document has the same value in a unique index; nothing changed."""

    def __init__(self, index: str) -> None:
        super().__init__(f"Another document has the same {index}.")
        self.index = index


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it rests: its version counts its writes from 1."""

    id: str
    version: int
    body: Body


@dataclass(frozen=True)
class Index:
    """A declared index over top-level fields; `sparse` leaves out documents where the first field is missing."""

    fields: tuple[str, ...]
    unique: bool = False
    sparse: bool = False

    @property
    def name(self) -> str:
        """The fields, joined."""
        return "_".join(field.replace(".", "_") for field in self.fields)


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents with the indexes that its questions need."""

    name: str
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Equal:
    """The field has this value; None: it is missing or null."""

    field: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """low <= field < high; None leaves that side open."""

    field: str
    low: str | float | None = None
    high: str | float | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text field starts with this."""

    field: str
    text: str


Condition = Equal | OneOf | Between | Prefix
Where = tuple[Condition, ...]
"""All of these hold."""


class Store(Protocol):
    """What returned is durable. A write is guarded by the version that its writer saw."""

    async def prepare(self, collections: Iterable[Collection]) -> None:
        """Creates collections and indexes that are missing; changes nothing that exists."""

    async def get(self, collection: str, id: str) -> Stored | None:
        """The document, or None."""

    async def put(self, collection: str, id: str, body: Body, *, expected: int) -> int:
        """Writes if the stored version is `expected` (0: must not exist) and returns the new version.

        Raises Conflict or Duplicate and writes nothing if not.
        """

    async def put_new(self, collection: str, documents: Mapping[str, Body]) -> set[str]:
        """Writes those that do not exist yet and returns their ids. Existing ones stay as they are."""

    async def delete(self, collection: str, id: str, *, expected: int) -> None:
        """Removes the document at this version. Raises Conflict if it is at another or missing."""

    async def unset(self, collection: str, entries: Sequence[tuple[str, int]], fields: Sequence[str]) -> None:
        """Removes top-level fields from those documents that are still at the given version, which stays."""

    async def find(
        self,
        collection: str,
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int = 50,
        after: Sequence[Scalar] | None = None,
    ) -> list[Stored]:
        """Documents that fit, in order (`-field` descending, then by id), after the given keyset position."""

    async def count(self, collection: str, where: Where = (), *, at_most: int | None = None) -> int:
        """How many fit; counting stops at `at_most`."""

    async def totals(self, collection: str, by: str, where: Where = (), *, of: str | None = None) -> dict[str, int]:
        """For each value of `by`, where there is one: how many fit, or the sum of the field `of`."""


def keyset(stored: Stored, order: Sequence[str]) -> tuple[Scalar, ...]:
    """The position just behind this document, for `find(after=...)`."""
    return (*(stored.body.get(field.removeprefix("-")) for field in order), stored.id)
