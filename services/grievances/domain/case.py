"""案件: a worker's grievance, followed until the worker says that it is settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, PrivateAttr

from services.grievances.domain.life import (
    DONE,
    LIFE,
    OPEN,
    UNANSWERED,
    Action,
    Actor,
    Clock,
    Guard,
    State,
    Step,
    steps_for,
)
from services.grievances.domain.parts import Alarm, Attempt, Entry, Payment, Policy, Words
from shared.contracts import grievances as told
from shared.contracts.bot import GrievanceReported
from shared.contracts.values import (
    CaseNumber,
    Category,
    Claim,
    Evidence,
    Instalment,
    Language,
    Moment,
    Role,
    Sealed,
    Tier,
    UnionPath,
    Value,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.errors import NotAllowed, NotValid
from shared.kernel.staff import SYSTEM, Staff

ONE_DAY = timedelta(days=1)
NOBODY = "duty-officer"
"""Owner of a case while a tier has no duty officer: shown to every supervisor as nobody's."""

WORKER = Staff(id="worker", name="", grants=())
BYPASSING = {Category.WORK_INJURY, Category.SAFETY_HEALTH, Category.HARASSMENT_DISCRIMINATION}


class Placement(Value):
    """Where a case belongs and who owns it: what routing found out."""

    tier: Tier
    union_path: UnionPath
    owner: str
    owner_name: str = ""
    employer_id: str | None = None


