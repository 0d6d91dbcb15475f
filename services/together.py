"""All four services in one process on the embedded engines."""

from dataclasses import dataclass

from aiohttp import web

import services.bot.app as bot
import services.grievances.app as grievances
import services.notifications.app as notifications
import services.registry.app as registry
from services.bot.settings import BotSettings
from services.bot.web.views import chat_page
from services.grievances.settings import GrievancesSettings
from services.notifications.settings import NotificationsSettings
from services.registry.settings import RegistrySettings
from shared.adapters.embedded import EnginesFor
from shared.web import keys, middlewares
from shared.web.health import HEALTH, Health
from shared.web.pages import STATIC


@dataclass(frozen=True)
class AllSettings:
    """The settings of every service, read at once so that a wrong one stops the start."""

    registry: RegistrySettings
    grievances: GrievancesSettings
    notifications: NotificationsSettings
    bot: BotSettings

    @classmethod
    def read(cls) -> "AllSettings":
        """From the environment. Raises pydantic's ValidationError."""
        return cls(RegistrySettings(), GrievancesSettings(), NotificationsSettings(), BotSettings())


@dataclass(frozen=True)
class Together:
    """The composed app and its parts."""

    app: web.Application
    registry: web.Application
    grievances: web.Application
    notifications: web.Application
    bot: web.Application
    health: Health


def compose(settings: AllSettings, engines_for: EnginesFor) -> Together:
    """Each service under its own prefix; the worker's chat at the root."""
    health = Health()
    parts = Together(
        app=web.Application(middlewares=[middlewares.observed, middlewares.explained]),
        registry=registry.create_app(settings.registry, engines_for("registry"), health),
        grievances=grievances.create_app(settings.grievances, engines_for("grievances"), health),
        notifications=notifications.create_app(settings.notifications, engines_for("notifications"), health),
        bot=bot.create_app(settings.bot, engines_for("bot"), health),
        health=health,
    )
    root = parts.app
    root[keys.SETTINGS] = settings.bot
    root[keys.ENGINES] = engines_for("bot")
    root[keys.CATALOGUE] = parts.bot[keys.CATALOGUE]
    root[keys.PAGES] = parts.bot[keys.PAGES]
    root[HEALTH] = health
    health.add_to(root)
    root.router.add_get("/", _chat)
    root.router.add_static("/static", STATIC)
    for name in ("registry", "grievances", "notifications", "bot"):
        root.add_subapp(f"/{name}", getattr(parts, name))
    return parts


async def _chat(request: web.Request) -> web.StreamResponse:
    return request.app[keys.PAGES].response(request, chat_page(request))
