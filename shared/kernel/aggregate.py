"""The base of everything that is loaded, changed by one method and saved."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.values import Moment

KEY_AGE = timedelta(hours=24)
REPLAYS_KEPT = 64


class Handled(BaseModel):
    """Which messages an aggregate has taken in already, in bounded space.

    For each source aggregate the highest sequence; for dead letters that were sent again (which come after
    later ones) their ids; for HTTP commands their keys, for a day.
    """

    sequences: dict[str, int] = Field(default_factory=dict)
    replays: list[str] = Field(default_factory=list)
    keys: dict[str, Moment] = Field(default_factory=dict)

    def has(self, envelope: Envelope) -> bool:
        """True if this event was taken in before."""
        if envelope.replay:
            return envelope.id in self.replays
        return envelope.sequence <= self.sequences.get(_origin(envelope), 0)

    def note(self, envelope: Envelope) -> None:
        """This event is taken in now."""
        if envelope.replay:
            self.replays = [*self.replays, envelope.id][-REPLAYS_KEPT:]
        else:
            self.sequences[_origin(envelope)] = envelope.sequence

    def has_key(self, key: str) -> bool:
        """True if a command with this idempotency key was carried out within a day."""
        return key in self.keys

    def note_key(self, key: str, at: datetime) -> None:
        """A command with this key is carried out now; keys older than a day are dropped."""
        self.keys = {known: when for known, when in self.keys.items() if at - when < KEY_AGE} | {key: at}


def _origin(envelope: Envelope) -> str:
    return f"{envelope.source}/{envelope.subject}"


class Aggregate(BaseModel):
    """A thing with an identity, its rules, and the events that it has still to tell.

    `version` is the store's and not part of the state. `outbox` holds envelopes in wire form that are not known
    to be published; `outbox_since` marks the document for the sweep. A method records what happened with
    `_record`; the repository gives the events their place in the sequence when it saves.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    sequence: int = 0
    outbox: list[dict[str, Any]] = Field(default_factory=list)
    outbox_since: str | None = None
    handled: Handled = Field(default_factory=Handled)

    _version: int = PrivateAttr(default=0)
    _recorded: list[Event] = PrivateAttr(default_factory=list)

    @property
    def version(self) -> int:
        """The stored version that this state came from; 0 for a new one."""
        return self._version

    @property
    def recorded(self) -> tuple[Event, ...]:
        """What happened since it was loaded."""
        return tuple(self._recorded)

    def _record(self, event: Event) -> None:
        self._recorded.append(event)

    def seal_events(self, correlation: str, causation: str) -> None:
        """Turns what was recorded into envelopes in the outbox, in order."""
        for event in self._recorded:
            self.sequence += 1
            self.outbox.append(
                Envelope.wire_of(event, subject=self.id, sequence=self.sequence, correlation=correlation, causation=causation)
            )
        if self.outbox and self.outbox_since is None:
            self.outbox_since = self.outbox[0]["time"]
        self._recorded.clear()

    def drop_published(self, up_to: int) -> None:
        """Forgets outbox entries that are published already."""
        self.outbox = [wire for wire in self.outbox if int(wire["sequence"]) > up_to]
        self.outbox_since = self.outbox[0]["time"] if self.outbox else None
