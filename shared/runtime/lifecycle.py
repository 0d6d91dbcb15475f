"""Tasks that live as long as a service: started in order, drained in reverse, their failures told."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from aiohttp import web

from shared.runtime.logs import log

DRAIN_SECONDS = 3.0
Action = Callable[[], Awaitable[None]]


class Worker(Protocol):
    """A loop of a service."""

    async def start(self) -> None:
        """Begins; returns once it works."""

    async def stop(self) -> None:
        """Finishes what is under way and ends."""

    def fault(self) -> str | None:
        """Why it doesn't work now; None when it does."""


def run_with(app: web.Application, preparations: Sequence[Action], workers: Sequence[Worker]) -> None:
    """Prepares, then starts the workers in this order; stops them in the reverse one."""

    async def context(_app: web.Application) -> Any:
        async with contextlib.AsyncExitStack() as stack:
            for prepare in preparations:
                await prepare()
            for worker in workers:
                await worker.start()
                stack.push_async_callback(worker.stop)
            yield

    app.cleanup_ctx.append(context)


class Loop:
    """A task that runs until it is stopped, and starts again after an unexpected failure."""

    def __init__(self, name: str, body: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.name = name
        self._body = body
        self._task: asyncio.Task[None] | None = None
        self._failure: str | None = None

    async def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def _run(self) -> None:
        pause = 0.05
        while True:
            try:
                await self._body()
            except Exception as error:  # noqa: BLE001 the loop must outlive whatever its body raised
                self._failure = f"{self.name}: {type(error).__name__}"
                log.warning("loop.failed", loop=self.name, error=type(error).__name__, exc_info=True)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                self._failure, pause = None, 0.05

    async def stop(self) -> None:
        """Cancels the task at its next wait."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def fault(self) -> str | None:
        """The last failure, until a round succeeds."""
        return self._failure


async def drained(tasks: "set[asyncio.Task[Any]]") -> None:
    """Waits for tasks a while, then cancels the rest."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
