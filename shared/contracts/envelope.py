"""CloudEvents 1.0 in structured JSON: how an event travels and rests."""

from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from shared.contracts.event import Event, event_class
from shared.contracts.values import Moment

AsText = PlainSerializer(str, return_type=str, when_used="json")


class Envelope(BaseModel):
    """An event with where it came from. `subject` is the aggregate's id, `sequence` counts its events from 1.

    `correlationid` is the worker's message (or the command) at the start of the chain, `causationid` the event
    just before. `replay` marks a dead letter that somebody sent again.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    sequence: Annotated[int, Field(ge=1), AsText]
    correlationid: str
    causationid: str = ""
    replay: bool = False
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event, *, subject: str, sequence: int, correlation: str, causation: str = "") -> Self:
        """Wraps an event. Its id follows from its place, so that the same fact never gets two ids."""
        wire = cls.wire_of(event, subject=subject, sequence=sequence, correlation=correlation, causation=causation)
        return cls.model_validate(wire)

    @staticmethod
    def wire_of(event: Event, *, subject: str, sequence: int, correlation: str, causation: str = "") -> dict[str, Any]:
        """The wire form of `of`, made straight from the event: for the path that every command takes."""
        source = source_of(event.event_type)
        data = event.model_dump(mode="json")
        return {
            "specversion": "1.0",
            "id": f"{source}/{subject}/{sequence}",
            "source": source,
            "type": event.event_type,
            "subject": subject,
            "time": data["at"],
            "datacontenttype": "application/json",
            "dataschema": event.schema_uri(),
            "sequence": str(sequence),
            "correlationid": correlation,
            "causationid": causation,
            "replay": False,
            "data": data,
        }

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Reads the wire form. Raises pydantic's ValidationError."""
        return cls.model_validate_json(value)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object that goes into outboxes and onto the bus."""
        return self.model_dump(mode="json")

    def event(self) -> Event:
        """The typed event. Raises UnknownEvent, or ValidationError when the data don't fit the schema."""
        return event_class(self.type, self.dataschema).model_validate(self.data)

    @property
    def topic(self) -> str:
        """The topic of the aggregate kind: the first two parts of the type."""
        return topic_of(self.type)


def topic_of(event_type: str) -> str:
    """`grievances.case.opened` travels on `grievances.case`."""
    return event_type.rpartition(".")[0]


def source_of(event_type: str) -> str:
    """`grievances.case.opened` comes from `/grievances/case`."""
    return "/" + topic_of(event_type).replace(".", "/")


def wire_bytes(wire: dict[str, Any]) -> bytes:
    """The bytes of a stored wire form."""
    return orjson.dumps(wire)
