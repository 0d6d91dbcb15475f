"""The registry service on given engines."""

from pathlib import Path

from aiohttp import web

from services.registry import api
from services.registry.domain.accounts import Attempts
from services.registry.handlers import Work
from services.registry.importer import Importer
from services.registry.repository import (
    WELCOME,
    AccountRepository,
    EmployerRepository,
    RosterRepository,
    UnionRepository,
    WorkerRepository,
)
from services.registry.settings import RegistrySettings
from services.registry.web import views
from shared.runtime.engines import Engines
from shared.web.health import Health
from shared.web.service import Service
from shared.web.sessions import SessionSigner

NAME = "registry"


def create_app(settings: RegistrySettings, engines: Engines, health: Health) -> web.Application:
    """Workers, firms, the union tree, staff accounts and their sessions."""
    service = Service(NAME, settings, engines, Path(__file__).parent)
    store, relay = engines.store, service.relay
    work = Work(
        workers=WorkerRepository(store, relay), employers=EmployerRepository(store, relay),
        unions=UnionRepository(store, relay), accounts=AccountRepository(store, relay),
        rosters=RosterRepository(store, relay), sealer=engines.sealer, blobs=engines.blobs, clock=engines.clock,
        live=service.live, signer=SessionSigner(engines.session_private_key),
        attempts=Attempts(settings.sign_in_attempts),
    )  # fmt: skip
    service.repositories(work.workers, work.employers, work.unions, work.accounts, work.rosters)
    service.holds(WELCOME)
    importer = Importer(work)
    service.app[api.IMPORTER] = importer
    service.consumes({}, work)
    service.runs(importer)
    service.report_to(health)
    return service.serves(api.routes, views.routes, work=work)
