"""`/healthz`: the process answers. `/readyz`: it can do its work, or why not. `/metrics`: everything promised."""

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

HEALTH: "web.AppKey[Health]" = web.AppKey("health")
Check = Callable[[], Awaitable[str | None]]
Refresh = Callable[[], Awaitable[None]]


class Health:
    """The checks of a process and what brings its gauges up to date."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}
        self.refreshes: list[Refresh] = []

    async def faults(self) -> dict[str, str]:
        """What doesn't work now, by the name of its check."""
        found = {}
        for name, check in self.checks.items():
            reason = await check()
            if reason:
                found[name] = reason
        return found

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """503 with the reasons when something doesn't work."""
        faults = await self.faults()
        body = {"status": "unready" if faults else "ready", "faults": faults}
        return web.Response(status=503 if faults else 200, body=orjson.dumps(body), content_type="application/json")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus's text format."""
        for refresh in self.refreshes:
            await refresh()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def add_to(self, app: web.Application) -> None:
        """The three routes."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
