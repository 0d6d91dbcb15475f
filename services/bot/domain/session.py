"""Where a worker is in the dialogue, and what was said so far: plain values, saved after each message."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.contracts.values import AmountOf, Category, Evidence, Language

FLOW = 1
"""Version of the report's flow; stored with each draft, so that a later flow can take an older draft over."""


class Step(StrEnum):
    """What the bot asked last."""

    MENU = "menu"
    DESCRIBE = "describe"
    CATEGORY = "category"
    AMOUNT = "amount"
    AMOUNT_OF = "amount_of"
    MONTHS = "months"
    PEOPLE = "people"
    EMPLOYER = "employer"
    ANONYMITY = "anonymity"
    NAME = "name"
    PHONE = "phone"
    SUMMARY = "summary"
    CHANGE = "change"
    TALK = "talk"


class Draft(BaseModel):
    """A report that is being put together. `answered` lists the fields in the order in which they were settled."""

    model_config = ConfigDict(frozen=True)

    flow: int = FLOW
    words: str = ""
    category: Category | None = None
    amount: int | None = None
    amount_of: AmountOf | None = None
    months: int | None = None
    people: int | None = None
    more: bool = False
    employer: str | None = None
    danger: bool = False
    named: bool | None = None
    name: str | None = None
    phone: str | None = None
    evidence: tuple[Evidence, ...] = ()
    answered: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def fill(self, name: str, /, **values: Any) -> "Draft":
        """The field is settled with these values (or left open on purpose)."""
        answered = (*(known for known in self.answered if known != name), name)
        return self.model_copy(update={**values, "answered": answered})

    def clear(self, name: str) -> "Draft":
        """The field is open again."""
        answered = tuple(known for known in self.answered if known != name)
        return self.model_copy(update={CLEARED.get(name, name): None, "answered": answered})


CLEARED = {"anonymity": "named"}


class Session(BaseModel):
    """A dialogue. `turn` numbers the bot's questions: a button of an earlier one is old."""

    model_config = ConfigDict(frozen=True)

    step: Step = Step.MENU
    turn: int = 0
    draft: Draft | None = None
    changing: bool = False
    talking: str | None = None
    quiet: bool = False
    pending: str = ""
    last_choice: str = ""
    language: Language = Language.ZH
    zone: str = "Asia/Shanghai"


class MyCase(BaseModel):
    """What the chat knows of one of the worker's cases, told by casework."""

    model_config = ConfigDict(extra="ignore")

    number: str
    state: str
    category: str
    opened_at: str
    answer_by: str | None = None
    events: list[dict[str, Any]] = []
