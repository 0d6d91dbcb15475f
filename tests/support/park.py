"""A small park for tests: one district, one park, two firms; people to be; chats to write in."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from services.registry import handlers as registry
from services.registry.domain.people import Employer
from services.together import AllSettings, Together, compose
from shared.adapters.clocks import MovableClock
from shared.adapters.embedded import embedded_engines
from shared.contracts.values import Grant, Role, Tier
from shared.kernel.identity_numbers import credit_check
from shared.web.keys import SERVICE_PARTS, WORK
from shared.web.sessions import SessionSigner

PARK = "/city/district/park/"
STAFF = {
    "wang": ("王敏", Role.CASEWORKER, PARK),
    "li": ("李强", Role.CASEWORKER, PARK),
    "far": ("远方", Role.CASEWORKER, "/city/other/"),
    "chen": ("陈洁", Role.SUPERVISOR, PARK),
    "zhou": ("周岩", Role.SUPERVISOR, "/city/district/"),
    "wu": ("吴刚", Role.SUPERVISOR, "/city/"),
    "liu": ("刘芳", Role.REGISTRAR, "/city/"),
    "sun": ("孙磊", Role.PUBLISHER, "/city/"),
    "ops": ("赵宁", Role.OPERATOR, "/"),
    "aud": ("审计", Role.AUDITOR, "/"),
}


@dataclass
class Chat:
    """A worker's chat over HTTP."""

    client: TestClient[Any, Any]
    token: str
    user: str
    after: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **message: Any) -> int:
        body = {"id": secrets.token_hex(8), **message}
        async with self.client.post("/bot/chat/messages", json=body, headers=self.headers) as answer:
            return answer.status

    async def read(self, *, wait: int = 5) -> list[dict[str, Any]]:
        """New lines; waits for at least one."""
        params = {"after": str(self.after), "wait": str(wait)}
        async with self.client.get("/bot/chat/messages", params=params, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            fresh = (await answer.json())["messages"]
        for line in fresh:
            self.after = line["seq"]
        self.lines += fresh
        return list(fresh)

    async def write(self, text: str) -> list[dict[str, Any]]:
        """Writes, and returns what came of it."""
        assert await self.post(text=text) == 202
        return await self.read()

    async def press(self, label: str) -> list[dict[str, Any]]:
        """Presses the newest button with this label."""
        assert await self.post(choice=self.button(label)) == 202
        return await self.read()

    def button(self, label: str) -> str:
        for line in reversed(self.lines):
            for choice in line["choices"]:
                if choice["label"] == label:
                    return str(choice["id"])
        raise AssertionError(f"no button {label}: {[c['label'] for line in self.lines for c in line['choices']]}")

    def said(self) -> str:
        return "\n".join(line["text"] for line in self.lines)

    async def report(self, words: str = "公司拖欠我两个月工资,一共13600元", firm: str = "宏盛建筑") -> str:
        """Reports anonymously; returns the number."""
        await self.write(words)
        await self.write(firm)
        await self.press("不留名")
        await self.press("提交")
        text = next(line["text"] for line in reversed(self.lines) if "编号" in line["text"])
        return str(text.split("编号 ")[1][:12])


@dataclass
class Park:
    """The running services."""

    parts: Together
    client: TestClient[Any, Any]
    clock: MovableClock
    signer: SessionSigner
    folder: Path

    def work(self, service: str) -> Any:
        return getattr(self.parts, service)[WORK]

    async def chat(self, language: str = "zh_CN") -> Chat:
        async with self.client.post("/bot/chat/sessions", json={"language": language, "zone": "Asia/Shanghai"}) as answer:
            body = await answer.json()
        chat = Chat(self.client, body["token"], body["user"])
        await chat.read()
        return chat

    def headers(self, login: str) -> dict[str, str]:
        name, role, path = STAFF[login]
        from shared.kernel.staff import Staff

        person = Staff(id=login, name=name, grants=(Grant(role=role, path=path),), session="t")
        return {"Authorization": f"Bearer {self.signer.sign(person, self.clock.now())}"}

    async def act(self, login: str, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """One call of the API as this person: status and body."""
        headers = self.headers(login) | more.pop("headers", {})
        async with self.client.request(method, path, json=body, headers=headers, **more) as answer:
            kind = answer.content_type
            return answer.status, await (answer.json(content_type=None) if "json" in kind else answer.text())

    async def case(self, number: str) -> Any:
        return await self.work("grievances").cases.get(number)

    async def quiet(self) -> None:
        """Until everything that follows from what happened has happened."""
        apps = (self.parts.registry, self.parts.grievances, self.parts.notifications, self.parts.bot)
        calm = 0
        for _ in range(20_000):
            await asyncio.sleep(0.002)
            outgoing = await self.work("bot").outgoing.waiting(1)
            calm = calm + 1 if not outgoing and all(app[SERVICE_PARTS].idle() for app in apps) else 0
            if calm >= 5:
                return
        raise AssertionError("it never became quiet")

    async def pass_time(self, **how_long: float) -> None:
        """Time passes, and what is due happens."""
        self.clock.move_to(self.clock.now() + timedelta(**how_long))
        await asyncio.sleep(0.05)
        await self.quiet()


@contextlib.asynccontextmanager
async def running_park(folder: Path, *, people: bool = True, demo: bool = False) -> AsyncIterator[Park]:
    """Starts the services on a folder; the second time on what is there."""
    clock = MovableClock()
    async with embedded_engines(folder, clock, demo=demo) as engines_for:
        parts = compose(AllSettings.read(), engines_for)
        server = TestServer(parts.app)
        client = TestClient(server)
        await client.start_server()
        signer = SessionSigner(engines_for("registry").session_private_key)
        park = Park(parts, client, clock, signer, folder)
        try:
            if people and not await park.work("registry").unions.find("city"):
                await _found(park)
            yield park
        finally:
            await client.close()


async def _found(park: Park) -> None:
    work = park.work("registry")
    for id, name, tier, parent in (
        ("city", "市总工会", Tier.CITY, None),
        ("district", "区总工会", Tier.DISTRICT, "city"),
        ("other", "另一区总工会", Tier.DISTRICT, "city"),
        ("park", "园区工会", Tier.PARK, "district"),
        ("u1", "宏盛建筑工会", Tier.ENTERPRISE, "park"),
        ("u2", "永泰化工工会", Tier.ENTERPRISE, "park"),
    ):
        await registry.found_union(id, name, tier, parent, by=None, work=work)
    for number, (name, union) in enumerate((("宏盛建筑", "u1"), ("永泰化工", "u2")), start=1):
        body = f"91321191MA{number:07d}"
        firm = Employer(
            id=f"e{number}",
            name=f"镇江{name}有限公司",
            aliases=(name,),
            grid=f"第{number}网格",
            union=union,
            union_path="/",
            credit_code=body + credit_check(body),
        )
        await registry.register_employer(firm, by=None, at=park.clock.now(), work=work)
    for login, (name, role, path) in STAFF.items():
        await registry.open_account(login, name, None, [Grant(role=role, path=path)], by=None, work=work)
    await park.quiet()
