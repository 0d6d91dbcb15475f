"""The grievances service on given engines."""

from pathlib import Path

from aiohttp import web

from services.grievances import api, handlers
from services.grievances.consumers import SUBSCRIPTIONS
from services.grievances.domain.case import Case
from services.grievances.domain.life import State
from services.grievances.domain.parts import Policy
from services.grievances.handlers import Work
from services.grievances.repository import ALERTS, EMPLOYERS, MEASURED, MEMBERS, NAMES, STAFF, UNIONS, CaseRepository, Employers
from services.grievances.settings import GrievancesSettings
from services.grievances.web import views
from shared.runtime import metrics
from shared.runtime.engines import Engines
from shared.runtime.lease import Lease
from shared.runtime.timers import Timers
from shared.web.health import Health
from shared.web.service import Service

NAME = "grievances"


def create_app(settings: GrievancesSettings, engines: Engines, health: Health) -> web.Application:
    """Cases, their clocks, and the console for them."""
    service = Service(NAME, settings, engines, Path(__file__).parent)
    cases = CaseRepository(engines.store, service.relay)
    work = Work(
        cases=cases, employers=Employers(engines.store), sealer=engines.sealer, clock=engines.clock,
        policy=Policy(
            answer_hours=settings.answer_hours, warn_at=settings.warn_at, update_days=settings.update_days,
            closing_days=settings.closing_days,
        ),
        live=service.live,
    )  # fmt: skip

    def saved(case: Case) -> None:
        handlers.count_load(case, work)
        service.live.tell("cases", told_to_pages(case))

    cases.on_saved = saved
    service.repositories(cases)
    service.holds(EMPLOYERS, NAMES, MEMBERS, UNIONS, STAFF, ALERTS, MEASURED)
    service.prepares(lambda: handlers.remember(work))
    service.consumes(SUBSCRIPTIONS, work)
    lease = Lease("timers", engines.replica, engines.store, engines.clock)
    service.runs(
        Timers(
            NAME,
            cases.name,
            lambda number: handlers.ring(number, work),
            store=engines.store,
            clock=engines.clock,
            lease=lease,
        )
    )
    service.report_to(health)
    health.refreshes.append(lambda: measure(work))
    return service.serves(api.routes, views.routes, work=work)


def told_to_pages(case: Case) -> dict[str, str]:
    """What pushed updates say of a changed case."""
    return {"number": case.number, "path": case.union_path, "state": case.state}


async def measure(work: Work) -> None:
    """Brings the gauges of the public promise up to date: index reads only."""
    states = await work.cases.store.totals(work.cases.name, "queue.state")
    for state in State:
        metrics.CASES_OPEN.labels(state).set(states.get(state, 0))
    oldest = await work.cases.oldest_unanswered()
    metrics.OLDEST_UNANSWERED.set((work.clock.now() - oldest).total_seconds() if oldest else 0)
