"""From what the dialogue wants to say to the words that the worker reads, in their language and zone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from services.bot.domain import fields
from services.bot.domain.dialogue import LASTING, month_total
from services.bot.domain.messages import Button, Say
from services.bot.domain.session import Draft, MyCase, Session
from shared.contracts.values import Language, moment_from
from shared.kernel.money import yuan
from shared.runtime.catalogue import Catalogue

Label = tuple[str, str]
LOCALES = {language: Locale.parse(str(language)) for language in Language}
DATES = {Language.ZH: "M月d日", Language.EN: "d MMMM"}


class Speech:
    """Renders lines."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._special: dict[str, Callable[[Say, Session, datetime], str]] = {
            "summary": self._summary,
            "understood": self._understood,
            "case_line": self._case_line,
            "timeline": self._timeline,
        }

    def text(self, say: Say, session: Session, now: datetime) -> str:
        """The line's words."""
        special = self._special.get(say.key)
        return special(say, session, now) if special else self.say(session.language, f"chat.{say.key}", **say.values)

    def labels(self, say: Say, session: Session) -> list[Label]:
        """Ids and labels of the line's buttons; an id that belongs to one question carries its turn."""
        return [(button_id(button, session.turn), self._label(button, session.language)) for button in say.buttons]

    def say(self, language: Language, key: str, **values: Any) -> str:
        """A sentence of the catalogue."""
        return self._catalogue.say(language, key, **values)

    def moment(self, when: datetime | str, session: Session, now: datetime) -> str:
        """A point in time as one says it: today 14:32, tomorrow 14:32, 3月5日 14:32; in the worker's zone."""
        zone = ZoneInfo(session.zone)
        at = (moment_from(when) if isinstance(when, str) else when).astimezone(zone)
        days = (at.date() - now.astimezone(zone).date()).days
        clock = f"{at:%H:%M}"
        if days in {0, 1}:
            return self.say(session.language, f"day.{days}", time=clock)
        day = format_date(at.date(), DATES[session.language], locale=LOCALES[session.language])
        return f"{day} {clock}"

    def _label(self, button: Button, language: Language) -> str:
        return self.say(language, button.label, **button.values)

    def _summary(self, say: Say, session: Session, _: datetime) -> str:
        rows = [
            f"· {self.say(session.language, name)}: {self.say(session.language, key, **values)}"
            for name, key, values in say.values["rows"]
        ]
        total = month_total(session.draft) if session.draft else None
        if total and session.draft:
            each = yuan(session.draft.amount or 0)
            values = {"months": session.draft.months, "each": each, "total": yuan(total)}
            rows.append("· " + self.say(session.language, "chat.month_total", **values))
        return "\n".join([self.say(session.language, "chat.summary"), *rows, self.say(session.language, "chat.summary_end")])

    def _understood(self, say: Say, session: Session, _: datetime) -> str:
        draft: Draft = say.values["draft"]
        known = {"category": draft.category, "employer": draft.employer}
        rows = [
            (name, key, values) for name, key, values in fields.shown(draft)
            if name not in {"anonymity", "evidence"} and known.get(name, True)
        ]  # fmt: skip
        lines = [f"· {self.say(session.language, key, **values)}" for name, key, values in rows]
        return "\n".join([self.say(session.language, "chat.understood"), *lines])

    def _case_line(self, say: Say, session: Session, now: datetime) -> str:
        case: MyCase = say.values["case"]
        head = f"{case.number} · {self.say(session.language, f'choice.category.{case.category}')}"
        state = self.say(session.language, f"state.{case.state}")
        if case.answer_by:
            return f"{head}\n{state} · " + self.say(
                session.language, "chat.answer_by", when=self.moment(case.answer_by, session, now)
            )
        return f"{head}\n{state}"

    def _timeline(self, say: Say, session: Session, now: datetime) -> str:
        case: MyCase = say.values["case"]
        lines = [
            f"{self.moment(event['at'], session, now)}  {self.say(session.language, 'happened.' + event['what'])}"
            for event in case.events
        ]
        return "\n".join([self._case_line(say, session, now), *lines])


def button_id(button: Button, turn: int) -> str:
    """Buttons about a case stay good; the others belong to the question that they stand below."""
    return button.id if button.id.partition(":")[0] in LASTING else f"{turn}#{button.id}"
