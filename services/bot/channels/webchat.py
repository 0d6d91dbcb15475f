"""The web chat: what it can do, and how its messages become neutral ones and back."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from services.bot.domain.conversation import Line, Speaker
from services.bot.domain.messages import Choice, Files, Given, Text
from shared.contracts.values import Evidence
from shared.kernel.sealing import Sealer

CHANNEL = "web"
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a channel declares: longest text, largest number of choices, edits, hints that it can show."""

    text: int
    choices: int
    edits: bool
    asks: frozenset[str]


ABILITIES = Abilities(text=100_000, choices=100, edits=False, asks=frozenset({"contact", "file"}))


def new_token() -> str:
    """The worker's only key to the talk: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def user_of(token: str) -> str:
    """The user that a token opens. Nothing stored leads back from the user to the token."""
    digest = hashlib.sha256(token.encode()).digest()
    return "web-" + base64.b32encode(digest[:20]).decode().lower()


def inbox_id(user: str, client_id: str) -> str:
    """Unique by channel, user and the client's own id of the message."""
    return f"{CHANNEL}:{user}:{client_id}"


def inbound(text: str | None, choice: str | None, evidence: tuple[Evidence, ...]) -> Given:
    """A neutral message from what was posted."""
    if evidence:
        return Files(evidence, text or "")
    return Choice(choice) if choice is not None else Text(text or "")


def outbound(line: Line, sealer: Sealer) -> dict[str, Any]:
    """A line as the page shows it."""
    shown: dict[str, Any] = {
        "seq": line.seq,
        "from": str(line.speaker),
        "text": sealer.open(line.text, "line"),
        "choices": [button.model_dump() for button in line.buttons],
        "ask": line.ask,
        "by": line.by or None,
        "attachments": [
            {
                "sha256": item.sha256,
                "media_type": item.media_type,
                "size": item.size,
                "name": sealer.open(item.name, "file_name"),
            }
            for item in line.evidence
        ],
        "at": line.at.isoformat(),
    }
    if line.speaker is Speaker.ME:
        shown["id"] = line.id.rpartition(":")[2]
    return shown
