"""What the bot does: takes a worker's message in, and brings others' messages to the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.bot.domain import dialogue, reading
from services.bot.domain.conversation import Conversation, LineButton, Speaker, Words
from services.bot.domain.messages import (
    Choice,
    ChooseLanguage,
    Confirm,
    Effect,
    Files,
    Forward,
    Given,
    Rate,
    Reopen,
    Report,
    Say,
    Text,
    Withdraw,
)
from services.bot.domain.outgoing import Outgoing
from services.bot.domain.session import Draft, MyCase, Session, Step
from services.bot.repository import MY_CASES, ConversationRepository, Inbox, OutgoingRepository, cases_of
from services.bot.speech import Speech
from shared.contracts import grievances
from shared.contracts.envelope import Envelope
from shared.contracts.notifications import MessageRequested
from shared.contracts.values import Category, Claim, Evidence, Language, as_text
from shared.kernel.case_number import new_number
from shared.kernel.money import yuan
from shared.kernel.repository import ATTEMPTS, Projection
from shared.kernel.sealing import Sealer
from shared.ports.clock import Clock
from shared.ports.store import Body, Conflict
from shared.runtime import metrics
from shared.web.live import Live

CASES_KEPT = 30


@dataclass
class Work:
    """What the bot's handlers work with."""

    conversations: ConversationRepository
    inbox: Inbox
    outgoing: OutgoingRepository
    speech: Speech
    sealer: Sealer
    clock: Clock
    live: Live
    answer_hours: float

    def session_of(self, conversation: Conversation) -> Session:
        """The worker's session, unsealed."""
        return Session.model_validate_json(self.sealer.open(conversation.session, "session"))

    def seal_session(self, session: Session) -> str:
        """The session as it rests."""
        return self.sealer.seal(session.model_dump_json(exclude_defaults=True), "session")


# ── a worker's message ──────────────────────────────────────────────────────


async def take_in(message: str, user: str, given: Given, at: datetime, work: Work) -> None:
    """One step of the dialogue: session, replies and events in one write. A repetition changes nothing."""
    cases = await cases_of(work.conversations.store, user)
    for _ in range(ATTEMPTS):
        conversation = await work.conversations.get(user)
        if conversation.has_taken(message):
            return
        step = _take(conversation, message, given, cases, at, work)
        try:
            await work.conversations.save(conversation)
        except Conflict:
            continue
        metrics.DIALOGUE_STEPS.labels(step).inc()
        return
    raise Conflict


async def say_failed(message: str, user: str, work: Work) -> None:
    """Tells the worker that a message could not be taken in, and is kept."""

    def add(conversation: Conversation) -> None:
        if not conversation.has_taken(message):
            conversation.take(message)
            _add_line(conversation, Say("failed"), work.session_of(conversation), message, work.clock.now(), work)

    await work.conversations.change(user, add)


def _take(conversation: Conversation, message: str, given: Given, cases: Sequence[MyCase], at: datetime, work: Work) -> Step:
    conversation.take(message)
    before = work.session_of(conversation)
    label = _label_of(conversation, given)
    session, effects = dialogue.advance(before, _typed_label(conversation, given), cases)
    _echo(conversation, message, given, label, at, work)
    for effect in effects:
        session = _carry_out(conversation, effect, session, message, at, work)
    conversation.session = work.seal_session(session)
    return session.step


def _echo(conversation: Conversation, message: str, given: Given, label: str, at: datetime, work: Work) -> None:
    """The worker's own line, as the worker sees it."""
    text = label if isinstance(given, Choice) else given.text
    evidence = given.evidence if isinstance(given, Files) else ()
    conversation.add(Speaker.ME, message, Words(text=work.sealer.seal(text, "line")), at, evidence=evidence)


def _typed_label(conversation: Conversation, given: Given) -> Given:
    """Typing what stands on a button of the last line is pressing it."""
    last = next((line for line in reversed(conversation.lines) if line.speaker is Speaker.BOT), None)
    if not isinstance(given, Text) or last is None:
        return given
    typed = given.text.strip().casefold()
    return next((Choice(button.id) for button in last.buttons if button.label.casefold() == typed), given)


