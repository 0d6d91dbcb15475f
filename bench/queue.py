"""A page of 50 of a caseworker's queue over HTTP, at growing numbers of open cases."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

import aiohttp
import orjson

from bench.common import database, emit, headers, percentile, scratch
from services.grievances.domain.case import Case, Placement
from services.grievances.domain.parts import Policy
from shared.contracts.bot import GrievanceReported
from shared.contracts.values import Category, Claim, Language, Tier, as_text
from shared.kernel.case_number import ALPHABET, grouped, with_check
from tests.support.program import Program

OWNERS = 20
ASKED = 200
GOAL = 2.0


def number(n: int) -> str:
    """A valid case number for each n."""
    body = "".join(ALPHABET[n >> shift & 31] for shift in range(40, -5, -5))
    return grouped(with_check(body))


def case_rows(count: int, *, due_in: timedelta, first: int = 0) -> Iterator[tuple[str, str]]:
    """Open cases of many owners, with deadlines spread over a day."""
    dice, now = random.Random(count), datetime.now(UTC)
    report = GrievanceReported(
        at=now, number=number(0), user="u", claims=(Claim(category=Category.WAGE_ARREARS, amount=1360000, months=2),), words="sealed.k1." + "A" * 160,
        employer="宏盛建筑", language=Language.ZH, answer_by=now + due_in,
    )  # fmt: skip
    case = Case.open(
        report, Placement(tier=Tier.ENTERPRISE, union_path="/city/district/park/u1/", owner="o0", owner_name="王敏"), Policy()
    )
    body = case.model_dump(mode="json", exclude_none=True) | {"outbox": []}
    for n in range(first, first + count):
        due = now + due_in + timedelta(seconds=dice.uniform(0, 86400))
        moments = {"first_response": as_text(due)}
        alarms = [{"clock": "first_response", "at": as_text(due)}]
        queue = body["queue"] | {
            "owner": f"o{n % OWNERS}",
            "deadline": as_text(due),
            "unanswered": as_text(now),
            "state": "submitted",
        }
        key = number(n)
        changed = {
            "id": key,
            "number": key,
            "owner": f"o{n % OWNERS}",
            "clocks": moments,
            "alarms": alarms,
            "due_at": as_text(due),
            "queue": queue,
            "user": f"u{n}",
        }
        yield key, orjson.dumps(body | changed).decode()


async def fill(program: Program, count: int, **how: timedelta) -> None:
    """Writes cases straight into the stopped program's database."""
    await program.start()
    program.stop()
    connection = database(program)
    connection.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
    with connection:
        connection.executemany("INSERT INTO grievances_cases VALUES (?, 1, ?)", case_rows(count, **how))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def pages(*, full: bool) -> None:
    """p50 of the first page at each size; the ratio is against the smallest size in the same run."""
    sizes = (1_000, 100_000, 1_000_000) if full else (1_000, 20_000)
    smallest = 0.0
    for size in sizes:
        async with scratch() as program:
            await fill(program, size, due_in=timedelta(days=30))
            await program.start()
            async with aiohttp.ClientSession(headers=headers(program, "o1")) as session:
                times = [await one(session, f"{program.base}/grievances/api/queue?view=mine") for _ in range(ASKED)]
                everything = [await one(session, f"{program.base}/grievances/api/queue?view=all") for _ in range(ASKED)]
        middle = percentile(times, 0.5)
        smallest = smallest or middle
        emit(
            "queue",
            middle,
            "ms p50",
            n=size,
            ratio=middle / smallest,
            of="1,000 cases",
            goal=GOAL,
            p99=round(percentile(times, 0.99), 2),
            whole_place_p50=round(percentile(everything, 0.5), 2),
        )


async def one(session: aiohttp.ClientSession, url: str) -> float:
    begun = perf_counter()
    async with session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        await answer.read()
    return (perf_counter() - begun) * 1000
