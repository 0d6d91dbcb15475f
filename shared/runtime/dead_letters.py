"""Records that a group can't handle: kept with the reason, told on `<topic>.dead`, sent again by hand."""

import base64
from datetime import datetime
from typing import Any

import orjson

from shared.contracts.topics import DEAD
from shared.contracts.values import as_text
from shared.ports.bus import Bus, Delivered, Record
from shared.ports.store import Body, Collection, Equal, Index, Store
from shared.runtime import metrics

COLLECTION = Collection("dead_letters", (Index(("state", "at")), Index(("group", "at"))))
LETTERS_KNOWN = 10_000
WAITING, REPLAYED = "waiting", "replayed"


class DeadLetters:
    """The dead letters of one service."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus

    async def set_aside(self, group: str, record: Delivered, error: BaseException, at: datetime) -> None:
        """Keeps the record; once, however often it fails at the same place."""
        body: Body = {
            "state": WAITING,
            "group": group,
            "topic": record.topic,
            "partition": record.partition,
            "position": record.position,
            "key": record.key,
            "value": base64.b64encode(record.value).decode(),
            "error": type(error).__name__,
            "reason": reason_of(error),
            "at": as_text(at),
        }
        letter = letter_id(group, record)
        await self._store.put_new(COLLECTION.name, {letter: body})
        await self._bus.publish([Record(record.topic + DEAD, record.key, orjson.dumps({"id": letter, **body}))])
        metrics.DEAD_LETTERS.labels(record.topic).inc()

    async def waiting(self, limit: int = 200) -> list[dict[str, Any]]:
        """Those that nobody has sent again, the oldest first, without their contents."""
        found = await self._store.find(COLLECTION.name, (Equal("state", WAITING),), order=("at",), limit=limit)
        return [{"id": stored.id, **{k: v for k, v in stored.body.items() if k != "value"}} for stored in found]

    async def known(self, group: str) -> set[str]:
        """Every letter of a group, replayed ones too: their records are not handled when they are delivered again."""
        found = await self._store.find(COLLECTION.name, (Equal("group", group),), order=("-at",), limit=LETTERS_KNOWN)
        return {stored.id for stored in found}

    async def take(self, letter: str) -> Delivered | None:
        """The record of a waiting letter, or None."""
        stored = await self._store.get(COLLECTION.name, letter)
        if stored is None or stored.body["state"] != WAITING:
            return None
        body = stored.body
        return Delivered(body["topic"], body["partition"], body["position"], body["key"], base64.b64decode(body["value"]))

    async def done(self, letter: str) -> None:
        """It was handled after all."""
        stored = await self._store.get(COLLECTION.name, letter)
        if stored:
            await self._store.put(COLLECTION.name, letter, stored.body | {"state": REPLAYED}, expected=stored.version)


def letter_id(group: str, record: Delivered) -> str:
    """One letter for each place in the log."""
    return f"{group}.{record.topic}.{record.partition}.{record.position}"


def reason_of(error: BaseException) -> str:
    """What went wrong, without values: they may be personal data."""
    code = getattr(error, "code", None)
    if isinstance(code, str):
        return code
    errors = getattr(error, "errors", None)
    if callable(errors):
        return "; ".join(".".join(map(str, item["loc"])) + ": " + str(item["type"]) for item in errors())[:500]
    return type(error).__name__
