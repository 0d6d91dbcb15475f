"""The table of transitions, walked at random: the promises of a case hold after every step."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.grievances.domain.case import WORKER, Case, Placement
from services.grievances.domain.life import LIFE, OPEN, UNANSWERED, Action, Clock, State
from services.grievances.domain.parts import Attempt, Policy, Words
from shared.contracts.bot import GrievanceReported
from shared.contracts.values import Category, Claim, Grant, Instalment, Language, Role, Tier
from shared.kernel.errors import DomainError
from shared.kernel.staff import SYSTEM, Staff

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
POLICY = Policy()
PATH = "/city/district/park/u1/"
WANG = Staff(id="wang", name="王敏", grants=(Grant(role=Role.CASEWORKER, path="/city/district/park/"),))
CHEN = Staff(id="chen", name="陈洁", grants=(Grant(role=Role.SUPERVISOR, path="/city/"),))
STRANGER = Staff(id="far", name="远", grants=(Grant(role=Role.CASEWORKER, path="/elsewhere/"),))
SEALED = "sealed.k1.AAAA"
WORDS = Words(sealed=SEALED, length=20)


def fresh(category: Category = Category.WAGE_ARREARS) -> Case:
    report = GrievanceReported(
        at=NOW,
        number="7K3M-9QXT-2A",
        user="u",
        claims=(Claim(category=category, amount=1000),),
        words=SEALED,
        language=Language.ZH,
        answer_by=NOW + timedelta(hours=24),
    )
    return Case.open(report, Placement(tier=Tier.ENTERPRISE, union_path=PATH, owner="wang", owner_name="王敏"), POLICY)


def above(case: Case) -> Placement | None:
    tier = case.tier.above
    return Placement(tier=tier, union_path=PATH, owner="chen", owner_name="陈洁") if tier else None


def do(case: Case, action: Action, by: Staff, at: datetime) -> Any:
    attempt = Attempt(at=at, held_on=at, tier=case.tier, parties=SEALED, offer=SEALED, succeeded=False)
    parts = (Instalment(amount=400, due_on=at + timedelta(days=5)), Instalment(amount=600, due_on=at + timedelta(days=9)))
    place = above(case) or Placement(tier=case.tier, union_path=PATH, owner="chen")
    first_open = next((n for n, payment in enumerate(case.payments) if payment.open), 0)
    first_asked = next((n for n, payment in enumerate(case.payments) if payment.paid_at and not payment.confirmed_at), 0)
    table: dict[Action, Any] = {
        Action.TAKE: lambda: case.take(by, at),
        Action.ASSIGN: lambda: case.assign("li", "李强", by, at),
        Action.RESPOND: lambda: case.respond(WORDS, by, at, POLICY),
        Action.MESSAGE: lambda: case.message(WORDS, by, at, POLICY),
        Action.NOTE: lambda: case.note(WORDS, by, at),
        Action.MEDIATE: lambda: case.mediate(attempt, by, at, POLICY),
        Action.SETTLE: lambda: case.settle(parts, by, at, POLICY),
        Action.MARK_PAID: lambda: case.mark_paid(first_open, by, at),
        Action.CONFIRM_PAYMENT: lambda: case.confirm_payment(first_asked, at.second % 2 == 0, at),
        Action.FAIL: lambda: case.fail(WORDS, by, at, POLICY),
        Action.ESCALATE: lambda: case.escalate(place, WORDS, by, at, POLICY),
        Action.BREACH: lambda: case.ring(at, above(case), POLICY),
        Action.REFER: lambda: case.refer("court", WORDS, by, at, POLICY),
        Action.RESOLVE: lambda: case.resolve(WORDS, by, at, POLICY),
        Action.RATE: lambda: case.rate(3, at),
        Action.CLOSE: lambda: case.close(by, at),
        Action.REOPEN: lambda: case.reopen(by, at, POLICY),
        Action.SUSPEND: lambda: case.suspend(WORDS, by, at),
        Action.RESUME: lambda: case.resume(by, at, POLICY),
        Action.WITHDRAW: lambda: case.withdraw(at),
        Action.REJECT: lambda: case.reject(WORDS, by, at),
    }
    return table[action]()


def check(case: Case) -> None:
    assert case.owner, "no case is ever without an owner"
    assert (case.queue is not None) == (case.state in OPEN), "open cases stand in a queue, others don't"
    if case.state in UNANSWERED:
        assert case.answer_by is not None, "an unanswered case has its answer clock"
        assert case.due_at is not None
    if case.state in {State.WITHDRAWN, State.REJECTED, State.CLOSED}:
        assert not case.alarms
        assert case.due_at is None
    assert case.due_at == (min(alarm.at for alarm in case.alarms) if case.alarms else None)
    assert all(case.alarms[n].at <= case.alarms[n + 1].at for n in range(len(case.alarms) - 1))
    assert all(payment.paid_at for payment in case.payments if payment.confirmed_at), "confirmed money was paid"
    if any(entry.what == "escalated" for entry in case.timeline) and not case.urgent:
        assert case.attempts, "no climb without a recorded attempt"


STEPS = st.lists(
    st.tuples(st.sampled_from(Action), st.sampled_from(["wang", "chen", "stranger", "worker"]), st.integers(1, 40 * 3600)),
    max_size=60,
)
PEOPLE = {"wang": WANG, "chen": CHEN, "stranger": STRANGER, "worker": WORKER}


@settings(max_examples=300, deadline=None)
@given(STEPS, st.sampled_from([Category.WAGE_ARREARS, Category.WORK_INJURY]))
def test_whatever_people_do_the_promises_of_a_case_hold(steps: list[tuple[Action, str, int]], category: Category) -> None:
    case, at = fresh(category), NOW
    for action, who, seconds in steps:
        at += timedelta(seconds=seconds)
        before = case.model_dump()
        told = len(case.recorded)
        try:
            do(case, action, PEOPLE[who], at)
        except DomainError:
            assert case.model_dump() == before, "what is refused changes nothing"
            assert len(case.recorded) == told
        check(case)
        assert Case.model_validate(case.model_dump(mode="json", exclude_none=True)).model_dump() == case.model_dump()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 60 * 3600)), max_size=60))
def test_on_every_way_that_the_table_allows_the_promises_hold(choices: list[tuple[int, int]]) -> None:
    case, at = fresh(), NOW
    for choice, seconds in choices:
        at += timedelta(seconds=seconds)
        allowed = [(action, who) for action in Action for who in (WANG, CHEN, WORKER) if case.why_not(action, who) is None]
        if allowed:
            action, who = allowed[choice % len(allowed)]
            with contextlib.suppress(DomainError):
                do(case, action, who, at)
        case.ring(at, above(case), POLICY)
        check(case)


def test_every_action_stands_in_the_table_and_every_state_is_reached() -> None:
    assert {row.action for row in LIFE} == set(Action)
    reached = {row.then for row in LIFE} | {State.SUBMITTED}
    assert set(State) - reached == set()


def test_time_alone_warns_three_times_then_climbs_to_the_top_and_stays_owned() -> None:
    case = fresh()
    at = NOW
    for _ in range(24 * 5):
        at += timedelta(hours=1)
        case.ring(at, above(case), POLICY)
        check(case)
    what = [entry.what for entry in case.timeline]
    assert what[:5] == ["opened", "warned", "warned", "warned", "breached"]
    assert case.tier is Tier.CITY
    assert case.owner == "chen"


def test_ringing_twice_or_late_does_everything_once() -> None:
    late, twice = fresh(), fresh()
    end = NOW + timedelta(hours=24)
    late.ring(end, above(late), POLICY)
    for _ in range(3):
        for fraction in (0.5, 0.75, 0.9, 1):
            twice.ring(NOW + timedelta(hours=24) * fraction, above(twice), POLICY)
    names = [type(event).__name__ for event in late.recorded]
    assert names == [type(event).__name__ for event in twice.recorded]
    assert names == ["CaseOpened", "AnswerDueSoon", "AnswerDueSoon", "AnswerDueSoon", "CaseBreached", "CaseEscalated"]


def test_nobody_outside_the_place_may_do_anything() -> None:
    case = fresh()
    for action in Action:
        assert case.why_not(action, STRANGER) == "refused.role"


def test_a_resolved_case_closes_by_itself_after_a_week() -> None:
    case = fresh()
    case.take(WANG, NOW)
    case.respond(WORDS, WANG, NOW, POLICY)
    case.resolve(WORDS, WANG, NOW, POLICY)
    case.ring(NOW + timedelta(days=6), None, POLICY)
    assert case.state is State.RESOLVED
    case.ring(NOW + timedelta(days=7), None, POLICY)
    assert case.state is State.CLOSED
    assert Clock.CLOSING not in case.clocks
    assert SYSTEM.id == "system"
