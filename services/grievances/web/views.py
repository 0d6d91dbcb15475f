"""The console's pages for casework: the queue and the case."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from services.grievances import handlers
from services.grievances.api import CASEWORK, READING, QueueQuery, visible_case, work_of
from services.grievances.domain.case import Case
from services.grievances.domain.life import Action
from services.grievances.handlers import WORDS, Work
from services.grievances.repository import MEMBERS, PAGE, READERS
from shared.contracts.values import CaseNumber, Role
from shared.kernel.case_number import read_number
from shared.kernel.errors import NotFound
from shared.kernel.sealing import CannotUnseal, Sealer
from shared.kernel.staff import Staff
from shared.ports.store import Equal
from shared.web.keys import BY, ENGINES
from shared.web.live import stream
from shared.web.problems import Problem
from shared.web.routes import Page, Routes, redirect

routes = Routes("grievances")
VIEWS = ("mine", "all", "nobody")
PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
OFFERED = (
    Action.TAKE, Action.MEDIATE, Action.SETTLE, Action.FAIL, Action.ESCALATE, Action.REFER, Action.RESOLVE,
    Action.CLOSE, Action.REOPEN, Action.SUSPEND, Action.RESUME, Action.REJECT,
)  # fmt: skip


class SearchQuery(BaseModel):
    """A case number, however it is typed."""

    q: Annotated[str, StringConstraints(max_length=100)] = ""


class AllQuery(BaseModel):
    """From where on the list of all cases goes."""

    after: Annotated[str, StringConstraints(max_length=100, pattern=r"^[0-9TZ:.\-]{4,40}~[0-9A-Z\-]{1,20}$")] | None = None


async def _queue(request: web.Request, query: QueueQuery) -> dict[str, Any]:
    work, by = work_of(request), request[BY]
    page = await work.cases.queue(by, query.view, query.after)
    views = VIEWS if by.has(Role.SUPERVISOR) else VIEWS[:2]
    return {
        "view": query.view,
        "views": [(view, await work.cases.count(by, view)) for view in views],
        "cases": page.rows,
        "next": page.next,
        "page_size": PAGE,
        "alerts": await handlers.alerts_for(by, work),
    }


@routes.page("/queue", CASEWORK)
async def queue(request: web.Request, query: QueueQuery) -> Page:
    return Page("queue.html", await _queue(request, query))


@routes.page("/queue/rows", CASEWORK)
async def queue_rows(request: web.Request, query: QueueQuery) -> Page:
    return Page("queue_rows.html", await _queue(request, query))


@routes.page("/all", READING)
async def all_cases(request: web.Request, query: AllQuery) -> Page:
    roles = (Role.CASEWORKER, Role.SUPERVISOR, Role.AUDITOR)
    page = await work_of(request).cases.recent(request[BY], roles, query.after)
    return Page("all.html", {"cases": page.rows, "next": page.next})


@routes.page("/search", READING)
async def search(request: web.Request, query: SearchQuery) -> web.StreamResponse:
    number = read_number(query.q)
    if number is None:
        raise Problem(404, "search.no_number", {"text": query.q[:40]})
    await visible_case(request, number)
    return redirect(request, f"/grievances/cases/{number}")


@routes.page("/cases/{number}", READING)
async def case_page(request: web.Request, number: CaseNumber) -> Page:
    case = await visible_case(request, number)
    return Page("case.html", await _case(request, case))


@routes.page("/cases/{number}/talk", READING)
async def talk(request: web.Request, number: CaseNumber) -> Page:
    case = await visible_case(request, number)
    return Page("case_talk.html", await _case(request, case))


async def _case(request: web.Request, case: Case) -> dict[str, Any]:
    work, by = work_of(request), request[BY]
    sealer: Sealer = request.config_dict[ENGINES].sealer
    may_read = by.reaches(case.union_path, Role.CASEWORKER, Role.SUPERVISOR)
    colleagues = work.directory.holders(Role.CASEWORKER, case.union_path)
    return {
        "case": case,
        "firm": await work.employers.get(case.employer_id),
        "identity": _identity(case, by, sealer),
        "member": await _member(case, work),
        "words": lambda sealed: opened(sealer, sealed, WORDS) if may_read else None,
        "file_name": lambda item: opened(sealer, item.name, "file_name") if may_read else "",
        "pictures": PICTURES,
        "actions": {action: case.why_not(action, by) for action in OFFERED},
        "may_answer": case.why_not(Action.RESPOND, by) is None or case.why_not(Action.MESSAGE, by) is None,
        "why_no_answer": case.why_not(Action.RESPOND if case.answer_by else Action.MESSAGE, by),
        "why_not_paid": case.why_not(Action.MARK_PAID, by),
        "colleagues": [account for _, account in colleagues],
        "why_not_assign": case.why_not(Action.ASSIGN, by),
        "talk_of": ("opened", "responded", "messaged", "heard", "evidence", "rejected"),
    }


def _identity(case: Case, by: Staff, sealer: Sealer) -> str | None:
    """The worker's own name and phone: for the owner and supervisors of the place only."""
    if case.identity is None or not (case.owner == by.id or by.reaches(case.union_path, Role.SUPERVISOR)):
        return None
    return opened(sealer, case.identity, "identity")


async def _member(case: Case, work: Work) -> dict[str, Any] | None:
    if case.phone_index is None:
        return None
    found = await work.cases.store.find(MEMBERS.name, (Equal("phone_index", case.phone_index),), limit=1)
    if not found:
        return None
    union = work.directory.unions.get(found[0].body["union_path"])
    return found[0].body | {"union_name": union.name if union else ""}


def opened(sealer: Sealer, sealed: str, purpose: str) -> str:
    """The text, or a mark in its place when its key is lost."""
    try:
        return sealer.open(sealed, purpose)
    except CannotUnseal:
        return "🔒"


@routes.get("/cases/{number}/evidence/{sha256}", CASEWORK, page=True)
async def evidence(request: web.Request, number: CaseNumber, sha256: str) -> web.StreamResponse:
    case = await visible_case(request, number)
    if not request[BY].reaches(case.union_path, Role.CASEWORKER, Role.SUPERVISOR):
        raise NotFound("cases.not_found", id=number)
    item = handlers.holds_evidence(case, sha256)
    blobs = request.config_dict[ENGINES].blobs
    if item is None or await blobs.size(sha256) is None:
        raise NotFound("problem.404")
    kind = item.media_type if item.media_type in PICTURES else "application/octet-stream"
    shown: Literal["inline", "attachment"] = "inline" if item.media_type in PICTURES else "attachment"
    response = web.StreamResponse(
        headers={"Content-Type": kind, "Content-Disposition": shown, "Cache-Control": "private, no-store"}
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.content_length = item.size
    await response.prepare(request)
    async for piece in blobs.read(sha256):
        await response.write(piece)
    return response


@routes.get("/live", READING, page=True)
async def live(request: web.Request) -> web.StreamResponse:
    """Tells the console when a case of this jurisdiction changed, and of alerts for this person."""
    by: Staff = request[BY]

    def concerns(note: dict[str, Any]) -> bool:
        return bool(note.get("owner") == by.id or ("what" not in note and by.reaches(note["path"], *READERS)))

    return await stream(request, work_of(request).live, concerns)
