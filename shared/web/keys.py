"""Typed keys of what an app carries."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from shared.runtime.catalogue import Catalogue
from shared.runtime.engines import Engines
from shared.runtime.settings import Settings
from shared.web.sessions import SessionVerifier

if TYPE_CHECKING:
    from shared.web.pages import Pages
    from shared.web.service import Service as ServiceParts

SETTINGS = web.AppKey("settings", Settings)
ENGINES = web.AppKey("engines", Engines)
CATALOGUE = web.AppKey("catalogue", Catalogue)
VERIFIER = web.AppKey("verifier", SessionVerifier)
PAGES: "web.AppKey[Pages]" = web.AppKey("pages")
SERVICE = web.AppKey("service", str)
SERVICE_PARTS: "web.AppKey[ServiceParts]" = web.AppKey("service")
WORK: web.AppKey[Any] = web.AppKey("work")
