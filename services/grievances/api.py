"""The HTTP API of casework. The console's forms come in by the same routes."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.grievances import handlers
from services.grievances.domain.case import Case
from services.grievances.domain.life import State
from services.grievances.domain.routing import works_at
from services.grievances.handlers import Work
from services.grievances.repository import READERS
from shared.contracts.values import CaseNumber, Category, Moment, Role, Tier
from shared.kernel.errors import NotFound, NotValid
from shared.kernel.money import fen_from_yuan
from shared.kernel.staff import Staff
from shared.web.access import staff
from shared.web.keys import BY, SETTINGS, WORK
from shared.web.routes import Routes, command_key

CASEWORK = staff(Role.CASEWORKER, Role.SUPERVISOR)
READING = staff(*READERS)
CASE_PAGE = "/grievances/cases/{number}"
LONGEST_TEXT = 5000

routes = Routes("grievances")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid")


class TextIn(Body):
    """What somebody writes: 1 to 5,000 characters."""

    text: Text


class MediationIn(Body):
    """A mediation session: the day, who took part, what was offered and why it did or didn't succeed."""

    held_on: date
    parties: Text
    offer: Text
    succeeded: bool = False


class SettlementIn(Body):
    """What was agreed: as many amounts in yuan as days on which they are due."""

    amounts: Annotated[list[str], Field(min_length=1, max_length=60)]
    due_on: Annotated[list[date], Field(min_length=1, max_length=60)]


class ReferralIn(Body):
    """To whom, and why."""

    to: Literal["inspection", "arbitration", "legal_aid", "court"]
    text: Text


class AssignmentIn(Body):
    """The account that shall own the case."""

    staff: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class CaseOut(BaseModel):
    """A case as colleagues may see it: no personal data."""

    number: CaseNumber
    state: State
    category: Category
    tier: Tier
    owner: str
    employer: str | None
    people: int | None
    reported_at: Moment
    answer_by: Moment | None
    deadline: Moment | None
    breached: bool

    @classmethod
    def of(cls, case: Case) -> "CaseOut":
        """From the aggregate."""
        return cls(
            number=case.number, state=case.state, category=case.category, tier=case.tier, owner=case.owner,
            employer=case.employer, people=case.people, reported_at=case.reported_at, answer_by=case.answer_by,
            deadline=case.deadline, breached=case.breached,
        )  # fmt: skip


class QueueQuery(BaseModel):
    """Which view of the queue, and from where on."""

    view: Literal["mine", "all", "nobody"] = "mine"
    after: Annotated[str, StringConstraints(max_length=100, pattern=r"^[0-9TZ:.\-]{4,40}~[0-9A-Z\-]{1,20}$")] | None = None


class QueueOut(BaseModel):
    """A page of the queue: the nearest deadline first."""

    cases: list[CaseOut]
    next: str | None = None


def work_of(request: web.Request) -> Work:
    """What the handlers work with."""
    work: Work = request.config_dict[WORK]
    return work


@routes.get("/api/queue", READING, "Open cases, the nearest deadline first")
async def queue(request: web.Request, query: QueueQuery) -> QueueOut:
    page = await work_of(request).cases.queue(request[BY], query.view, query.after)
    return QueueOut(cases=[CaseOut.of(case) for case in page.rows], next=page.next)


async def visible_case(request: web.Request, number: str) -> Case:
    """The case. Raises NotFound also where the asker may not know of it."""
    case = await work_of(request).cases.get(number)
    if not handlers.case_visible(case, request[BY]):
        raise NotFound("cases.not_found", id=number)
    return case


@routes.get("/api/cases/{number}", READING, "One case")
async def case_by_number(request: web.Request, number: CaseNumber) -> CaseOut:
    return CaseOut.of(await visible_case(request, number))


async def _act(request: web.Request, number: str, action: Callable[[Case, datetime, Work, Staff], None]) -> CaseOut:
    work, by = work_of(request), request[BY]
    case = await handlers.act(number, lambda case, at: action(case, at, work, by), by=by, key=command_key(request), work=work)
    return CaseOut.of(case)


def command(path: str, summary: str, said: str) -> Callable[..., Callable[..., object]]:
    """A route that acts on a case and shows it again."""
    return routes.post(f"/cases/{{number}}/{path}", CASEWORK, summary, then=CASE_PAGE, said=said)


@command("take", "Make the case yours", "said.taken")
async def take(request: web.Request, number: CaseNumber) -> CaseOut:
    return await _act(request, number, lambda case, at, _work, by: case.take(by, at))


