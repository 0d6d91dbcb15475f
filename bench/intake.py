"""From the chat's HTTP request to the case that stands in the queue, with the reply in the chat."""

import asyncio
import secrets
import subprocess
import sys
from time import perf_counter
from typing import Any

import aiohttp
import orjson

from bench.common import database, emit, median, percentile, scratch
from tests.support.program import ROOT, Program, free_port

AT_ONCE = 64
ANSWERS = ("公司拖欠我两个月工资,一共13600元", "宏盛建筑", "不留名")
GOAL_P99 = 250.0


async def chats_ready(program: Program, session: aiohttp.ClientSession, count: int) -> list[str]:
    """Chats in which only "submit" is left to say."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one() -> str:
        async with room:
            async with session.post(f"{program.base}/bot/chat/sessions", json={"language": "zh_CN"}) as answer:
                token = str((await answer.json())["token"])
            for said in ANSWERS:
                await post(session, program.base, token, said)
            return token

    tokens = await asyncio.gather(*(one() for _ in range(count)))
    connection = database(program)
    while any(connection.execute("SELECT 1 FROM bot_inbox WHERE json_extract(body, '$.waiting') IS NOT NULL LIMIT 1")):
        await asyncio.sleep(0.05)
    return list(tokens)


async def post(session: aiohttp.ClientSession, base: str, token: str, text: str) -> None:
    body = {"id": secrets.token_hex(8), "text": text}
    async with session.post(f"{base}/bot/chat/messages", json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 202, await answer.text()


def cases(program: Program) -> int:
    return int(str(next(iter(database(program).execute("SELECT count(*) FROM grievances_cases")))[0]))


async def rush(program: Program, base: str, session: aiohttp.ClientSession, tokens: list[str]) -> float:
    """Everybody submits; reports a second until the last case is there."""
    before, room = cases(program), asyncio.Semaphore(AT_ONCE)
    connection = database(program)

    async def one(token: str) -> None:
        async with room:
            await post(session, base, token, "提交")

    begun = perf_counter()
    await asyncio.gather(*(one(token) for token in tokens))
    while int(str(next(iter(connection.execute("SELECT count(*) FROM grievances_cases")))[0])) < before + len(tokens):
        await asyncio.sleep(0.005)
    return len(tokens) / (perf_counter() - begun)


async def throughput(*, full: bool) -> None:
    """Ours and the bare one in turn, on databases with the same tables."""
    count, rounds = (2000, 5) if full else (400, 3)
    ours: list[float] = []
    raw: list[float] = []
    async with scratch() as program, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        await program.start()
        for _ in range(rounds):
            tokens = await chats_ready(program, session, count)
            ours.append(await rush(program, program.base, session, tokens))
            raw.append(await bare_rush(program, session, count))
    ratio = median([one / other for one, other in zip(ours, raw, strict=True)])
    emit(
        "intake",
        median(ours),
        "reports/s",
        n=count * rounds,
        ratio=ratio,
        of="bare aiohttp and apsw with the same writes",
        goal=0.35,
        raw=round(median(raw), 1),
    )


async def bare_rush(program: Program, session: aiohttp.ClientSession, count: int) -> float:
    """The same rush against bare handlers, on a copy of the database."""
    folder = program.folder.parent / f"bare-{secrets.token_hex(3)}"
    folder.mkdir()
    database(program).execute("VACUUM INTO ?", (str(folder / "fengqiao.db"),))
    bodies = folder / "bodies.json"
    bodies.write_bytes(orjson.dumps(sample_bodies(program)))
    copy = Program(folder, port=free_port())
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", str(folder / "fengqiao.db"), str(copy.port), str(bodies)], cwd=ROOT
    )
    try:
        for _ in range(200):
            try:
                async with session.get(copy.base):
                    break
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
        return await rush(copy, copy.base, session, [secrets.token_hex(20) for _ in range(count)])
    finally:
        server.kill()
        server.wait()


def sample_bodies(program: Program) -> dict[str, Any]:
    """Documents as the program wrote them, so that the bare writes are as large."""
    connection = database(program)
    tables = {"inbox": "bot_inbox", "conversation": "bot_conversations", "case": "grievances_cases", "my_case": "bot_my_cases"}
    found = {
        name: orjson.loads(str(next(iter(connection.execute(f"SELECT body FROM {table} ORDER BY rowid DESC LIMIT 1")))[0]))
        for name, table in tables.items()
    }
    for name, topic in (("reported", "bot.report"), ("opened", "grievances.case")):
        found[name] = orjson.loads(
            next(iter(connection.execute("SELECT value FROM bus_log WHERE topic = ? LIMIT 1", (topic,))))[0]
        )  # type: ignore[arg-type]
    for name, event in (("conversation", "reported"), ("case", "opened")):
        found[name] |= {"outbox": [found[event]], "outbox_since": found[event]["time"]}
    found["inbox"]["waiting"] = found["inbox"]["at"]
    return found


async def latency(*, full: bool) -> None:
    """At half the throughput, evenly: from the request to the case, as seen from outside every 2 ms."""
    count = 3000 if full else 400
    async with scratch() as program, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:
        await program.start()
        speed = await rush(program, program.base, session, await chats_ready(program, session, 400)) / 2
        tokens = await chats_ready(program, session, count)
        seen = await paced(program, session, tokens, speed)
    emit(
        "intake.latency",
        percentile(seen, 0.99),
        "ms p99",
        n=count,
        p50=round(percentile(seen, 0.5), 2),
        rate=round(speed, 1),
        goal=GOAL_P99,
    )


async def paced(program: Program, session: aiohttp.ClientSession, tokens: list[str], speed: float) -> list[float]:
    from services.bot.channels.webchat import user_of

    sent: dict[str, float] = {}
    waits: list[float] = []
    connection = database(program)
    last = int(str(next(iter(connection.execute("SELECT max(rowid) FROM grievances_cases")))[0]))

    async def watch() -> None:
        nonlocal last
        while len(waits) < len(tokens):
            rows = list(
                connection.execute("SELECT rowid, json_extract(body, '$.user') FROM grievances_cases WHERE rowid > ?", (last,))
            )
            now = perf_counter()
            for row, user in rows:
                last = int(str(row))
                waits.append((now - sent[str(user)]) * 1000)
            await asyncio.sleep(0.002)

    async def one(token: str) -> None:
        sent[user_of(token)] = perf_counter()
        await post(session, program.base, token, "提交")

    watching, begun, tasks = asyncio.create_task(watch()), perf_counter(), []
    for number, token in enumerate(tokens):
        await asyncio.sleep(max(0.0, begun + number / speed - perf_counter()))
        tasks.append(asyncio.create_task(one(token)))
    await asyncio.gather(*tasks)
    await watching
    return waits
