"""Topics: one for each aggregate kind, keyed by the aggregate's id, with a `.dead` one beside it."""

from dataclasses import dataclass

from shared.contracts import bot, grievances, notifications, registry  # noqa: F401 each registers its events
from shared.contracts.envelope import topic_of
from shared.contracts.event import Event, all_events

DEAD = ".dead"


@dataclass(frozen=True, slots=True)
class Topic:
    """A named log, split into `partitions`; records with one key stay in one partition, in order."""

    name: str
    partitions: int = 8

    @property
    def dead(self) -> "Topic":
        """Where records go that can't be handled, with the reason."""
        return Topic(self.name + DEAD, 1)


def all_topics() -> tuple[Topic, ...]:
    """Every topic that the events need, the dead-letter ones included."""
    names = sorted({topic_of(event.event_type) for event in all_events()})
    return tuple(topic for name in names for topic in (Topic(name), Topic(name).dead))


def topics_for(events: "tuple[type[Event], ...]") -> tuple[str, ...]:
    """The topics that carry these events."""
    return tuple(sorted({topic_of(event.event_type) for event in events}))
