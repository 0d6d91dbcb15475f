"""What every keeper of blobs promises."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from shared.ports.blobs import Blobs, TooLarge


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(blobs: Blobs, sha256: str) -> bytes:
    return b"".join([piece async for piece in blobs.read(sha256)])


class BlobsContract:
    async def test_bytes_come_back_by_their_hash(self, blobs: Blobs) -> None:
        data = bytes(range(256)) * 5000
        sha256, size = await blobs.put(pieces(data[:1000], data[1000:]), limit=10**7)
        assert (sha256, size) == (hashlib.sha256(data).hexdigest(), len(data))
        assert await whole(blobs, sha256) == data
        assert await blobs.size(sha256) == len(data)

    async def test_the_same_bytes_are_kept_once(self, blobs: Blobs) -> None:
        assert await blobs.put(pieces(b"same"), limit=10) == await blobs.put(pieces(b"sa", b"me"), limit=10)

    async def test_nothing_is_kept_of_what_is_too_large(self, blobs: Blobs) -> None:
        with pytest.raises(TooLarge):
            await blobs.put(pieces(b"x" * 6, b"y" * 6), limit=10)
        assert await blobs.size(hashlib.sha256(b"x" * 6 + b"y" * 6).hexdigest()) is None

    async def test_nothing_is_kept_of_an_upload_that_breaks_off(self, blobs: Blobs) -> None:
        async def breaking() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await blobs.put(breaking(), limit=100)
        assert await blobs.size(hashlib.sha256(b"half").hexdigest()) is None

    @pytest.mark.parametrize("name", ["../keys/session.pem", "a" * 64 + "/..", "", "A" * 64, "é" * 64])
    async def test_a_name_that_is_no_hash_finds_nothing(self, blobs: Blobs, name: str) -> None:
        with pytest.raises(KeyError):
            await whole(blobs, name)
