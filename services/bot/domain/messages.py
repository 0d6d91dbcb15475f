"""Neutral messages: what any channel brings in, and what it is asked to show."""

from dataclasses import dataclass, field
from typing import Any

from shared.contracts.values import Evidence


@dataclass(frozen=True, slots=True)
class Text:
    """The worker wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The worker pressed a button, or typed its number or label."""

    id: str


@dataclass(frozen=True, slots=True)
class Files:
    """The worker sent files, perhaps with some words."""

    evidence: tuple[Evidence, ...]
    text: str = ""


Given = Text | Choice | Files


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: its id, and its label as a key of the catalogue with values."""

    id: str
    label: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """A line of the bot: a key of the catalogue, its values, and choices below it. `ask` hints at an input."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Submit the draft as a report."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Pass words or files on to the caseworker of this case."""

    number: str
    text: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """The worker said whether it helped."""

    number: str
    score: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """The worker wants it taken up again."""

    number: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """The worker said whether an instalment arrived."""

    number: str
    instalment: int
    received: bool


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The worker takes the report back."""

    number: str


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """The worker wants this language."""


Effect = Say | Report | Forward | Rate | Reopen | Confirm | Withdraw | ChooseLanguage
