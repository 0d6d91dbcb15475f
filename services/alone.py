"""One service by itself, on the embedded engines: for working on it. Apart in earnest, services need the distributed ones."""

from collections.abc import Callable

from aiohttp import web

from shared.adapters.clocks import SystemClock
from shared.adapters.embedded import FolderUnusable, embedded_engines
from shared.runtime import logs
from shared.runtime.engines import Engines
from shared.runtime.settings import Settings
from shared.web.health import HEALTH, Health
from shared.web.pages import STATIC

CreateApp = Callable[..., web.Application]


def run(name: str, settings: Settings, create_app: CreateApp) -> None:
    """Serves the service under its prefix until it is stopped."""
    logs.configure(settings.log_level)

    async def alone() -> web.Application:
        stack = embedded_engines(settings.data, SystemClock(), demo=False)
        engines: Engines = (await stack.__aenter__())(name)
        health, root = Health(), web.Application()
        root[HEALTH] = health
        health.add_to(root)
        root.router.add_static("/static", STATIC)
        root.add_subapp(f"/{name}", create_app(settings, engines, health))

        async def close(_app: web.Application) -> None:
            await stack.__aexit__(None, None, None)

        root.on_cleanup.append(close)
        return root

    try:
        web.run_app(alone(), host=settings.host, port=settings.port, access_log=None)
    except FolderUnusable as error:
        raise SystemExit(f"fengqiao: {error}") from error
