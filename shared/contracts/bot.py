"""What the bot tells: what workers reported, wrote, chose and received."""

from shared.contracts.event import Event
from shared.contracts.values import BlindIndex, CaseNumber, Claim, Evidence, Language, Moment, Sealed


class GrievanceReported(Event, type="bot.report.grievance-reported"):
    """A worker reported a grievance (诉求) and was promised an answer by `answer_by`.

    `identity` is None for an anonymous report: then nothing that identifies the worker is stored anywhere.
    """

    number: CaseNumber
    user: str
    claims: tuple[Claim, ...]
    words: Sealed
    employer: str | None = None
    people: int | None = None
    danger: bool = False
    identity: Sealed | None = None
    phone_index: BlindIndex | None = None
    evidence: tuple[Evidence, ...] = ()
    language: Language
    answer_by: Moment


class ReportWithdrawn(Event, type="bot.report.withdrawn"):
    """The worker took the report back (撤回)."""

    number: CaseNumber


class EvidenceAdded(Event, type="bot.report.evidence-added"):
    """The worker sent more evidence to a case that exists."""

    number: CaseNumber
    evidence: tuple[Evidence, ...]


class WorkerMessaged(Event, type="bot.conversation.worker-messaged"):
    """The worker wrote to the caseworker."""

    number: CaseNumber
    text: Sealed


class RatingGiven(Event, type="bot.conversation.rating-given"):
    """The worker said whether it helped: 4 非常满意, 3 满意, 2 基本满意, 1 不满意."""

    number: CaseNumber
    score: int


class ReopeningAsked(Event, type="bot.conversation.reopening-asked"):
    """The worker says that it isn't settled after all."""

    number: CaseNumber


class PaymentConfirmed(Event, type="bot.conversation.payment-confirmed"):
    """The worker answered whether an instalment arrived. `instalment` counts from 0."""

    number: CaseNumber
    instalment: int
    received: bool


class ChatLinked(Event, type="bot.contact.chat-linked"):
    """A chat belongs to whoever has this phone number; `user` can be written to."""

    user: str
    phone_index: BlindIndex


class LanguageChosen(Event, type="bot.contact.language-chosen"):
    """The worker wants to be spoken to in this language."""

    user: str
    language: Language


class MessageSent(Event, type="bot.delivery.sent"):
    """A requested message is in the worker's chat."""

    message: str
    batch: str = ""


class MessageFailed(Event, type="bot.delivery.failed"):
    """A requested message can't be delivered, ever; the reason is one of a fixed set."""

    message: str
    batch: str = ""
    reason: str


class MessageUnknown(Event, type="bot.delivery.unknown"):
    """A requested message may or may not have arrived; it is not sent blindly again."""

    message: str
    batch: str = ""
