"""What casework does: one function for each command and event; each loads one case, calls one method, saves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.grievances.domain.case import WORKER, Case, Placement
from services.grievances.domain.life import Action
from services.grievances.domain.parts import Attempt, Policy, Words
from services.grievances.domain.routing import Directory
from services.grievances.repository import ALERTS, MEASURED, MEMBERS, READERS, STAFF, UNIONS, CaseRepository, Employers
from shared.contracts.bot import (
    EvidenceAdded,
    GrievanceReported,
    PaymentConfirmed,
    RatingGiven,
    ReopeningAsked,
    ReportWithdrawn,
    WorkerMessaged,
)
from shared.contracts.envelope import Envelope
from shared.contracts.grievances import AnswerDueSoon, CaseBreached, CaseEvent, CaseResponded
from shared.contracts.registry import AccountOpened, EmployerRegistered, UnionRegistered, WorkerRegistered
from shared.contracts.values import Evidence, Instalment, as_text
from shared.kernel.errors import NotAllowed, NotFound, NotValid
from shared.kernel.repository import Projection
from shared.kernel.sealing import Sealer
from shared.kernel.staff import Staff
from shared.ports.clock import Clock
from shared.ports.store import Body, Equal
from shared.runtime import metrics
from shared.web.live import Live

WORDS = "words"


@dataclass
class Work:
    """What the handlers of casework work with. `load` counts open cases by owner, for routing only."""

    cases: CaseRepository
    employers: Employers
    sealer: Sealer
    clock: Clock
    policy: Policy
    live: Live
    directory: Directory = field(default_factory=Directory)
    load: Counter[str] = field(default_factory=Counter)

    def words(self, text: str) -> Words:
        """Seals what a person wrote."""
        return Words(sealed=self.sealer.seal(text, WORDS), length=len("".join(text.split())))

    def projection(self, collection: Any) -> Projection[Body]:
        """What the registry told, by its id."""
        return Projection(self.cases.store, collection)


# ── from workers ────────────────────────────────────────────────────────────


async def open_case(report: GrievanceReported, cause: Envelope, work: Work) -> None:
    """Opens the case that a report asks for; a repeated report finds it open already."""
    if await work.cases.find(report.number):
        return
    firm = await work.employers.called(report.employer)
    place = work.directory.place(firm, work.load.__getitem__)
    case = Case.open(report, place, work.policy)
    case.handled.note(cause)
    if await work.cases.add(case):
        metrics.REPORTS.labels(case.category).inc()


async def _from_worker(number: str, what: str, at: datetime, action: Callable[[Case], None], cause: Envelope, work: Work) -> None:
    """Does what the worker's word means; where it no longer fits (an old button, a race), the timeline says so."""

    def act(case: Case) -> None:
        try:
            action(case)
        except (NotAllowed, NotValid) as refusal:
            case.pass_over(what, refusal.code, at)

    await work.cases.change(number, act, cause=cause)


async def hear_worker(event: WorkerMessaged, cause: Envelope, work: Work) -> None:
    """Puts the worker's words on the timeline."""
    await work.cases.change(event.number, lambda case: case.hear(event.text, event.at), cause=cause)


async def add_evidence(event: EvidenceAdded, cause: Envelope, work: Work) -> None:
    """Adds the files to the case."""
    await work.cases.change(event.number, lambda case: case.add_evidence(event.evidence, event.at), cause=cause)


async def rate(event: RatingGiven, cause: Envelope, work: Work) -> None:
    """Records whether it helped."""
    await _from_worker(event.number, "rated", event.at, lambda case: case.rate(event.score, event.at), cause, work)


async def reopen(event: ReopeningAsked, cause: Envelope, work: Work) -> None:
    """The worker's word is enough to reopen."""
    await _from_worker(event.number, "reopened", event.at, lambda case: case.reopen(WORKER, event.at, work.policy), cause, work)


async def confirm_payment(event: PaymentConfirmed, cause: Envelope, work: Work) -> None:
    """Records whether the money arrived."""
    await _from_worker(
        event.number,
        "confirmed",
        event.at,
        lambda case: case.confirm_payment(event.instalment, event.received, event.at),
        cause,
        work,
    )


async def withdraw(event: ReportWithdrawn, cause: Envelope, work: Work) -> None:
    """Ends the case at the worker's wish."""
    await _from_worker(event.number, "withdrawn", event.at, lambda case: case.withdraw(event.at), cause, work)


# ── from the registry ───────────────────────────────────────────────────────


async def learn_employer(event: EmployerRegistered, cause: Envelope, work: Work) -> None:
    """A firm, by which cases are routed."""
    await work.employers.learn(event, cause)


async def learn_union(event: UnionRegistered, cause: Envelope, work: Work) -> None:
    """A union at its place."""
    await work.projection(UNIONS).fold(event.union, cause, lambda _: event.model_dump(mode="json"))
    work.directory.learn_union(event)


async def learn_staff(event: AccountOpened, cause: Envelope, work: Work) -> None:
    """An account, to which cases are routed."""
    await work.projection(STAFF).fold(event.staff, cause, lambda _: event.model_dump(mode="json"))
    work.directory.learn_staff(event)


