"""The process is killed at random moments under load; afterwards everything is proved from the outside, over HTTP.

`make test` kills a few times, `make campaign` two hundred times (FENGQIAO_KILLS). FENGQIAO_SEED repeats a run.
"""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.contracts.values import Grant, Role
from shared.kernel.staff import Staff
from shared.web.sessions import SessionSigner
from tests.support.program import Program

KILLS = int(os.environ.get("FENGQIAO_KILLS", "8"))
SEED = int(os.environ.get("FENGQIAO_SEED", str(secrets.randbelow(10**6))))
WORKERS = 12
SUBMITTED = "已经收到,编号 "


@dataclass
class Load:
    """Workers who report and a caseworker who answers, whatever happens to the program."""

    program: Program
    session: aiohttp.ClientSession
    dice: random.Random
    going_on: bool = True
    chats: dict[str, str] = field(default_factory=dict)
    reports: dict[str, datetime] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Until there is an answer that isn't a failure of the moment: the same request again and again."""
        while True:
            try:
                async with self.session.request(method, self.program.base + path, **more) as answer:
                    if answer.status < 500 and answer.status != 429:
                        return answer.status, await answer.json(content_type=None)
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                pass
            await asyncio.sleep(0.03)

    async def lines(self, token: str, after: int, *, wait: int = 0) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"}
        status, body = await self.call("GET", f"/bot/chat/messages?after={after}&wait={wait}", headers=headers)
        assert status == 200, body
        return list(body["messages"])

    async def send(self, token: str, **message: str) -> None:
        """Sends, now and then twice: the acknowledgement may have been lost with the program."""
        body = {"id": secrets.token_hex(8), **message}
        for _ in range(2 if self.dice.random() < 0.2 else 1):
            status, out = await self.call("POST", "/bot/chat/messages", json=body, headers={"Authorization": f"Bearer {token}"})
            assert status == 202, out

    async def worker(self) -> None:
        """Reports again and again, each time in a chat of its own."""
        while self.going_on:
            _, begun = await self.call("POST", "/bot/chat/sessions", json={"language": "zh_CN"})
            token = begun["token"]
            after = 0
            for said in ("公司拖欠我两个月工资,一共13600元", "宏盛建筑", "不留名", "提交"):
                before = datetime.now(UTC)
                await self.send(token, text=said)
                after = await self._answered(token, after)
            self.chats[token] = begun["user"]
            self.reports[token] = before
            for _ in range(self.dice.randrange(3)):
                words = f"补充 {secrets.token_hex(4)}"
                await self.send(token, text=words)
                self.told.setdefault(token, []).append(words)

    async def _answered(self, token: str, after: int) -> int:
        while True:
            fresh = await self.lines(token, after, wait=2)
            if (
                any(line["from"] == "bot" and line["choices"] for line in fresh) and any(line["from"] == "me" for line in fresh)
            ) or (after and any(line["from"] == "bot" for line in fresh)):
                return int(fresh[-1]["seq"])

    async def caseworker(self, headers: dict[str, str]) -> None:
        """Takes and answers what is unanswered, with keys that make a repetition harmless."""
        while self.going_on:
            _, queue = await self.call("GET", "/grievances/api/queue?view=all", headers=headers)
            for case in queue["cases"][:5]:
                if case["state"] in {"submitted", "assigned"} and case["number"] not in self.answers:
                    await self._answer(case["number"], headers)
            await asyncio.sleep(0.02)

    async def _answer(self, number: str, headers: dict[str, str]) -> None:
        text = f"您好,我来处理,凭据 {secrets.token_hex(6)}"
        path = f"/grievances/cases/{number}"
        await self.call("POST", f"{path}/take", headers=headers | {"Idempotency-Key": f"take-{text}"})
        status, out = await self.call(
            "POST", f"{path}/answers", json={"text": text}, headers=headers | {"Idempotency-Key": text[-12:]}
        )
        assert status == 200, out
        self.answers[number] = text


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    started = Program(tmp_path / "data")
    await started.start()
    yield started
    started.stop()


@pytest.mark.campaign
@pytest.mark.timeout(3600)
async def test_nothing_is_lost_or_doubled_whenever_the_process_is_killed(program: Program) -> None:
    print(f"FENGQIAO_SEED={SEED} FENGQIAO_KILLS={KILLS}")
    dice = random.Random(SEED)
    signer = SessionSigner((program.folder / "keys/session.pem").read_bytes())
    boss = Staff(id="boss", name="主管", grants=(Grant(role=Role.SUPERVISOR, path="/"), Grant(role=Role.CASEWORKER, path="/")))
    headers = {"Authorization": f"Bearer {signer.sign(boss, datetime.now(UTC))}"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        load = Load(program, session, dice)
        people = [asyncio.create_task(load.worker()) for _ in range(WORKERS)] + [asyncio.create_task(load.caseworker(headers))]
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.02, 1.2))
            program.kill()
            await program.start()
            assert not any(task.done() for task in people), [task for task in people if task.done()]
        await asyncio.sleep(1)
        load.going_on = False
        await asyncio.gather(*people)
        await prove(load, headers)


async def prove(load: Load, headers: dict[str, str]) -> None:
    """Each report is one case with its own clock, each answer is once in its chat, each word once on both sides."""
    await settled(load)
    numbers: Counter[str] = Counter()
    for token, said_at in load.reports.items():
        lines = await load.lines(token, 0)
        mine = [line["text"].split(SUBMITTED)[1][:12] for line in lines if SUBMITTED in line["text"]]
        assert len(mine) == 1, f"a report was confirmed {len(mine)} times"
        numbers[mine[0]] += 1
        await check_case(load, mine[0], said_at, lines, headers)
        texts = Counter(line["text"] for line in lines)
        assert all(texts[words] == 1 for words in load.told.get(token, ())), "a word was lost or doubled"
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert set(numbers.values()) == {1}
    assert len(numbers) >= min(20, KILLS)
    known, after = 0, ""
    while after is not None:
        _, page = await load.call("GET", "/grievances/api/queue?view=all" + (f"&after={after}" if after else ""), headers=headers)
        known += len(page["cases"])
        after = page["next"]
    assert known >= len(numbers)
    print(f"{len(numbers)} reports, {len(load.answers)} answers, {known} cases, {KILLS} kills")


async def check_case(load: Load, number: str, said_at: datetime, lines: list[dict[str, Any]], headers: dict[str, str]) -> None:
    status, case = await load.call("GET", f"/grievances/api/cases/{number}", headers=headers)
    assert status == 200, f"{number} was acknowledged and is no case"
    reported = datetime.fromisoformat(case["reported_at"])
    assert said_at - timedelta(seconds=1) <= reported <= said_at + timedelta(seconds=60)
    answered = load.answers.get(number)
    said = [line["text"] for line in lines if line["from"] == "caseworker"]
    if answered:
        assert said == [answered], f"{number}: the answer stands {len(said)} times in the chat"
        assert case["state"] == "responded"
    elif case["answer_by"]:
        assert datetime.fromisoformat(case["answer_by"]) - reported == timedelta(hours=24)


async def settled(load: Load) -> None:
    """Until the log is handled and nothing waits."""
    for _ in range(600):
        async with load.session.get(load.program.base + "/metrics") as answer:
            text = await answer.text()
        lag = [float(line.split()[-1]) for line in text.splitlines() if line.startswith("fengqiao_consumer_lag_records{")]
        if lag and not any(lag):
            await asyncio.sleep(2)
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"lag remains: {lag}")
