"""Files that workers and caseworkers send, named by their own hash."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol


class TooLarge(Exception):
    """The file is larger than allowed; nothing of it was kept."""


class Blobs(Protocol):
    """Immutable files. What `put` returned is durable; the same bytes are kept once."""

    async def put(self, chunks: AsyncIterable[bytes], *, limit: int) -> tuple[str, int]:
        """Keeps the bytes; returns their SHA-256 in hexadecimal and their number. Raises TooLarge past `limit`."""

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces. Raises KeyError if they are not here."""

    async def size(self, sha256: str) -> int | None:
        """How many bytes, or None if they are not here."""
