"""Transcripts are the tests, the help and the documentation of the dialogue: tests/dialogue/*.txt.

`worker:` lines are typed, or pressed when they stand in brackets; `file:` sends a photo; `bot:` lines must come in
this order, and no others; `[a] [b]` below a line are its buttons; `event:` lines are what is told to other services.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.bot.domain import dialogue
from services.bot.domain.messages import Button, Choice, Effect, Files, Given, Report, Say, Text
from services.bot.domain.session import Draft, MyCase, Session
from services.bot.speech import Speech, button_id
from shared.contracts.values import Evidence, Language
from shared.runtime.catalogue import Catalogue
from shared.web.pages import LOCALES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CATALOGUE = Catalogue(LOCALES, ROOT / "services/bot/locales")
SPEECH = Speech(CATALOGUE)
NOW = datetime(2026, 3, 2, 6, 32, tzinfo=UTC)
NUMBER = "7K3M-9QXT-2A"
PHOTO = Evidence(sha256="0" * 64, media_type="image/jpeg", size=1, name="sealed.k1.AAAA")


class Talk:
    """Plays the worker's lines and writes down everything that follows."""

    def __init__(self, language: Language) -> None:
        self.session = Session(language=language)
        self.buttons: dict[str, str] = {}
        self.cases: tuple[MyCase, ...] = ()
        self.said: list[str] = []
        self._say(dialogue.question(self.session))

    def _say(self, say: Say) -> None:
        text = SPEECH.text(say, self.session, NOW)
        self.said += [f"bot:    {line}" if place == 0 else f"        {line}" for place, line in enumerate(text.split("\n"))]
        labels = SPEECH.labels(say, self.session)
        if labels:
            self.said.append("        " + " ".join(f"[{label}]" for _, label in labels))
        self.buttons |= {label: id for id, label in labels}

    def give(self, line: str) -> None:
        self.said.append(line)
        self.session, effects = dialogue.advance(self.session, self._given(line), self.cases)
        for effect in effects:
            self._carry_out(effect)

    def _given(self, line: str) -> Given:
        words = line.partition(":")[2].strip()
        if line.startswith("file:"):
            return Files((PHOTO,), words)
        if pressed := re.fullmatch(r"\[(.+)\]", words):
            return Choice(self.buttons[pressed[1]])
        return Choice(self.buttons[words]) if words in self.buttons else Text(words)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Say():
                self._say(effect)
            case Report():
                self._report(self.session.draft or Draft())
            case _:
                self.said.append(
                    f"event:  {type(effect).__name__} {NUMBER}"
                    if hasattr(effect, "number")
                    else f"event:  {type(effect).__name__}"
                )

    def _report(self, draft: Draft) -> None:
        fields = {
            "category": draft.category,
            "amount": draft.amount,
            "of": draft.amount_of,
            "months": draft.months,
            "people": draft.people,
            "employer": draft.employer,
            "identity": "sealed" if draft.named else "none",
            "files": len(draft.evidence) or None,
        }
        self.said.append(
            "event:  GrievanceReported " + " ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
        )
        self.session = dialogue.reported(self.session, NUMBER)
        self.cases = (
            MyCase(
                number=NUMBER,
                state="submitted",
                category=str(draft.category),
                opened_at="2026-03-02T06:32:00.000000Z",
                answer_by="2026-03-03T06:32:00.000000Z",
            ),
        )
        when = SPEECH.moment("2026-03-03T06:32:00.000000Z", self.session, NOW)
        self._say(Say("submitted", {"number": NUMBER, "when": when}, dialogue.talk_ways(NUMBER)))


def played(text: str) -> str:
    """The transcript as it really goes."""
    head, *lines = text.strip().split("\n")
    talk = Talk(Language.EN if head.startswith("# en") else Language.ZH)
    for line in lines:
        if line.startswith(("worker:", "file:")):
            talk.give(line)
    return "\n".join([head, *talk.said]) + "\n"


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_the_transcript_goes_as_it_is_written(path: Path) -> None:
    assert played(path.read_text()) == path.read_text()


def talking() -> Session:
    session, effects = dialogue.advance(Session(), Text("公司拖欠我两个月工资,一共13600元"))
    assert effects
    return session


def test_a_double_tap_counts_once() -> None:
    session = talking()
    session, _ = dialogue.advance(session, Text("宏盛建筑"))
    tap = Choice(button_id(Button("anonymous", ""), session.turn))
    session, first = dialogue.advance(session, tap)
    again, second = dialogue.advance(session, tap)
    assert first
    assert second == ()
    assert again == session


def test_an_old_button_is_answered_politely_and_the_question_asked_again() -> None:
    session = talking()
    old = Choice(button_id(Button("skip", ""), session.turn))
    session, _ = dialogue.advance(session, Text("宏盛建筑"))
    session, effects = dialogue.advance(session, old)
    assert [effect.key for effect in effects if isinstance(effect, Say)] == ["old_button", "ask.anonymity"]


@pytest.mark.parametrize(
    "words", ["\u202e\u200f", "🍁🍁", "x" * 5000, "<script>alert(1)</script>", "'; DROP TABLE", "\x00\x01", "{number} {0}"]
)
def test_no_text_at_all_ends_the_session(words: str) -> None:
    for step_words in (
        [],
        ["公司拖欠我两个月工资"],
        ["公司拖欠我两个月工资", "13600"],
        ["公司拖欠我两个月工资", "13600", "宏盛建筑"],
    ):
        session = Session()
        for said in [*step_words, words]:
            session, effects = dialogue.advance(session, Text(said))
            for effect in effects:
                if isinstance(effect, Say):
                    assert SPEECH.text(effect, session, NOW)
        assert effects