def _label_of(conversation: Conversation, given: Given) -> str:
    """What stood on the pressed button."""
    if not isinstance(given, Choice):
        return ""
    buttons = [button for line in reversed(conversation.lines) for button in line.buttons]
    return next((button.label for button in buttons if button.id == given.id), "·")


def _carry_out(conversation: Conversation, effect: Effect, session: Session, message: str, at: datetime, work: Work) -> Session:
    match effect:
        case Say():
            _add_line(conversation, effect, session, message, at, work)
        case Report():
            return _report(conversation, session, message, at, work)
        case ChooseLanguage():
            conversation.choose_language(session.language, at)
        case _:
            _tell_casework(conversation, effect, at, work)
    return session


def _tell_casework(
    conversation: Conversation, effect: Forward | Rate | Reopen | Confirm | Withdraw, at: datetime, work: Work
) -> None:
    match effect:
        case Forward(number, text, evidence):
            if evidence:
                conversation.send_evidence(number, evidence, at)
            if text.strip():
                conversation.message(number, work.sealer.seal(text, "words"), at)
        case Rate(number, score):
            conversation.rate(number, score, at)
        case Reopen(number):
            conversation.reopen(number, at)
        case Confirm(number, instalment, received):
            conversation.confirm(number, instalment, received, at)
        case Withdraw(number):
            conversation.withdraw(number, at)


def _add_line(conversation: Conversation, say: Say, session: Session, message: str, at: datetime, work: Work) -> None:
    text = work.sealer.seal(work.speech.text(say, session, at), "line")
    buttons = tuple(LineButton(id=id, label=label) for id, label in work.speech.labels(say, session))
    conversation.add(Speaker.BOT, message, Words(text=text, buttons=buttons, ask=say.ask), at)


async def begin(user: str, language: Language, zone: str, work: Work) -> None:
    """A new chat, with the first line in it."""
    session = Session(language=language, zone=zone)
    conversation = Conversation(id=user, session=work.seal_session(session), language=language, zone=zone)
    for say in (Say("greeting"), dialogue.question(session)):
        _add_line(conversation, say, session, "greeting", work.clock.now(), work)
    await work.conversations.save(conversation)


def _report(conversation: Conversation, session: Session, message: str, at: datetime, work: Work) -> Session:
    """Number and deadline are born here, with the report."""
    draft = session.draft or Draft()
    number, answer_by = new_number(), at + timedelta(hours=work.answer_hours)
    named = bool(draft.named)
    conversation.report(
        number,
        _claims(draft),
        work.sealer.seal(draft.words if named else reading.without_identity(draft.words), "words"),
        at, answer_by,
        employer=draft.employer, people=draft.people, danger=draft.danger,
        identity=_identity(draft, work.sealer) if named else None,
        phone_index=work.sealer.index(draft.phone, "phone") if named and draft.phone else None,
        evidence=draft.evidence,
    )  # fmt: skip
    session = dialogue.reported(session, number)
    when = work.speech.moment(answer_by, session, at)
    _add_line(
        conversation,
        Say("submitted", {"number": number, "when": when}, dialogue.talk_ways(number)),
        session,
        message,
        at,
        work,
    )
    return session


def _claims(draft: Draft) -> tuple[Claim, ...]:
    category = draft.category or Category.OTHER
    return (Claim(category=category, amount=draft.amount, amount_of=draft.amount_of, months=draft.months),)


def _identity(draft: Draft, sealer: Sealer) -> str | None:
    said = " ".join(part for part in (draft.name, draft.phone) if part)
    return sealer.seal(said, "identity") if said else None


# ── the worker's messages as they rest in the inbox ─────────────────────────


def sealed_given(given: Given, sealer: Sealer) -> str:
    """A message for the inbox."""
    plain: dict[str, Any] = {}
    match given:
        case Text(text):
            plain = {"text": text}
        case Choice(id):
            plain = {"choice": id}
        case Files(evidence, text):
            plain = {"files": [item.model_dump(mode="json") for item in evidence], "text": text}
    return sealer.seal(orjson.dumps(plain).decode(), "inbound")


def given_from(sealed: str, sealer: Sealer) -> Given:
    """A message from the inbox."""
    plain = orjson.loads(sealer.open(sealed, "inbound"))
    if "choice" in plain:
        return Choice(plain["choice"])
    if "files" in plain:
        return Files(tuple(Evidence.model_validate(item) for item in plain["files"]), plain["text"])
    return Text(plain["text"])


