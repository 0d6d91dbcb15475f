"""What casework tells: the life of a case (案件)."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.values import CaseNumber, Category, Evidence, Fen, Instalment, Moment, Sealed, Tier, UnionPath


class CaseEvent(Event):
    """What every event of a case carries: which case, and the chat to tell."""

    number: CaseNumber
    user: str


class CaseOpened(CaseEvent, type="grievances.case.opened"):
    """A case exists and its 24-hour clock runs."""

    category: Category
    tier: Tier
    union_path: UnionPath
    owner: str
    phone_index: str | None = None
    answer_by: Moment


class CaseAssigned(CaseEvent, type="grievances.case.assigned"):
    """Somebody owns the case now: routed, taken or handed over."""

    owner: str


class CaseResponded(CaseEvent, type="grievances.case.responded"):
    """The first substantive answer by a person; it stops the 24-hour clock."""

    text: Sealed
    by: str
    evidence: tuple[Evidence, ...] = ()


class MessageToWorkerSent(CaseEvent, type="grievances.case.message-to-worker-sent"):
    """A later message of the caseworker."""

    text: Sealed
    by: str
    evidence: tuple[Evidence, ...] = ()


class MediationHeld(CaseEvent, type="grievances.case.mediation-held"):
    """The parties met (调解); what came of it stands in the case."""

    succeeded: bool


class SettlementAgreed(CaseEvent, type="grievances.case.settlement-agreed"):
    """The parties signed (调解协议): what is paid, and when."""

    instalments: tuple[Instalment, ...]


class InstalmentPaid(CaseEvent, type="grievances.case.instalment-paid"):
    """The employer says that an instalment is paid; the worker is asked. `instalment` counts from 0."""

    instalment: int
    amount: Fen


class InstalmentConfirmed(CaseEvent, type="grievances.case.instalment-confirmed"):
    """The worker has the money."""

    instalment: int
    amount: Fen


class InstalmentDisputed(CaseEvent, type="grievances.case.instalment-disputed"):
    """The worker says that the money did not arrive."""

    instalment: int
    amount: Fen


class InstalmentMissed(CaseEvent, type="grievances.case.instalment-missed"):
    """The day on which an instalment was due is over, and nobody said that it is paid."""

    owner: str
    instalment: int
    amount: Fen


class AnswerDueSoon(CaseEvent, type="grievances.case.answer-due-soon"):
    """A set fraction of the time to answer is used up."""

    owner: str
    fraction: Annotated[float, Field(gt=0, lt=1)]
    answer_by: Moment


class CaseBreached(CaseEvent, type="grievances.case.breached"):
    """Nobody answered in time at this tier."""

    owner: str
    tier: Tier
    answer_by: Moment


class CaseEscalated(CaseEvent, type="grievances.case.escalated"):
    """The case climbed to the next tier, to this owner, with a new time to answer by."""

    from_tier: Tier
    to_tier: Tier
    owner: str
    breached: bool
    answer_by: Moment


class CaseFailedAtTier(CaseEvent, type="grievances.case.failed-at-tier"):
    """This tier really tried, and could not settle it."""

    tier: Tier


class CaseReferred(CaseEvent, type="grievances.case.referred"):
    """The case went to a body outside the union: inspection, arbitration, legal aid or court."""

    to: str


class CaseResolved(CaseEvent, type="grievances.case.resolved"):
    """Done, says the union; the worker is asked whether it helped."""


class CaseRated(CaseEvent, type="grievances.case.rated"):
    """The worker said whether it helped, 4 (best) to 1."""

    score: int


class CaseClosed(CaseEvent, type="grievances.case.closed"):
    """The case rests."""


class CaseReopened(CaseEvent, type="grievances.case.reopened"):
    """It wasn't settled after all; a new time to answer by runs."""

    answer_by: Moment


class CaseSuspended(CaseEvent, type="grievances.case.suspended"):
    """Waiting for something outside; clocks stand still."""


class CaseResumed(CaseEvent, type="grievances.case.resumed"):
    """Clocks run again."""


class CaseWithdrawn(CaseEvent, type="grievances.case.withdrawn"):
    """The worker took it back."""


class CaseRejected(CaseEvent, type="grievances.case.rejected"):
    """Not for the union; the reason was told to the worker."""

    reason: Sealed
