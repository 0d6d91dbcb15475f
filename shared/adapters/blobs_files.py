"""Files in a folder, named by their hash, written beside and moved into place once durable."""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from shared.ports.blobs import TooLarge

PIECE = 256 * 1024
HASH = re.compile(r"^[0-9a-f]{64}$", re.ASCII)


class FileBlobs:
    """Blobs under a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "incoming").mkdir(parents=True, exist_ok=True)
        for part in (folder / "incoming").iterdir():
            part.unlink()  # what an earlier process had not finished

    def _path(self, sha256: str) -> Path:
        if not HASH.match(sha256):
            raise KeyError(sha256)
        return self._folder / sha256[:2] / sha256

    async def put(self, chunks: AsyncIterable[bytes], *, limit: int) -> tuple[str, int]:
        """Keeps the bytes under their hash. Raises TooLarge."""
        part = self._folder / "incoming" / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            await asyncio.to_thread(_move, part, self._path(digest.hexdigest()))
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest(), size

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces. Raises KeyError."""
        path = self._path(sha256)
        if not path.exists():
            raise KeyError(sha256)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

    async def size(self, sha256: str) -> int | None:
        """How many bytes, or None."""
        path = self._path(sha256)
        return path.stat().st_size if path.exists() else None


def _move(part: Path, place: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    part.replace(place)
    for folder in (place.parent, place.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
