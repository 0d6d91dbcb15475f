"""What the benches share: printing results, the program on a scratch folder, and its database seen from outside."""

import contextlib
import json
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from shared.contracts.values import Grant, Role
from shared.kernel.staff import Staff
from shared.web.sessions import SessionSigner
from tests.support.program import Program


def emit(name: str, value: float, unit: str, *, n: int, ratio: float | None = None, of: str | None = None, **more: Any) -> None:
    """One result."""
    line = {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "ratio": ratio and round(ratio, 3),
        "of": of,
        "n": n,
        "engines": "embedded",
    }
    print(json.dumps(line | more), flush=True)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


@contextlib.asynccontextmanager
async def scratch() -> AsyncIterator[Program]:
    """A program that is not yet started, on a folder that is deleted in the end. On disk, not in memory."""
    with tempfile.TemporaryDirectory(prefix="fengqiao-bench-", dir=Path.cwd()) as folder:
        program = Program(Path(folder) / "data")
        try:
            yield program
        finally:
            if program.process and program.process.poll() is None:
                program.stop()


def database(program: Program) -> apsw.Connection:
    """The program's database, read from outside."""
    connection = apsw.Connection(str(program.folder / "fengqiao.db"))
    connection.set_busy_timeout(10_000)
    return connection


def headers(program: Program, person: str = "boss") -> dict[str, str]:
    """A session of somebody who may see everything."""
    signer = SessionSigner((program.folder / "keys/session.pem").read_bytes())
    staff = Staff(id=person, name=person, grants=(Grant(role=Role.SUPERVISOR, path="/"), Grant(role=Role.CASEWORKER, path="/")))
    return {"Authorization": f"Bearer {signer.sign(staff, datetime.now(UTC))}"}
