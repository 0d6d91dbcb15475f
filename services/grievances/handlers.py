"""What casework does: one function for each command and event; each loads one case, calls one method, saves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.grievances.domain.case import NOBODY, WORKER, Case, Placement
from services.grievances.domain.life import Action
from services.grievances.domain.parts import Attempt, Policy, Words
from services.grievances.domain.routing import Directory
from services.grievances.repository import ALERTS, MEMBERS, STAFF, UNIONS, CaseRepository, Employers
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
        work.load[case.owner] += 1
        metrics.REPORTS.labels(case.category).inc()


async def hear_worker(event: WorkerMessaged, cause: Envelope, work: Work) -> None:
    """Puts the worker's words on the timeline."""
    await work.cases.change(event.number, lambda case: case.hear(event.text, event.at), cause=cause)


async def add_evidence(event: EvidenceAdded, cause: Envelope, work: Work) -> None:
    """Adds the files to the case."""
    await work.cases.change(event.number, lambda case: case.add_evidence(event.evidence, event.at), cause=cause)


async def rate(event: RatingGiven, cause: Envelope, work: Work) -> None:
    """Records whether it helped."""
    await work.cases.change(event.number, lambda case: case.rate(event.score, event.at), cause=cause)


async def reopen(event: ReopeningAsked, cause: Envelope, work: Work) -> None:
    """The worker's word is enough to reopen."""
    await work.cases.change(event.number, lambda case: case.reopen(WORKER, event.at, work.policy), cause=cause)


async def confirm_payment(event: PaymentConfirmed, cause: Envelope, work: Work) -> None:
    """Records whether the money arrived."""
    await work.cases.change(
        event.number, lambda case: case.confirm_payment(event.instalment, event.received, event.at), cause=cause
    )


async def withdraw(event: ReportWithdrawn, cause: Envelope, work: Work) -> None:
    """Ends the case at the worker's wish."""
    await work.cases.change(event.number, lambda case: case.withdraw(event.at), cause=cause)


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
    body = {
        "number": event.number,
        "what": cause.type.rpartition(".")[2],
        "owner": getattr(event, "owner", NOBODY),
        "at": as_text(event.at),
    }
    fresh = await work.cases.store.put_new(ALERTS.name, {cause.id: body})
    if fresh:
        work.live.tell("alert", body | {"path": (await work.cases.get(event.number)).union_path})
        _count(event)


async def count_response(event: CaseResponded, _cause: Envelope, work: Work) -> None:
    """Measures how long the worker waited."""
    case = await work.cases.get(event.number)
    metrics.RESPONSE_TIME.observe((event.at - case.reported_at).total_seconds())


def _count(event: CaseEvent) -> None:
    if isinstance(event, CaseBreached):
        metrics.BREACHES.labels(event.tier).inc()
    elif isinstance(event, AnswerDueSoon):
        metrics.WARNINGS.inc()


async def alerts_for(staff: Staff, work: Work) -> list[Body]:
    """The newest alerts of this person."""
    found = await work.cases.store.find(ALERTS.name, (Equal("owner", staff.id),), order=("-at",), limit=20)
    return [stored.body for stored in found]


# ── from time ───────────────────────────────────────────────────────────────


async def ring(number: str, work: Work) -> None:
    """Does what is due for a case."""

    def due(case: Case) -> None:
        above = work.directory.above(case.union_path, case.tier)
        before = case.owner
        case.ring(work.clock.now(), above, work.policy)
        _shift(work, before, case)

    await work.cases.change(number, due)


# ── from caseworkers ────────────────────────────────────────────────────────


async def act(number: str, action: Callable[[Case, datetime], None], *, by: Staff, key: str, work: Work) -> Case:
    """One command of a member of staff on a case that they may see."""
    at = work.clock.now()

    def change(case: Case) -> None:
        if not case_visible(case, by):
            raise NotFound("cases.not_found", id=number)
        before = case.owner
        action(case, at)
        _shift(work, before, case)

    await work.cases.change(number, change, key=key, at=at)
    return await work.cases.get(number)


def case_visible(case: Case, by: Staff) -> bool:
    """The owner, and whoever's role reaches the place where it arose."""
    return by.reaches(case.union_path)


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


def _shift(work: Work, before: str, case: Case) -> None:
    """Keeps the count of open cases by owner about right."""
    if case.queue is None:
        work.load[before] -= 1
    elif case.owner != before:
        work.load[before] -= 1
        work.load[case.owner] += 1