async def learn_worker(event: WorkerRegistered, cause: Envelope, work: Work) -> None:
    """A worker, so that membership shows on the case."""
    await work.projection(MEMBERS).fold(event.worker, cause, lambda _: event.model_dump(mode="json", exclude_none=True))


async def remember(work: Work) -> None:
    """Loads what routing keeps in memory, before anything is handled."""
    for stored in await work.cases.store.find(UNIONS.name, limit=1_000_000):
        work.directory.learn_union(UnionRegistered.model_validate(stored.body))
    for stored in await work.cases.store.find(STAFF.name, limit=1_000_000):
        work.directory.learn_staff(AccountOpened.model_validate(stored.body))
    work.load.update(await work.cases.store.totals(CaseRepository.name, "queue.owner"))


# ── from our own cases ──────────────────────────────────────────────────────


async def alert(event: CaseEvent, cause: Envelope, work: Work) -> None:
    """Tells the owner, once: the alert's id is the event's."""
    case = await work.cases.get(event.number)
    body = {
        "number": event.number,
        "what": cause.type.rpartition(".")[2],
        "owner": getattr(event, "owner", case.owner),
        "at": as_text(event.at),
    }
    fresh = await work.cases.store.put_new(ALERTS.name, {cause.id: body})
    if fresh:
        work.live.tell("alert", body | {"path": case.union_path})
        _count(event)


async def count_response(event: CaseResponded, _cause: Envelope, work: Work) -> None:
    """Measures how long the worker waited, once for each case."""
    if not await work.cases.store.put_new(MEASURED.name, {event.number: {"at": as_text(event.at)}}):
        return
    case = await work.cases.get(event.number)
    metrics.RESPONSE_TIME.observe((event.at - case.reported_at).total_seconds())


def _count(event: CaseEvent) -> None:
    if isinstance(event, CaseBreached):
        metrics.BREACHES.labels(event.tier).inc()
    elif isinstance(event, AnswerDueSoon):
        metrics.WARNINGS.inc()


def count_load(case: Case, work: Work) -> None:
    """Keeps the number of open cases by owner, after each save: what it was loaded with against what it is now."""
    now = case.owner if case.queue is not None else None
    if case.counted_for != now:
        work.load.subtract([case.counted_for] if case.counted_for else [])
        work.load.update([now] if now else [])
        case.counted_for = now


async def alerts_for(staff: Staff, work: Work) -> list[Body]:
    """The newest alert of each case of this person."""
    found = await work.cases.store.find(ALERTS.name, (Equal("owner", staff.id),), order=("-at",), limit=50)
    newest: dict[str, Body] = {}
    for stored in found:
        newest.setdefault(stored.body["number"], stored.body)
    return list(newest.values())


# ── from time ───────────────────────────────────────────────────────────────


async def ring(number: str, work: Work) -> None:
    """Does what is due for a case."""

    def due(case: Case) -> None:
        above = work.directory.above(case.union_path, case.tier)
        case.ring(work.clock.now(), above, work.policy)

    await work.cases.change(number, due)


# ── from caseworkers ────────────────────────────────────────────────────────


async def act(number: str, action: Callable[[Case, datetime], None], *, by: Staff, key: str, work: Work) -> Case:
    """One command of a member of staff on a case that they may see."""
    at = work.clock.now()
    if not case_visible(await work.cases.get(number), by):
        raise NotFound("cases.not_found", id=number)
    await work.cases.change(number, lambda case: action(case, at), key=key, at=at)
    return await work.cases.get(number)


def case_visible(case: Case, by: Staff) -> bool:
    """Whoever works on cases, or audits them, at the place where it arose."""
    return by.reaches(case.union_path, *READERS)


def above_or_refuse(case: Case, work: Work) -> Placement:
    """The next tier. Raises NotAllowed at the top."""
    place = work.directory.above(case.union_path, case.tier)
    if place is None:
        raise NotAllowed("refused.top_tier", action=Action.ESCALATE)
    return place


def attempt_from(
    case: Case, held_on: datetime, parties: str, offer: str, at: datetime, work: Work, *, succeeded: bool
) -> Attempt:
    """A mediation record. Raises NotValid for a session in the future."""
    if held_on > at:
        raise NotValid("held_on", "refused.future")
    seal = work.sealer.seal
    return Attempt(
        at=at,
        held_on=held_on,
        tier=case.tier,
        parties=seal(parties, WORDS),
        offer=seal(offer, WORDS),
        succeeded=succeeded,
    )


def instalments_from(pairs: list[tuple[int, datetime]]) -> tuple[Instalment, ...]:
    """What was agreed, in the order of the days on which it is due."""
    return tuple(Instalment(amount=amount, due_on=due_on) for amount, due_on in sorted(pairs, key=lambda pair: pair[1]))


def holds_evidence(case: Case, sha256: str) -> Evidence | None:
    """The file with this hash, if the case has it."""
    said = (item for entry in case.timeline for item in entry.evidence)
    return next((item for item in (*case.evidence, *said) if item.sha256 == sha256), None)
