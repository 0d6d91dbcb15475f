"""What an event is: a typed, versioned fact. Each class registers itself under its name and version."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.values import Moment

_known: dict[tuple[str, int], type["Event"]] = {}


class UnknownEvent(Exception):
    """No class reads this name and version: a newer writer, or not ours."""


class Event(BaseModel):
    """Something that happened, at a time. Declared as `class X(Event, type="service.aggregate.happened")`.

    A published version never changes; a new one stands beside it. Fields that a reader doesn't know are ignored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    event_type: ClassVar[str] = ""
    version: ClassVar[int] = 1

    at: Moment

    def __init_subclass__(cls, *, type: str | None = None, version: int = 1, **more: Any) -> None:
        """Registers a class that is given a type; one without is a base."""
        super().__init_subclass__(**more)
        if type is None:
            return
        if (type, version) in _known:
            raise TypeError(f"Two events are called {type} version {version}.")
        cls.event_type, cls.version = type, version
        _known[type, version] = cls

    @classmethod
    def schema_uri(cls) -> str:
        """The value of `dataschema`: name and version, for example `urn:fengqiao:bot.report.withdrawn:1`."""
        return f"urn:fengqiao:{cls.event_type}:{cls.version}"


def event_class(event_type: str, dataschema: str) -> type[Event]:
    """The class for a name and its `dataschema`. Raises UnknownEvent."""
    version = dataschema.rpartition(":")[2]
    found = _known.get((event_type, int(version))) if version.isdigit() else None
    if found is None:
        raise UnknownEvent(f"No reader for {event_type} as {dataschema}.")
    return found


def all_events() -> Iterator[type[Event]]:
    """Every event that the contracts declare, by name and version."""
    for key in sorted(_known):
        yield _known[key]