class Case(Aggregate):
    """One case. `answer_by` is set while the 24-hour clock runs; `clocks` holds when each running clock ends."""

    number: CaseNumber
    user: str
    claims: tuple[Claim, ...]
    words: Sealed
    employer: str | None = None
    employer_id: str | None = None
    people: int | None = None
    danger: bool = False
    identity: Sealed | None = None
    phone_index: str | None = None
    language: Language
    reported_at: Moment
    state: State = State.SUBMITTED
    before_pause: State | None = None
    tier: Tier
    union_path: UnionPath
    owner: str
    owner_name: str = ""
    answered_at: Moment | None = None
    breached: bool = False
    score: int | None = None
    evidence: tuple[Evidence, ...] = ()
    timeline: list[Entry] = Field(default_factory=list)
    attempts: list[Attempt] = Field(default_factory=list)
    payments: list[Payment] = Field(default_factory=list)
    clocks: dict[Clock, Moment] = Field(default_factory=dict)
    alarms: list[Alarm] = Field(default_factory=list)
    due_at: Moment | None = None
    queue: dict[str, str] | None = None

    _counted_for: str | None = PrivateAttr(default=None)

    @property
    def counted_for(self) -> str | None:
        """Whose workload this open case was last counted in."""
        return self._counted_for

    @counted_for.setter
    def counted_for(self, owner: str | None) -> None:
        self._counted_for = owner

    @classmethod
    def open(cls, report: GrievanceReported, place: Placement, policy: Policy) -> "Case":
        """Opens the case that a report asks for; its clock counts from the worker's own submission."""
        case = cls(
            id=report.number, number=report.number, user=report.user, claims=report.claims, words=report.words,
            employer=report.employer, employer_id=place.employer_id, people=report.people, danger=report.danger,
            identity=report.identity, phone_index=report.phone_index, language=report.language,
            reported_at=report.at, tier=place.tier, union_path=place.union_path, owner=place.owner,
            owner_name=place.owner_name, evidence=report.evidence,
        )  # fmt: skip
        case._start_answer_clock(report.at, report.answer_by, policy)
        case._note(report.at, "opened", WORKER, words=report.words, evidence=report.evidence)
        case._tell(
            told.CaseOpened, report.at, category=case.category, tier=case.tier, union_path=case.union_path,
            owner=case.owner, phone_index=case.phone_index, answer_by=report.answer_by,
        )  # fmt: skip
        return case

    # ── questions ───────────────────────────────────────────────────────────

    @property
    def category(self) -> Category:
        """What it is mainly about."""
        return self.claims[0].category

    @property
    def answer_by(self) -> datetime | None:
        """Until when a person has to answer; None once one has."""
        return self.clocks.get(Clock.FIRST_RESPONSE)

    @property
    def deadline(self) -> datetime | None:
        """The nearest end of a running clock."""
        return min(self.clocks.values(), default=None)

    @property
    def urgent(self) -> bool:
        """Injury, danger, violence or retaliation: may climb without a failed attempt."""
        return self.danger or any(claim.category in BYPASSING for claim in self.claims)

    def why_not(self, action: Action, by: Staff) -> str | None:
        """None if this person may do this now; else the code of the sentence that says why not."""
        actor = self._actor(by)
        if actor is None:
            return "refused.role"
        possible = [row for row in steps_for(action) if self.state in row.states]
        if not possible:
            return f"refused.state.{action}"
        here = [row for row in possible if actor in row.by]
        if not here:
            return "refused.role"
        if actor is Actor.CASEWORKER and action is not Action.TAKE and self.owner != by.id:
            return "refused.not_owner"
        failed = [row.guard for row in here if not self._fits(row.guard)]
        return f"refused.{failed[0]}" if len(failed) == len(here) else None

    def _actor(self, by: Staff) -> Actor | None:
        if by is SYSTEM:
            return Actor.SYSTEM
        if by is WORKER:
            return Actor.WORKER
        if by.reaches(self.union_path, Role.SUPERVISOR):
            return Actor.SUPERVISOR
        return Actor.CASEWORKER if by.reaches(self.union_path, Role.CASEWORKER) else None

    def _fits(self, guard: Guard) -> bool:
        match guard:
            case Guard.ALWAYS:
                return True
            case Guard.ATTEMPT_RECORDED:
                return any(attempt.tier is self.tier for attempt in self.attempts)
            case Guard.URGENT:
                return self.urgent
            case Guard.ALL_PAID:
                return all(payment.confirmed_at for payment in self.payments)
            case Guard.UNPAID:
                return any(payment.open for payment in self.payments)
            case Guard.AWAITING_CONFIRMATION:
                return any(payment.paid_at and not payment.confirmed_at for payment in self.payments)

    # ── what people do ──────────────────────────────────────────────────────

    def take(self, by: Staff, at: datetime) -> None:
        """A caseworker makes the case their own."""
        if self.owner == by.id and self.state is State.ASSIGNED:
            raise NotAllowed("refused.already_yours")
        self._move(Action.TAKE, by, at)
        self._own(by.id, by.name)
        self._note(at, "taken", by)
        self._tell(told.CaseAssigned, at, owner=self.owner)

    def assign(self, to: str, to_name: str, by: Staff, at: datetime) -> None:
        """A supervisor gives the case to somebody."""
        self._move(Action.ASSIGN, by, at)
        self._own(to, to_name)
        self._note(at, "assigned", by, to=to_name)
        self._tell(told.CaseAssigned, at, owner=to)

    def respond(self, words: Words, by: Staff, at: datetime, policy: Policy, evidence: tuple[Evidence, ...] = ()) -> None:
        """First substantive answer by a person; stops the 24-hour clock."""
        if words.length < policy.shortest_answer:
            raise NotValid("text", "refused.not_substantive", least=policy.shortest_answer)
        self._move(Action.RESPOND, by, at, policy)
        self.answered_at = at
        self._note(at, "responded", by, words=words.sealed, evidence=evidence)
        self._tell(told.CaseResponded, at, text=words.sealed, by=by.name, evidence=evidence)

    def message(self, words: Words, by: Staff, at: datetime, policy: Policy, evidence: tuple[Evidence, ...] = ()) -> None:
        """A later message to the worker."""
        self._move(Action.MESSAGE, by, at)
        if Clock.NEXT_UPDATE in self.clocks:
            self._start(Clock.NEXT_UPDATE, at, policy)
        self._note(at, "messaged", by, words=words.sealed, evidence=evidence)
        self._tell(told.MessageToWorkerSent, at, text=words.sealed, by=by.name, evidence=evidence)

    def note(self, words: Words, by: Staff, at: datetime) -> None:
        """A remark for colleagues, which the worker never sees."""
        self._move(Action.NOTE, by, at)
        self._note(at, "noted", by, words=words.sealed)

    def mediate(self, attempt: Attempt, by: Staff, at: datetime, policy: Policy) -> None:
        """Records a mediation session at this tier."""
        self._move(Action.MEDIATE, by, at, policy)
        self.attempts.append(attempt)
        self._note(at, "mediated", by, words=attempt.offer, succeeded=attempt.succeeded)
        self._tell(told.MediationHeld, at, succeeded=attempt.succeeded)

    def settle(self, instalments: Sequence[Instalment], by: Staff, at: datetime, policy: Policy) -> None:
        """The parties agreed on what is paid, and when."""
        if not instalments or any(part.amount == 0 for part in instalments):
            raise NotValid("instalments", "refused.no_instalments")
        self._allow(Action.SETTLE, by)
        self.payments = [Payment(amount=part.amount, due_on=part.due_on) for part in instalments]
        self._move(Action.SETTLE, by, at, policy)
        self._note(at, "settled", by, total=sum(part.amount for part in instalments), parts=len(instalments))
        self._tell(told.SettlementAgreed, at, instalments=tuple(instalments))

    def mark_paid(self, index: int, by: Staff, at: datetime) -> None:
        """The employer paid an instalment, it is said; the worker will be asked."""
        payment = self._payment(index)
        if not payment.open:
            raise NotAllowed("refused.paid_already")
        self._move(Action.MARK_PAID, by, at)
        payment.paid_at = at
        self._watch_instalments()
        self._note(at, "paid", by, part=index + 1, amount=payment.amount)
        self._tell(told.InstalmentPaid, at, instalment=index, amount=payment.amount)

    def confirm_payment(self, index: int, received: bool, at: datetime) -> None:
        """The worker says whether the money arrived."""
        payment = self._payment(index)
        if received and payment.open and payment.disputed_at:
            payment.paid_at = at  # it came after all
        if payment.confirmed_at or payment.open:
            return  # answered before: an old button changes nothing
        self._move(Action.CONFIRM_PAYMENT, WORKER, at)
        payment.confirmed_at, payment.paid_at = (at, payment.paid_at) if received else (None, None)
        payment.disputed_at = None if received else at
        self._watch_instalments()
        self._note(at, "confirmed" if received else "disputed", WORKER, part=index + 1, amount=payment.amount)
        kind = told.InstalmentConfirmed if received else told.InstalmentDisputed
        self._tell(kind, at, instalment=index, amount=payment.amount)

    def fail(self, words: Words, by: Staff, at: datetime, policy: Policy) -> None:
        """This tier has really tried and could not settle it."""
        self._move(Action.FAIL, by, at, policy)
        self._note(at, "failed", by, words=words.sealed, tier=self.tier)
        self._tell(told.CaseFailedAtTier, at, tier=self.tier)

    def escalate(self, above: Placement, words: Words, by: Staff, at: datetime, policy: Policy) -> None:
        """Passes the case up one tier, to its duty officer, with a new time to answer by."""
        if self.tier.above is None:
            raise NotAllowed("refused.top_tier")
        self._move(Action.ESCALATE, by, at)
        self._note(at, "escalated", by, words=words.sealed, to=above.tier)
        self._climb(above, at, policy, breached=False)

    def refer(self, to: str, words: Words, by: Staff, at: datetime, policy: Policy) -> None:
        """Hands the case to a body outside the union."""
        self._move(Action.REFER, by, at, policy)
        self._note(at, "referred", by, words=words.sealed, to=to)
        self._tell(told.CaseReferred, at, to=to)

    def resolve(self, words: Words, by: Staff, at: datetime, policy: Policy) -> None:
        """Done; the worker is asked whether it helped."""
        self._move(Action.RESOLVE, by, at, policy)
        self._note(at, "resolved", by, words=words.sealed)
        self._tell(told.CaseResolved, at)

    def rate(self, score: int, at: datetime) -> None:
        """The worker says whether it helped; a second rating of the same resolution is ignored."""
        if self.state in {State.RATED, State.CLOSED}:
            return
        self._move(Action.RATE, WORKER, at)
        self.score = score
        self._note(at, "rated", WORKER, score=score)
        self._tell(told.CaseRated, at, score=score)

    def close(self, by: Staff, at: datetime) -> None:
        """The case rests."""
        self._move(Action.CLOSE, by, at)
        self._note(at, "closed", by)
        self._tell(told.CaseClosed, at)

    def reopen(self, by: Staff, at: datetime, policy: Policy) -> None:
        """It wasn't settled after all: a person answers again within the same time."""
        if by is WORKER and self.state in UNANSWERED:
            return
        self._move(Action.REOPEN, by, at)
        answer_by = at + timedelta(hours=policy.answer_hours)
        self._start_answer_clock(at, answer_by, policy)
        self._note(at, "reopened", by)
        self._tell(told.CaseReopened, at, answer_by=answer_by)

    def suspend(self, words: Words, by: Staff, at: datetime) -> None:
        """Waits for something outside."""
        before = self.state
        self._move(Action.SUSPEND, by, at)
        self.before_pause = before
        self._note(at, "suspended", by, words=words.sealed)
        self._tell(told.CaseSuspended, at)

    def resume(self, by: Staff, at: datetime, policy: Policy) -> None:
        """Goes on where it was."""
        self._move(Action.RESUME, by, at, policy)
        self.state = self.before_pause or State.RESPONDED
        if self.state in {State.SETTLED, State.PERFORMING}:
            self._stop(Clock.NEXT_UPDATE)  # what is watched there are the instalments
        self._watch_instalments()
        self._note(at, "resumed", by)
        self._tell(told.CaseResumed, at)
        self._settle_indexes()

    def withdraw(self, at: datetime) -> None:
        """The worker takes it back."""
        if self.state not in OPEN:
            return
        self._move(Action.WITHDRAW, WORKER, at)
        self._note(at, "withdrawn", WORKER)
        self._tell(told.CaseWithdrawn, at)

    def reject(self, words: Words, by: Staff, at: datetime) -> None:
        """Not for the union; the worker is told why, which is an answer."""
        if words.length == 0:
            raise NotValid("text", "refused.no_reason")
        self._move(Action.REJECT, by, at)
        self.answered_at = self.answered_at or at
        self._note(at, "rejected", by, words=words.sealed)
        self._tell(told.CaseRejected, at, reason=words.sealed)

    # ── what comes from the worker and from time ────────────────────────────

    def hear(self, words: Sealed, at: datetime) -> None:
        """The worker wrote."""
        self._note(at, "heard", WORKER, words=words)

    def pass_over(self, what: str, because: str, at: datetime) -> None:
        """The worker pressed something that no longer fits: nothing changes, but it can be seen."""
        self._note(at, "passed_over", WORKER, wanted=what, because=because)

    def add_evidence(self, evidence: tuple[Evidence, ...], at: datetime) -> None:
        """The worker sent files."""
        known = {item.sha256 for item in self.evidence}
        self.evidence += tuple(item for item in evidence if item.sha256 not in known)
        self._note(at, "evidence", WORKER, evidence=evidence)

    def ring(self, now: datetime, above: Placement | None, policy: Policy) -> None:
        """Does what is due by now: warns, breaches and climbs, closes. Called early, late or twice, it is done once."""
        while self.alarms and self.alarms[0].at <= now:
            alarm = self.alarms.pop(0)
            if alarm.clock is Clock.CLOSING:
                self.close(SYSTEM, now)
            elif alarm.clock is Clock.INSTALMENT:
                self._miss(alarm, now)
            elif alarm.fraction is not None:
                self._warn(alarm, now)
            else:
                self._breach(now, above, policy)
        self._settle_indexes()

    def _miss(self, alarm: Alarm, now: datetime) -> None:
        """Tells the owner of instalments whose day went by; each once."""
        for index, payment in enumerate(self.payments):
            if payment.open and payment.missed_at is None and payment.due_on + ONE_DAY <= alarm.at:
                payment.missed_at = now
                self._note(now, "missed", SYSTEM, part=index + 1, amount=payment.amount)
                self._tell(told.InstalmentMissed, now, owner=self.owner, instalment=index, amount=payment.amount)

    def _warn(self, alarm: Alarm, now: datetime) -> None:
        self._note(now, "warned", SYSTEM, fraction=alarm.fraction)
        self._tell(told.AnswerDueSoon, now, owner=self.owner, fraction=alarm.fraction, answer_by=self.answer_by)

    def _breach(self, now: datetime, above: Placement | None, policy: Policy) -> None:
        self.breached = True
        self._note(now, "breached", SYSTEM, tier=self.tier)
        self._tell(told.CaseBreached, now, owner=self.owner, tier=self.tier, answer_by=self.answer_by)
        self._move(Action.BREACH, SYSTEM, now)
        place = above or Placement(tier=self.tier, union_path=self.union_path, owner=self.owner, owner_name=self.owner_name)
        self._climb(place, now, policy, breached=True)

    # ── the machinery ───────────────────────────────────────────────────────

    def _climb(self, above: Placement, at: datetime, policy: Policy, *, breached: bool) -> None:
        before, self.tier = self.tier, above.tier
        self._own(above.owner, above.owner_name)
        answer_by = at + timedelta(hours=policy.answer_hours)
        self._start_answer_clock(at, answer_by, policy)
        self._tell(
            told.CaseEscalated, at, from_tier=before, to_tier=self.tier, owner=self.owner, breached=breached,
            answer_by=answer_by,
        )  # fmt: skip

    def _move(self, action: Action, by: Staff, at: datetime, policy: Policy | None = None) -> None:
        self._allow(action, by)
        row = self._row(action, by)
        self.state = row.then or self.state
        for clock in row.stops:
            self._stop(clock)
        for clock in row.starts - {Clock.FIRST_RESPONSE}:
            self._start(clock, at, policy or Policy())
        self._settle_indexes()

    def _allow(self, action: Action, by: Staff) -> None:
        because = self.why_not(action, by)
        if because:
            raise NotAllowed(because, action=action, state=self.state, owner=self.owner_name)

    def _row(self, action: Action, by: Staff) -> Step:
        actor = self._actor(by)
        return next(
            row for row in LIFE
            if row.action is action and actor in row.by and self.state in row.states and self._fits(row.guard)
        )  # fmt: skip

    def _payment(self, index: int) -> Payment:
        if not 0 <= index < len(self.payments):
            raise NotValid("instalment", "refused.no_such_instalment", parts=len(self.payments))
        return self.payments[index]

    def _own(self, owner: str, name: str) -> None:
        self.owner, self.owner_name = owner, name
        self._settle_indexes()

    def _start(self, clock: Clock, at: datetime, policy: Policy) -> None:
        match clock:
            case Clock.NEXT_UPDATE:
                self.clocks[clock] = at + timedelta(days=policy.update_days)
            case Clock.CLOSING:
                self.clocks[clock] = at + timedelta(days=policy.closing_days)
                self._set_alarm(Alarm(clock=clock, at=self.clocks[clock]))
            case Clock.INSTALMENT:
                self._watch_instalments()
            case Clock.FIRST_RESPONSE:
                self._start_answer_clock(at, at + timedelta(hours=policy.answer_hours), policy)

    def _start_answer_clock(self, at: datetime, answer_by: datetime, policy: Policy) -> None:
        self._stop(Clock.FIRST_RESPONSE)
        self.clocks[Clock.FIRST_RESPONSE] = answer_by
        for fraction in policy.warn_at:
            warn_at = at + (answer_by - at) * fraction
            self._set_alarm(Alarm(clock=Clock.FIRST_RESPONSE, at=warn_at, fraction=fraction))
        self._set_alarm(Alarm(clock=Clock.FIRST_RESPONSE, at=answer_by))
        self._settle_indexes()

    def _stop(self, clock: Clock) -> None:
        self.clocks.pop(clock, None)
        self.alarms = [alarm for alarm in self.alarms if alarm.clock is not clock]

    def _set_alarm(self, alarm: Alarm) -> None:
        self.alarms = sorted([*self.alarms, alarm], key=lambda known: known.at)

    def _watch_instalments(self) -> None:
        self._stop(Clock.INSTALMENT)
        if self.state in {State.SUSPENDED, *DONE}:
            return
        open_ones = [payment for payment in self.payments if payment.open]
        if open_ones:
            self.clocks[Clock.INSTALMENT] = min(payment.due_on for payment in open_ones)
        for due_on in {payment.due_on for payment in open_ones if payment.missed_at is None}:
            self._set_alarm(Alarm(clock=Clock.INSTALMENT, at=due_on + ONE_DAY))
        self._settle_indexes()

    def _settle_indexes(self) -> None:
        """What the queue and the timers are found by: only open cases stand in a queue."""
        self.due_at = self.alarms[0].at if self.alarms else None
        if self.state in OPEN:
            self.queue = queue_places(self.union_path) | {"owner": self.owner}
        else:
            self.queue = None

    def _note(self, at: datetime, what: str, by: Staff, **more: Any) -> None:
        known = {name: more.pop(name) for name in ("words", "evidence") if name in more}
        self.timeline.append(Entry(at=at, what=what, by=by.id, by_name=by.name, values=more, **known))

    def _tell(self, kind: type[told.CaseEvent], at: datetime, **more: Any) -> None:
        self._record(kind(at=at, number=self.number, user=self.user, **more))


def queue_places(path: UnionPath) -> dict[str, str]:
    """A place and those above it by depth, so that each jurisdiction finds its queue by equality: one index read."""
    parts = [part for part in path.split("/") if part]
    return {str(depth): "/" + "".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts) + 1)}
