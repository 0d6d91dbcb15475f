"""Lateness of due work, and what it costs to watch when nothing is due, at growing numbers of open cases."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import psutil

from bench.common import database, emit, percentile, scratch
from bench.queue import case_rows, fill
from shared.contracts.values import as_text, moment_from


async def lateness(*, full: bool) -> None:
    """So many cases open, some falling due within a while."""
    sizes, due, seconds, idle = ((1_000, 1_000_000), 1000, 60, 60) if full else ((1_000, 20_000), 200, 10, 10)
    flat = 0.0
    for size in sizes:
        async with scratch() as program:
            await fill(program, size, due_in=timedelta(days=30))
            await program.start()
            assert program.process
            process = psutil.Process(program.process.pid)
            await asyncio.sleep(3)
            before = sum(process.cpu_times()[:2])
            await asyncio.sleep(idle)
            spent = (sum(process.cpu_times()[:2]) - before) * 60 / idle
            program.stop()
            late = await fire(program, size, due, seconds)
        flat = flat or spent
        emit(
            "clocks",
            percentile(late, 0.99),
            "s late p99",
            n=size,
            due=len(late),
            goal=1.0,
            idle_cpu_seconds_a_minute=round(spent, 2),
            ratio=spent / flat,
            of="processor time with 1,000 open cases when none is due",
        )


async def fire(program: "object", size: int, due: int, seconds: int) -> list[float]:
    """Adds cases that fall due evenly over some seconds from soon on; returns how late each began."""
    from tests.support.program import Program

    assert isinstance(program, Program)
    begin = datetime.now(UTC) + timedelta(seconds=4)
    rows, moments = [], {}
    for place, (key, text) in enumerate(case_rows(due, due_in=timedelta(days=30), first=size)):
        at = begin + timedelta(seconds=seconds * place / due)
        body = orjson.loads(text) | {"due_at": as_text(at), "alarms": [{"clock": "first_response", "at": as_text(at)}]}
        body["clocks"]["first_response"] = as_text(at)
        moments[key] = at
        rows.append((key, orjson.dumps(body).decode()))
    connection = database(program)
    with connection:
        connection.executemany("INSERT INTO grievances_cases VALUES (?, 1, ?)", rows)
    connection.close()
    await program.start()
    await asyncio.sleep((begin - datetime.now(UTC)).total_seconds() + seconds + 3)
    connection = database(program)
    late = []
    for key, at in moments.items():
        body = orjson.loads(str(next(iter(connection.execute("SELECT body FROM grievances_cases WHERE id = ?", (key,))))[0]))
        fired = [entry["at"] for entry in body["timeline"] if entry["what"] == "breached"]
        assert len(fired) == 1, f"{key} fired {len(fired)} times"
        late.append((moment_from(fired[0]) - at).total_seconds())
    return late
