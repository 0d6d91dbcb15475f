"""Typed keys of what an app carries."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from shared.kernel.staff import Staff
from shared.runtime.catalogue import Catalogue
from shared.runtime.engines import Engines
from shared.runtime.settings import Settings
from shared.web.sessions import SessionVerifier

if TYPE_CHECKING:
    from shared.web.pages import Pages
    from shared.web.service import Service as ServiceParts

BY = web.RequestKey("by", Staff)
"""The signed-in member of staff who makes the request; absent for others."""
KEY = web.RequestKey("key", str)
"""The idempotency key of the request; empty for none."""
SETTINGS = web.AppKey("settings", Settings)
ENGINES = web.AppKey("engines", Engines)
CATALOGUE = web.AppKey("catalogue", Catalogue)
VERIFIER = web.AppKey("verifier", SessionVerifier)
PAGES: "web.AppKey[Pages]" = web.AppKey("pages")
SERVICE = web.AppKey("service", str)
SERVICE_PARTS: "web.AppKey[ServiceParts]" = web.AppKey("service_parts")
WORK: web.AppKey[Any] = web.AppKey("work")
