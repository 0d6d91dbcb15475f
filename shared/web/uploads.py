"""Multipart uploads, read piece by piece."""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from shared.web.problems import Problem

MULTIPART = "multipart/form-data"
PIECE = 256 * 1024


async def parts_of(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """The parts of a form in their order. Raises a problem for what is no form, or a broken one."""
    if request.content_type != MULTIPART:
        raise Problem(415, "problem.415")
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise Problem(422, "problem.fields", {"fields": "multipart"}, [{"field": "body", "reason": "nested"}])
            yield part
    except (ValueError, AssertionError, HttpProcessingError, web.HTTPException) as error:
        raise Problem(400, "problem.400") from error


async def pieces_of(part: BodyPartReader, head: bytes = b"") -> AsyncIterator[bytes]:
    """The bytes of a file, after those that were looked at already."""
    if head:
        yield head
    while piece := await part.read_chunk(PIECE):
        yield piece
