"""What notifications tell: policies on their way, and messages that the bot is asked to deliver."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.values import Audience, Evidence, Language, Sealed


class MessageClass(StrEnum):
    """How urgent a message is: replies go before notices, notices before broadcasts."""

    REPLY = "reply"
    NOTICE = "notice"
    BROADCAST = "broadcast"


class PolicyPublished(Event, type="notifications.policy.published"):
    """A policy is on its way to its audience, which was counted and frozen."""

    policy: str
    titles: dict[Language, str]
    bodies: dict[Language, str]
    audience: Audience
    recipients: int


class PolicyPaused(Event, type="notifications.policy.paused"):
    """Sending stopped in the middle, by hand."""

    policy: str


class PolicyResumed(Event, type="notifications.policy.resumed"):
    """Sending goes on where it stopped."""

    policy: str


class PolicyFinished(Event, type="notifications.policy.finished"):
    """Every recipient has an outcome."""

    policy: str
    sent: int
    failed: int
    unknown: int


class MessageRequested(Event, type="notifications.message.requested"):
    """Please put this into that chat: the one event that asks for something.

    `template` names a text of the bot's catalogue; `values` fill it; `words` is a person's own text, sealed.
    """

    message: str
    user: str
    message_class: MessageClass
    template: str
    values: dict[str, Any] = Field(default_factory=dict)
    words: Sealed | None = None
    evidence: tuple[Evidence, ...] = ()
    number: str | None = None
    batch: str = ""
