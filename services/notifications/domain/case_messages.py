"""Which events of a case the worker is told, and how: one row each. What has no row is not told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.contracts import grievances as happened
from shared.contracts.grievances import CaseEvent
from shared.contracts.notifications import MessageClass
from shared.contracts.values import as_text


@dataclass(frozen=True, slots=True)
class Telling:
    """The template in the bot's catalogue, the values that fill it, and whose own words go along."""

    template: str | Callable[[Any], str]
    values: Callable[[Any], dict[str, Any]] = lambda _: {}
    words: Callable[[Any], str | None] = lambda _: None
    kind: MessageClass = MessageClass.NOTICE
    when: Callable[[Any], bool] = lambda _: True


TELLINGS: dict[type[CaseEvent], Telling] = {
    happened.CaseResponded: Telling("case.answered", lambda e: {"by": e.by}, lambda e: e.text, MessageClass.REPLY),
    happened.MessageToWorkerSent: Telling("case.answered", lambda e: {"by": e.by}, lambda e: e.text, MessageClass.REPLY),
    happened.CaseEscalated: Telling(
        lambda e: "case.escalated" if e.breached else "case.passed_up", lambda e: {"answer_by": as_text(e.answer_by), "number": e.number}),
    happened.SettlementAgreed: Telling(
        "case.settled",
        lambda e: {"number": e.number, "amount": sum(part.amount for part in e.instalments), "parts": len(e.instalments)},
    ),
    happened.InstalmentPaid: Telling(
        "case.paid", lambda e: {"number": e.number, "part": e.instalment + 1, "amount": e.amount}
    ),
    happened.CaseReferred: Telling("case.referred", lambda e: {"number": e.number}),
    happened.CaseSuspended: Telling("case.suspended", lambda e: {"number": e.number}),
    happened.CaseResumed: Telling("case.resumed", lambda e: {"number": e.number}),
    happened.CaseFailedAtTier: Telling("case.failed_at_tier", lambda e: {"number": e.number}),
    happened.CaseResolved: Telling("case.resolved", lambda e: {"number": e.number}),
    happened.CaseClosed: Telling("case.closed", lambda e: {"number": e.number}),
    happened.CaseReopened: Telling("case.reopened", lambda e: {"number": e.number, "answer_by": as_text(e.answer_by)}),
    happened.CaseRejected: Telling("case.rejected", lambda e: {"number": e.number, "by": ""}, lambda e: e.reason, MessageClass.REPLY),
}  # fmt: skip
