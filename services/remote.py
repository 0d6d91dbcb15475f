"""What the command line asks of a running Fengqiao: whoever can read its data folder may ask anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from shared.contracts.values import Grant, Role
from shared.kernel.staff import Staff
from shared.web.sessions import SessionSigner

SERVICES = ("bot", "grievances", "notifications", "registry")
ASK_EVERY = 0.2
REFUSED = 400


class Unreachable(Exception):
    """It doesn't run, or not there; the sentence says what to do."""


class Remote:
    """A session of an operator and registrar, signed with the folder's own key."""

    def __init__(self, base: str, folder: Path) -> None:
        self._base = base
        try:
            key = (folder / "keys" / "session.pem").read_bytes()
        except OSError as error:
            raise Unreachable(f"No keys in {folder} ({error.strerror}). Name its folder with FENGQIAO_DATA.") from error
        grants = tuple(Grant(role=role, path="/") for role in (Role.OPERATOR, Role.REGISTRAR))
        person = Staff(id="command-line", name="command line", grants=grants)
        token = SessionSigner(key).sign(person, datetime.now(UTC), timedelta(hours=12))
        self._headers = {"Authorization": f"Bearer {token}"}

    async def _call(self, method: str, path: str, **more: Any) -> tuple[Any, str]:
        """The answer's body, and where it leads. Raises Unreachable, also for a refusal, with its sentence."""
        more.setdefault("allow_redirects", False)
        try:
            async with (
                aiohttp.ClientSession(headers=self._headers) as session,
                session.request(method, self._base + path, **more) as answer,
            ):
                text = await answer.text()
        except aiohttp.ClientConnectionError as error:
            raise Unreachable(
                f"Nothing answers at {self._base}. Start Fengqiao first, or name its port with FENGQIAO_PORT."
            ) from error
        body = json.loads(text) if "json" in answer.content_type else {}
        if answer.status >= REFUSED:
            raise Unreachable(str(body.get("detail", answer.status)))
        return body, answer.headers.get("Location", "")

    async def import_roster(self, file: Path) -> AsyncIterator[dict[str, Any]]:
        """Uploads a roster; gives its state again and again until it is through."""
        with file.open("rb") as opened:
            form = aiohttp.FormData()
            form.add_field("file", opened, filename=file.name, content_type="text/csv")
            _, place = await self._call("POST", "/registry/rosters", data=form)
        while True:
            roster, _ = await self._call("GET", f"/registry/api/rosters/{place.rpartition('/')[2]}")
            yield roster
            if roster["state"] != "running":
                return
            await asyncio.sleep(ASK_EVERY)

    async def dead_letters(self) -> list[dict[str, Any]]:
        """What waits in every service."""
        found = [await self._call("GET", f"/{service}/dead-letters") for service in SERVICES]
        return [letter for answer, _ in found for letter in answer["dead_letters"]]

    async def replay(self, letter: str) -> None:
        """Handles a dead letter again."""
        await self._call("POST", f"/{letter.partition('.')[0]}/dead-letters/{letter}/replay")