@command("assignment", "Give the case to a colleague", "said.assigned")
async def assign(request: web.Request, number: CaseNumber, body: AssignmentIn) -> CaseOut:
    case = await visible_case(request, number)
    account = work_of(request).directory.staff.get(body.staff)
    if account is None or not works_at(account, case.union_path):
        raise NotValid("staff", "refused.no_such_staff")
    return await _act(request, number, lambda case, at, _work, by: case.assign(account.staff, account.name, by, at))


@command("answers", "Write to the worker; the first time it stops the 24-hour clock", "said.answered")
async def answer(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    def action(case: Case, at: datetime, work: Work, by: Staff) -> None:
        words = work.words(body.text)
        write = case.message if case.answered_at and case.answer_by is None else case.respond
        write(words, by, at, work.policy)

    return await _act(request, number, action)


@command("notes", "A remark for colleagues, never seen by the worker", "said.noted")
async def note(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.note(work.words(body.text), by, at))


@command("mediations", "Record a mediation session", "said.mediated")
async def mediate(request: web.Request, number: CaseNumber, body: MediationIn) -> CaseOut:
    held_on = _at_noon(request, body.held_on)

    def action(case: Case, at: datetime, work: Work, by: Staff) -> None:
        session = min(held_on, at) if held_on.date() == at.astimezone(held_on.tzinfo).date() else held_on
        attempt = handlers.attempt_from(case, session, body.parties, body.offer, at, work, succeeded=body.succeeded)
        case.mediate(attempt, by, at, work.policy)

    return await _act(request, number, action)


@command("settlement", "Record what was agreed, with its instalments", "said.settled")
async def settle(request: web.Request, number: CaseNumber, body: SettlementIn) -> CaseOut:
    amounts = [fen_from_yuan(amount) for amount in body.amounts]
    if len(amounts) != len(body.due_on):
        raise NotValid("due_on", "refused.uneven_instalments")
    days = [_at_noon(request, day) for day in body.due_on]
    pairs = [(amount, day) for amount, day in zip(amounts, days, strict=True) if amount]
    if len(pairs) != len(amounts):
        raise NotValid("amounts", "refused.no_instalments")
    agreed = handlers.instalments_from(pairs)
    return await _act(request, number, lambda case, at, work, by: case.settle(agreed, by, at, work.policy))


@command("payments/{index}/paid", "The employer paid an instalment; the worker is asked", "said.paid")
async def mark_paid(request: web.Request, number: CaseNumber, index: int) -> CaseOut:
    return await _act(request, number, lambda case, at, _work, by: case.mark_paid(index, by, at))


@command("failure", "This tier could not settle it", "said.failed")
async def fail(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.fail(work.words(body.text), by, at, work.policy))


@command("escalation", "Pass the case up one tier", "said.escalated")
async def escalate(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    def action(case: Case, at: datetime, work: Work, by: Staff) -> None:
        case.escalate(handlers.above_or_refuse(case, work), work.words(body.text), by, at, work.policy)

    return await _act(request, number, action)


@command("referral", "Hand the case to a body outside the union", "said.referred")
async def refer(request: web.Request, number: CaseNumber, body: ReferralIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.refer(body.to, work.words(body.text), by, at, work.policy))


@command("resolution", "Done; the worker is asked whether it helped", "said.resolved")
async def resolve(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.resolve(work.words(body.text), by, at, work.policy))


@command("closing", "Let the case rest", "said.closed")
async def close(request: web.Request, number: CaseNumber) -> CaseOut:
    return await _act(request, number, lambda case, at, _work, by: case.close(by, at))


@command("reopening", "It wasn't settled after all", "said.reopened")
async def reopen(request: web.Request, number: CaseNumber) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.reopen(by, at, work.policy))


@command("suspension", "Wait for something outside", "said.suspended")
async def suspend(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.suspend(work.words(body.text), by, at))


@command("resumption", "Go on where it was", "said.resumed")
async def resume(request: web.Request, number: CaseNumber) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.resume(by, at, work.policy))


@command("rejection", "Not for the union; the worker is told why", "said.rejected")
async def reject(request: web.Request, number: CaseNumber, body: TextIn) -> CaseOut:
    return await _act(request, number, lambda case, at, work, by: case.reject(work.words(body.text), by, at))


def _at_noon(request: web.Request, day: date) -> datetime:
    """The middle of a day in the console's zone."""
    return datetime.combine(day, time(12), ZoneInfo(request.config_dict[SETTINGS].time_zone))
