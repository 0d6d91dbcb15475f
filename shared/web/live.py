"""Pushed updates: pages that listen, and what they are told, as server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from aiohttp import web

from shared.runtime import metrics
from shared.web.middlewares import still_signed_in

QUEUED = 100
PING_SECONDS = 15.0
Note = tuple[str, dict[str, Any]]
Concerns = Callable[[dict[str, Any]], bool]


class Live:
    """Who listens in this process. A page that is too slow misses notes and is told to look again by the next one."""

    def __init__(self, service: str) -> None:
        self._channels: dict[str, dict[asyncio.Queue[Note | None], Concerns]] = {}
        self._count = 0
        self._gauge = metrics.LIVE_PAGES.labels(service)

    def tell(self, name: str, note: dict[str, Any], channel: str = "") -> None:
        """Tells those of the channel whom it concerns: the cost is that of the channel, however many others listen."""
        for listener, concerns in list(self._channels.get(channel, {}).items()):
            if concerns(note) and not listener.full():
                listener.put_nowait((name, note))

    def close(self) -> None:
        """Ends every stream: the process stops."""
        for listener in [listener for channel in self._channels.values() for listener in channel]:
            with contextlib.suppress(asyncio.QueueFull):
                listener.put_nowait(None)

    @contextlib.contextmanager
    def listening(self, concerns: Concerns = lambda _: True, channel: str = "") -> Any:
        """A queue of what concerns this listener."""
        listener: asyncio.Queue[Note | None] = asyncio.Queue(QUEUED)
        self._channels.setdefault(channel, {})[listener] = concerns
        self._counted(1)
        try:
            yield listener
        finally:
            del self._channels[channel][listener]
            if not self._channels[channel]:
                del self._channels[channel]
            self._counted(-1)

    def _counted(self, change: int) -> None:
        self._count += change
        self._gauge.set(self._count)

    async def notes(
        self, concerns: Concerns = lambda _: True, *, channel: str = "", first: bool = False
    ) -> AsyncIterator[Note | None]:
        """Notes as they come, at once an empty one if `first`; None when there were none for a while."""
        with self.listening(concerns, channel) as listener:
            if first:
                yield ("first", {})
            while True:
                try:
                    note = await asyncio.wait_for(listener.get(), PING_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                if note is None:
                    return
                yield note


async def open_stream(request: web.Request) -> web.StreamResponse:
    """An event stream that has begun."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    await response.write(b": open\n\n")
    return response


def sse(name: str, data: Any, id: int | None = None) -> bytes:
    """One server-sent event."""
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


async def stream(request: web.Request, live: Live, concerns: Concerns) -> web.StreamResponse:
    """Sends the notes that concern this listener until one side ends, or the session is void."""
    response = await open_stream(request)
    with contextlib.suppress(ConnectionResetError):
        async for note in live.notes(concerns):
            if not still_signed_in(request):
                break
            await response.write(sse(note[0], note[1]) if note else b": ping\n\n")
    return response
