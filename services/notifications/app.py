"""The notifications service on given engines."""

from pathlib import Path

from aiohttp import web

from services.notifications import api, handlers
from services.notifications.consumers import SUBSCRIPTIONS
from services.notifications.handlers import Work
from services.notifications.repository import (
    CHATS,
    MEMBERS,
    OPEN_CASES,
    UNIONS,
    Members,
    NoticeRepository,
    PolicyRepository,
    RecipientRepository,
)
from services.notifications.sender import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.web import views
from shared.runtime.engines import Engines
from shared.runtime.lease import Lease
from shared.web.health import Health
from shared.web.service import Service

NAME = "notifications"


def create_app(settings: NotificationsSettings, engines: Engines, health: Health) -> web.Application:
    """Policies and messages about cases, each on its way to the right chat."""
    service = Service(NAME, settings, engines, Path(__file__).parent)
    work = Work(
        policies=PolicyRepository(engines.store, service.relay),
        recipients=RecipientRepository(engines.store, service.relay),
        notices=NoticeRepository(engines.store, service.relay),
        members=Members(engines.store), clock=engines.clock, live=service.live,
    )  # fmt: skip
    service.repositories(work.policies, work.recipients, work.notices)
    service.holds(MEMBERS, CHATS, OPEN_CASES, UNIONS)
    service.prepares(lambda: handlers.remember(work))
    service.consumes(SUBSCRIPTIONS, work)
    lease = Lease("sender", engines.replica, engines.store, engines.clock)
    service.runs(Sender(work, lease, settings.in_flight))
    service.report_to(health)
    return service.serves(api.routes, views.routes, work=work)
