"""The parts of a case: values that its aggregate holds."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.grievances.domain.life import Clock
from shared.contracts.values import Evidence, Fen, Moment, Sealed, Tier, Value


class Words(Value):
    """What a person wrote: sealed, and how many characters that are not space it had."""

    sealed: Sealed
    length: int


class Entry(Value):
    """A line of the timeline (记录): what happened, when, by whom. `words` are sealed."""

    at: Moment
    what: str
    by: str = ""
    by_name: str = ""
    words: Sealed | None = None
    values: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


class Attempt(Value):
    """A mediation session (调解记录): the recorded attempt without which no case climbs."""

    at: Moment
    held_on: Moment
    tier: Tier
    parties: Sealed
    offer: Sealed
    succeeded: bool


class Payment(BaseModel):
    """An instalment of the agreement (履行): due, said to be paid, confirmed by the worker."""

    amount: Fen
    due_on: Moment
    paid_at: Moment | None = None
    confirmed_at: Moment | None = None
    disputed_at: Moment | None = None
    missed_at: Moment | None = None

    @property
    def open(self) -> bool:
        """Nobody says that it is paid."""
        return self.paid_at is None


class Alarm(Value):
    """A moment at which a clock wants something: a warning at a fraction of its time, or, without one, its end."""

    clock: Clock
    at: Moment
    fraction: Annotated[float, Field(gt=0, lt=1)] | None = None


class Policy(Value):
    """The settings that the life of a case obeys: hours, fractions of them, days."""

    answer_hours: float = 24
    warn_at: tuple[float, ...] = (0.5, 0.75, 0.9)
    update_days: int = 7
    closing_days: int = 7
    shortest_answer: int = 8
