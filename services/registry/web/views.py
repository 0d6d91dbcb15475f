"""The console's pages for the registry, and signing in."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from services.registry import handlers
from services.registry.api import READING, REGISTRAR, is_local_demo, local, visible_roster, work_of
from shared.contracts.values import Role, Tier
from shared.kernel.identity_numbers import is_mobile_phone
from shared.kernel.sealing import CannotUnseal
from shared.web.access import PUBLIC, staff
from shared.web.health import HEALTH
from shared.web.keys import BY
from shared.web.routes import Page, Routes, redirect

routes = Routes("registry")
HOMES = (
    ((Role.CASEWORKER, Role.SUPERVISOR), "/grievances/queue"),
    ((Role.REGISTRAR,), "/registry/workers"),
    ((Role.PUBLISHER,), "/notifications/policies"),
    ((Role.OPERATOR,), "/registry/operations"),
    ((Role.AUDITOR,), "/grievances/all"),
)
DEMO_ROLES = ("wang.min", "chen.jie", "zhou.yan", "liu.fang", "sun.lei", "zhao.ning", "admin")


class SignInQuery(BaseModel):
    """Where to go on to after signing in."""

    next: Annotated[str, StringConstraints(max_length=300)] = ""


class WorkerSearch(BaseModel):
    """A phone number, to find a worker by."""

    phone: Annotated[str, StringConstraints(max_length=30)] = ""


@routes.page("/home", staff())
async def home(request: web.Request) -> web.StreamResponse:
    person = request[BY]
    return redirect(request, next((place for roles, place in HOMES if person.has(*roles)), "/"))


@routes.page("/sign-in", PUBLIC)
async def sign_in(request: web.Request, query: SignInQuery) -> Page:
    demo_roles = []
    if is_local_demo(request):
        found = {account.id: account for account in await work_of(request).accounts.everyone()}
        demo_roles = [found[login] for login in DEMO_ROLES if login in found]
    return Page("sign_in.html", {"next": local(query.next), "demo_roles": demo_roles})


@routes.page("/welcome/{key}", PUBLIC)
async def welcome(request: web.Request, key: str) -> Page:
    work = work_of(request)
    good = await handlers.welcome_is_good(key, work)
    return Page("welcome.html", {"key": key, "good": good, "first": await handlers.administrator(work) is None})


@routes.page("/workers", READING)
async def workers(request: web.Request) -> Page:
    return await _workers(request, "")


@routes.post("/workers/search", READING, page=True)
async def find_worker(request: web.Request, body: WorkerSearch) -> Page:
    """By POST: a phone number must not stand in an address."""
    return await _workers(request, body.phone.strip())


async def _workers(request: web.Request, phone: str) -> Page:
    work, person = work_of(request), request[BY]
    if phone and is_mobile_phone(phone):
        hits = await work.workers.with_phone(work.sealer.index(phone, "phone"))
        found = [worker for worker in hits if person.reaches(worker.person.union_path, Role.REGISTRAR, Role.AUDITOR)]
    else:
        found = await work.workers.seen_by(person)
    firms = {id: firm for id in {worker.person.employer for worker in found} if (firm := await work.employers.find(id))}
    return Page("workers.html", {
        "workers": found, "count": await work.workers.count_for(person), "firms": firms, "phone": phone,
        "name_of": lambda worker: _masked(
                _opened(work, worker.person.name, "name"), whole=person.reaches(worker.person.union_path, Role.REGISTRAR)
            ),
    })  # fmt: skip


def _opened(work: handlers.Work, sealed: str, purpose: str) -> str:
    try:
        return work.sealer.open(sealed, purpose)
    except CannotUnseal:
        return "🔒"


def _masked(name: str, *, whole: bool) -> str:
    """An auditor sees that somebody is there, not who."""
    return name if whole else name[:1] + "*" * max(1, len(name) - 1)


@routes.page("/employers", READING)
async def employers(request: web.Request) -> Page:
    work, person = work_of(request), request[BY]
    found = await work.employers.seen_by(person, order=("name",), limit=500)
    unions = {union.id: union for union in await work.unions.seen_by(person, limit=2000)}
    return Page("employers.html", {"employers": found, "unions": unions, "count": await work.employers.count_for(person)})


@routes.page("/unions", READING)
async def unions(request: web.Request) -> Page:
    found = await work_of(request).unions.seen_by(request[BY], limit=2000)
    return Page("unions.html", {"unions": found, "tiers": list(Tier)})


@routes.page("/staff", READING)
async def staff_accounts(request: web.Request) -> Page:
    work, person = work_of(request), request[BY]
    everyone = [
        account for account in await work.accounts.everyone()
        if all(person.reaches(grant.path, Role.REGISTRAR, Role.AUDITOR) for grant in account.grants)
    ]  # fmt: skip
    known = {union.path: union.name for union in await work.unions.seen_by(person, limit=2000)}
    return Page("staff.html", {"accounts": everyone, "unions": known, "roles": list(Role)})


@routes.page("/rosters", REGISTRAR)
async def rosters(request: web.Request) -> Page:
    return Page("rosters.html", {"rosters": await work_of(request).rosters.recent(request[BY])})


@routes.page("/rosters/{id}", REGISTRAR)
async def roster(request: web.Request, id: str) -> Page:
    return Page("roster.html", {"roster": await visible_roster(request, id)})


@routes.page("/rosters/{id}/progress", REGISTRAR)
async def roster_progress(request: web.Request, id: str) -> Page:
    return Page("roster_progress.html", {"roster": await visible_roster(request, id)})


@routes.page("/operations", staff(Role.OPERATOR))
async def operations(request: web.Request) -> Page:
    faults = await request.config_dict[HEALTH].faults()
    return Page("operations.html", {"faults": faults})
