"""A worker's chat: the session, the latest lines of the talk, and what was already taken in. All words sealed."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from shared.contracts import bot as told
from shared.contracts.values import BlindIndex, CaseNumber, Claim, Evidence, Language, Moment, Sealed, Value
from shared.kernel.aggregate import Aggregate

LINES_KEPT = 80
PAGE = 40
IDS_KEPT = 200


class Speaker(StrEnum):
    """Who said a line."""

    BOT = "bot"
    ME = "me"
    CASEWORKER = "caseworker"


class LineButton(Value):
    """A choice below a line, with the label that was shown."""

    id: str
    label: str


class Line(Value):
    """A line of the chat. `seq` counts from 1; `id` names the message that it came from."""

    seq: int
    id: str
    speaker: Speaker
    text: Sealed
    at: Moment
    by: str = ""
    buttons: tuple[LineButton, ...] = ()
    ask: str | None = None
    evidence: tuple[Evidence, ...] = ()


class Words(BaseModel):
    """A line that is about to be added."""

    text: Sealed
    buttons: tuple[LineButton, ...] = ()
    ask: str | None = None


class Conversation(Aggregate):
    """The chat of one worker. Its events are told in the order in which things were said."""

    session: Sealed
    language: Language
    zone: str
    lines: list[Line] = Field(default_factory=list)
    last_seq: int = 0
    taken: list[str] = Field(default_factory=list)

    # ── lines ───────────────────────────────────────────────────────────────

    def has_taken(self, message: str) -> bool:
        """True if this message was taken in lately; what is older rests as handled in the inbox or the ledger."""
        return message in self.taken

    def take(self, message: str) -> None:
        """This message is taken in now."""
        self.taken = [*self.taken, message][-IDS_KEPT:]

    def add(
        self,
        speaker: Speaker,
        message: str,
        words: Words,
        at: datetime,
        *,
        by: str = "",
        evidence: tuple[Evidence, ...] = (),
    ) -> None:
        """Adds a line."""
        self.last_seq += 1
        self.lines.append(
            Line(
                seq=self.last_seq,
                id=message,
                speaker=speaker,
                text=words.text,
                at=at,
                by=by,
                buttons=words.buttons,
                ask=words.ask,
                evidence=evidence,
            )
        )

    def overflow(self) -> tuple[Line, ...]:
        """The oldest lines, once there are too many to carry along; to be kept elsewhere before `let_go`."""
        return tuple(self.lines[:PAGE]) if len(self.lines) > LINES_KEPT else ()

    def let_go(self, lines: tuple[Line, ...]) -> None:
        """These lines are kept elsewhere."""
        self.lines = self.lines[len(lines) :]

    # ── what the worker did ─────────────────────────────────────────────────

    def report(
        self,
        number: CaseNumber,
        claims: tuple[Claim, ...],
        words: Sealed,
        at: datetime,
        answer_by: datetime,
        *,
        employer: str | None,
        people: int | None,
        danger: bool,
        identity: Sealed | None,
        phone_index: BlindIndex | None,
        evidence: tuple[Evidence, ...],
    ) -> None:
        """The worker reports a grievance."""
        self._record(
            told.GrievanceReported(
                at=at,
                number=number,
                user=self.id,
                claims=claims,
                words=words,
                employer=employer,
                people=people,
                danger=danger,
                identity=identity,
                phone_index=phone_index,
                evidence=evidence,
                language=self.language,
                answer_by=answer_by,
            )
        )
        if phone_index:
            self.link(phone_index, at)

    def link(self, phone_index: BlindIndex, at: datetime) -> None:
        """The worker said whose chat this is."""
        self._record(told.ChatLinked(at=at, user=self.id, phone_index=phone_index))

    def message(self, number: CaseNumber, text: Sealed, at: datetime) -> None:
        """The worker writes to the caseworker."""
        self._record(told.WorkerMessaged(at=at, number=number, text=text))

    def send_evidence(self, number: CaseNumber, evidence: tuple[Evidence, ...], at: datetime) -> None:
        """The worker sends files to the caseworker."""
        self._record(told.EvidenceAdded(at=at, number=number, evidence=evidence))

    def rate(self, number: CaseNumber, score: int, at: datetime) -> None:
        """The worker says whether it helped."""
        self._record(told.RatingGiven(at=at, number=number, score=score))

    def reopen(self, number: CaseNumber, at: datetime) -> None:
        """The worker wants it taken up again."""
        self._record(told.ReopeningAsked(at=at, number=number))

    def confirm(self, number: CaseNumber, instalment: int, received: bool, at: datetime) -> None:
        """The worker says whether an instalment arrived."""
        self._record(told.PaymentConfirmed(at=at, number=number, instalment=instalment, received=received))

    def withdraw(self, number: CaseNumber, at: datetime) -> None:
        """The worker takes the report back."""
        self._record(told.ReportWithdrawn(at=at, number=number))

    def choose_language(self, language: Language, at: datetime) -> None:
        """The worker wants this language."""
        self.language = language
        self._record(told.LanguageChosen(at=at, user=self.id, language=language))
