"""The life of a case as one table: in which states an action is possible, for whom, on what condition, and what follows.

Rendered into docs/diagrams/case-life.md; the console shows the same conditions beside what may not be done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a case (案件) stands."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    RESPONDED = "responded"
    MEDIATING = "mediating"
    SETTLED = "settled"
    PERFORMING = "performing"
    FAILED_AT_TIER = "failed_at_tier"
    ESCALATED = "escalated"
    REFERRED = "referred"
    RESOLVED = "resolved"
    RATED = "rated"
    CLOSED = "closed"
    REOPENED = "reopened"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Action(StrEnum):
    """What somebody may do to a case."""

    TAKE = "take"
    ASSIGN = "assign"
    RESPOND = "respond"
    MESSAGE = "message"
    NOTE = "note"
    MEDIATE = "mediate"
    SETTLE = "settle"
    MARK_PAID = "mark_paid"
    CONFIRM_PAYMENT = "confirm_payment"
    FAIL = "fail"
    ESCALATE = "escalate"
    BREACH = "breach"
    REFER = "refer"
    RESOLVE = "resolve"
    RATE = "rate"
    CLOSE = "close"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    REJECT = "reject"


class Actor(StrEnum):
    """Who acts."""

    WORKER = "worker"
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Clock(StrEnum):
    """What a case may be late with."""

    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    INSTALMENT = "instalment"
    CLOSING = "closing"


class Guard(StrEnum):
    """A condition of the case itself; its sentence in the catalogue says why not."""

    ALWAYS = "always"
    ATTEMPT_RECORDED = "attempt_recorded"
    URGENT = "urgent"
    ALL_PAID = "all_paid"
    UNPAID = "unpaid"
    AWAITING_CONFIRMATION = "awaiting_confirmation"


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `then` None: the state stays; for RESUME: the state before the pause."""

    states: frozenset[State]
    action: Action
    by: frozenset[Actor]
    guard: Guard
    then: State | None
    starts: frozenset[Clock]
    stops: frozenset[Clock]


S, A = State, Action
W, C, V, Y = Actor.WORKER, Actor.CASEWORKER, Actor.SUPERVISOR, Actor.SYSTEM
UNANSWERED = {S.SUBMITTED, S.ASSIGNED, S.ESCALATED, S.REOPENED}
IN_WORK = {S.RESPONDED, S.MEDIATING, S.SETTLED, S.PERFORMING, S.FAILED_AT_TIER, S.REFERRED}
OPEN = frozenset(UNANSWERED | IN_WORK | {S.SUSPENDED})
DONE = frozenset({S.RESOLVED, S.RATED, S.CLOSED})
FIRST, UPDATE, INSTALMENT, CLOSING = Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.INSTALMENT, Clock.CLOSING


def step(
    states: Iterable[State],
    action: Action,
    by: Iterable[Actor],
    guard: Guard,
    then: State | None,
    starts: Iterable[Clock] = (),
    stops: Iterable[Clock] = (),
) -> Step:
    """A row of the table."""
    return Step(frozenset(states), action, frozenset(by), guard, then, frozenset(starts), frozenset(stops))


# fmt: off
LIFE: tuple[Step, ...] = (
    #    in                              action             by         only if                        then              starts              stops
    step(UNANSWERED,                     A.TAKE,            {C, V},    Guard.ALWAYS,                  S.ASSIGNED),
    step(IN_WORK | {S.SUSPENDED},        A.TAKE,            {C, V},    Guard.ALWAYS,                  None),
    step(UNANSWERED,                     A.ASSIGN,          {V, Y},    Guard.ALWAYS,                  S.ASSIGNED),
    step(IN_WORK | {S.SUSPENDED},        A.ASSIGN,          {V, Y},    Guard.ALWAYS,                  None),
    step({S.ASSIGNED},                   A.RESPOND,         {C, V},    Guard.ALWAYS,                  S.RESPONDED,      {UPDATE},           {FIRST}),
    step(IN_WORK | {S.SUSPENDED} | DONE, A.MESSAGE,         {C, V},    Guard.ALWAYS,                  None),
    step(OPEN | DONE,                    A.NOTE,            {C, V},    Guard.ALWAYS,                  None),
    step({S.RESPONDED, S.MEDIATING},     A.MEDIATE,         {C, V},    Guard.ALWAYS,                  S.MEDIATING,      {UPDATE}),
    step({S.MEDIATING},                  A.SETTLE,          {C, V},    Guard.ATTEMPT_RECORDED,        S.SETTLED,        {INSTALMENT},       {UPDATE}),
    step({S.SETTLED, S.PERFORMING},      A.MARK_PAID,       {C, V},    Guard.UNPAID,                  S.PERFORMING),
    step({S.PERFORMING},                 A.CONFIRM_PAYMENT, {W},       Guard.AWAITING_CONFIRMATION,   S.PERFORMING),
    step({S.RESPONDED, S.MEDIATING},     A.FAIL,            {C, V},    Guard.ATTEMPT_RECORDED,        S.FAILED_AT_TIER, {UPDATE}),
    step({S.FAILED_AT_TIER},             A.ESCALATE,        {C, V},    Guard.ATTEMPT_RECORDED,        S.ESCALATED,      {FIRST},            {UPDATE}),
    step(OPEN,                           A.ESCALATE,        {C, V},    Guard.URGENT,                  S.ESCALATED,      {FIRST},            {UPDATE, INSTALMENT}),
    step(UNANSWERED,                     A.BREACH,          {Y},       Guard.ALWAYS,                  S.ESCALATED,      {FIRST}),
    step(IN_WORK,                        A.REFER,           {C, V},    Guard.ALWAYS,                  S.REFERRED,       {UPDATE},           {INSTALMENT}),
    step({S.RESPONDED, S.MEDIATING, S.REFERRED, S.FAILED_AT_TIER},
                                         A.RESOLVE,         {C, V},    Guard.ALWAYS,                  S.RESOLVED,       {CLOSING},          {UPDATE}),
    step({S.SETTLED, S.PERFORMING},      A.RESOLVE,         {C, V},    Guard.ALL_PAID,                S.RESOLVED,       {CLOSING},          {UPDATE, INSTALMENT}),
    step({S.RESOLVED},                   A.RATE,            {W},       Guard.ALWAYS,                  S.RATED),
    step({S.RESOLVED, S.RATED},          A.CLOSE,           {C, V, Y}, Guard.ALWAYS,                  S.CLOSED,         (),                 {CLOSING}),
    step(DONE,                           A.REOPEN,          {W, V},    Guard.ALWAYS,                  S.REOPENED,       {FIRST},            {CLOSING}),
    step({S.REJECTED},                   A.REOPEN,          {W, V},    Guard.ALWAYS,                  S.REOPENED,       {FIRST}),
    step(IN_WORK,                        A.SUSPEND,         {C, V},    Guard.ALWAYS,                  S.SUSPENDED,      (),                 {UPDATE, INSTALMENT}),
    step({S.SUSPENDED},                  A.RESUME,          {C, V},    Guard.ALWAYS,                  None,             {UPDATE, INSTALMENT}),
    step(OPEN,                           A.WITHDRAW,        {W},       Guard.ALWAYS,                  S.WITHDRAWN,      (),                 set(Clock)),
    step({S.ASSIGNED, S.RESPONDED},      A.REJECT,          {C, V},    Guard.ALWAYS,                  S.REJECTED,       (),                 set(Clock)),
)
# fmt: on


def steps_for(action: Action) -> tuple[Step, ...]:
    """The rows of an action."""
    return tuple(row for row in LIFE if row.action is action)