# ── messages of others to the worker ────────────────────────────────────────


async def request_delivery(event: MessageRequested, _cause: Envelope, work: Work) -> None:
    """Enters the message in the ledger; a repeated request finds it there."""
    await work.outgoing.add(Outgoing.of(event))


async def show(request: MessageRequested, work: Work) -> None:
    """Puts a message into the chat, once."""
    at = work.clock.now()

    def add(conversation: Conversation) -> None:
        if conversation.has_taken(request.message):
            return
        conversation.take(request.message)
        session = work.session_of(conversation)
        if request.words is not None:
            _add_words(conversation, request, at, work)
            session = dialogue.approached(session, request.number) if request.number else session
            if request.template == "case.rejected":
                session = dialogue.rejected(session)
                _add_line(conversation, _said(request, session, at, work), session, request.message, at, work)
        else:
            _add_line(conversation, _said(request, session, at, work), session, request.message, at, work)
        conversation.session = work.seal_session(session)

    await work.conversations.change(request.user, add)


def _add_words(conversation: Conversation, request: MessageRequested, at: datetime, work: Work) -> None:
    text = work.sealer.open(request.words or "", "words")
    words = Words(text=work.sealer.seal(text, "line"))
    by = str(request.values.get("by", ""))
    conversation.add(Speaker.CASEWORKER, request.message, words, at, by=by, evidence=request.evidence)


def _said(request: MessageRequested, session: Session, at: datetime, work: Work) -> Say:
    """A template of the catalogue, with moments and amounts said as people say them."""
    values = dict(request.values)
    for name in ("answer_by", "due_on"):
        if name in values:
            values[name] = work.speech.moment(values[name], session, at)
    if "amount" in values:
        values["amount"] = yuan(int(values["amount"]))
    if "texts" in values:
        values["text"] = values["texts"].get(session.language) or next(iter(values["texts"].values()), "")
    return Say(request.template, values, dialogue.ways_for(request.template, request.number, values))


# ── what the chat knows of cases ────────────────────────────────────────────

STATES = {
    "opened": "submitted", "assigned": None, "responded": "responded", "mediation-held": "mediating",
    "settlement-agreed": "settled", "instalment-paid": "performing", "instalment-confirmed": None,
    "instalment-disputed": None,
    "instalment-missed": None, "escalated": "escalated", "referred": "referred", "resolved": "resolved",
    "rated": "rated", "closed": "closed", "reopened": "reopened", "suspended": "suspended", "resumed": "responded",
    "withdrawn": "withdrawn", "rejected": "rejected", "failed-at-tier": "failed_at_tier",
}  # fmt: skip
ANSWERED = {"responded", "rejected", "withdrawn", "closed"}


async def follow_case(event: grievances.CaseEvent, cause: Envelope, work: Work) -> None:
    """Keeps the worker's own view of a case."""
    what = cause.type.rpartition(".")[2]

    def change(known: Body) -> Body:
        cases: Body = known.get("cases", {})
        case = _followed(cases.get(event.number, {}), event, what)
        kept = dict(sorted((cases | {event.number: case}).items(), key=lambda item: item[1]["opened_at"])[-CASES_KEPT:])
        return known | {"cases": kept}

    await Projection[Body](work.conversations.store, MY_CASES).fold(event.user, cause, change)


def _followed(known: Body, event: grievances.CaseEvent, what: str) -> Body:
    case: Body = {"number": event.number, "opened_at": as_text(event.at), "category": "other", "events": []} | known
    if isinstance(event, grievances.CaseOpened):
        case["category"] = str(event.category)
    answer_by = getattr(event, "answer_by", None)
    case["answer_by"] = None if what in ANSWERED else as_text(answer_by) if answer_by else case.get("answer_by")
    if what == "suspended":
        case["before"] = case.get("state")
    before = case.pop("before", None) if what == "resumed" else None
    case["state"] = before or STATES.get(what) or case.get("state", "submitted")
    case["events"] = [*case["events"], {"at": as_text(event.at), "what": what}][-50:]
    return case
