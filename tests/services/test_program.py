"""The program as its operator meets it: starting, stopping, refusing, and a disk that is full."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.program import ROOT, Program, free_port


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    started = Program(tmp_path / "data")
    await started.start()
    yield started
    started.stop()


async def test_it_prints_where_everything_is_and_ctrl_c_ends_it_cleanly(program: Program) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{program.base}/readyz") as answer:
        assert answer.status == 200
    async with aiohttp.ClientSession() as session, session.post(f"{program.base}/bot/chat/sessions", json={}) as answer:
        token = (await answer.json())["token"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        stream = await session.get(f"{program.base}/bot/chat/stream")
        assert await asyncio.to_thread(program.stop, signal.SIGINT) == 0
        stream.close()
    said = program.output.read_text()
    for word in ("Chat", "/registry/welcome/", "one-time sign-in link", "/metrics", str(program.folder)):
        assert word in said
    assert "Traceback" not in said


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("up", FENGQIAO_PORT=port, FENGQIAO_DATA=str(tmp_path / "d"))
    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"fengqiao: Port {port} is in use. Stop what uses it, or choose another with FENGQIAO_PORT.",
    )


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("up", FENGQIAO_PORT=str(free_port()), FENGQIAO_DATA=str(tmp_path / "file/data"))
    assert (done.returncode, "can't be written" in done.stderr, "FENGQIAO_DATA" in done.stderr) == (2, True, True)
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FENGQIAO_PORT", "many"),
        ("FENGQIAO_PORT", "0"),
        ("FENGQIAO_TIME_ZONE", "Mars/Base"),
        ("FENGQIAO_ANSWER_HOURS", "-1"),
        ("FENGQIAO_LANGUAGE", "fr"),
        ("FENGQIAO_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_is_named_with_its_reason(name: str, value: str, tmp_path: Path) -> None:
    done = run("up", **{"FENGQIAO_DATA": str(tmp_path / "d"), name: value})
    assert done.returncode == 2
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "d").exists()


async def test_a_second_program_on_the_same_folder_is_refused(program: Program) -> None:
    done = await asyncio.to_thread(run, "up", FENGQIAO_PORT=str(free_port()), FENGQIAO_DATA=str(program.folder))
    assert (done.returncode, "Another Fengqiao uses" in done.stderr) == (2, True)


def test_without_words_it_says_what_it_can_do() -> None:
    done = run()
    assert done.returncode == 0
    assert "up" in done.stdout
    assert len(done.stdout.splitlines()) <= 15


async def test_missing_keys_stop_the_start_instead_of_making_the_data_unreadable(program: Program) -> None:
    program.stop()
    (program.folder / "keys/sealing.json").rename(program.folder / "keys/elsewhere.json")
    done = await asyncio.to_thread(run, "up", FENGQIAO_PORT=str(program.port), FENGQIAO_DATA=str(program.folder))
    assert (done.returncode, "keys" in done.stderr) == (2, True)


async def test_a_full_disk_is_told_by_readiness_and_nothing_is_acknowledged_that_is_not_kept(tmp_path: Path) -> None:
    program = Program(tmp_path / "data", largest_file=2_500_000)
    await program.start()
    try:
        kept, refused = await fill(program)
        assert kept
        assert refused == 503
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{program.base}/healthz") as answer:
                assert answer.status == 200
            async with session.get(f"{program.base}/readyz") as answer:
                assert answer.status == 503
                assert "cannot write" in str(await answer.json())
        program.kill()
        program.largest_file = None
        await program.start()
        async with aiohttp.ClientSession() as session:
            for token, said in kept:
                headers = {"Authorization": f"Bearer {token}"}
                for _ in range(100):
                    async with session.get(f"{program.base}/bot/chat/messages?wait=1", headers=headers) as answer:
                        texts = [line["text"] for line in (await answer.json())["messages"]]
                    if said in texts:
                        break
                assert texts.count(said) == 1
    finally:
        program.stop()


async def fill(program: Program) -> tuple[list[tuple[str, str]], int]:
    """Sends long messages until one is refused; returns what was acknowledged, and the status of the refusal."""
    kept: list[tuple[str, str]] = []
    async with aiohttp.ClientSession() as session:
        for number in range(600):
            async with session.post(f"{program.base}/bot/chat/sessions", json={}) as answer:
                if answer.status != 201:
                    return kept, answer.status
                token = (await answer.json())["token"]
            said = f"{number} " + "字" * 1500
            headers = {"Authorization": f"Bearer {token}"}
            async with session.post(
                f"{program.base}/bot/chat/messages", json={"id": "1", "text": said}, headers=headers
            ) as answer:
                if answer.status != 202:
                    return kept, answer.status
            kept.append((token, said))
    raise AssertionError("the disk never became full")


async def test_a_roster_of_ten_thousand_is_imported_from_the_command_line_with_true_counts_twice(
    program: Program, tmp_path: Path
) -> None:
    from tests.support.park import running_park
    from tests.support.rosters import HEADER, row

    program.stop()
    async with running_park(program.folder) as park:
        assert await park.work("registry").employers.known_as("镇江宏盛建筑有限公司")
    await program.start()
    roster = tmp_path / "职工.csv"
    roster.write_text(
        "\n".join([HEADER, *(row(n, phone=f"139{n:08d}") for n in range(10_000)), row(3), "x,y,z,,,"]), encoding="gb18030"
    )
    environment = {"FENGQIAO_PORT": str(program.port), "FENGQIAO_DATA": str(program.folder)}
    for counts in (
        "10002 rows: 10000 added, 0 changed, 0 same, 2 rejected.",
        "10002 rows: 0 added, 0 changed, 10000 same, 2 rejected.",
    ):
        done = await asyncio.to_thread(run, "import", str(roster), **environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == counts
        assert "line 10002: citizen_id: roster.duplicate" in done.stdout
    done = await asyncio.to_thread(run, "dead-letters", **environment)
    assert done.stdout.strip() == "No dead letters."


def test_the_command_line_says_when_nothing_runs(tmp_path: Path) -> None:
    done = run("dead-letters", FENGQIAO_DATA=str(tmp_path))
    assert (done.returncode, "FENGQIAO_DATA" in done.stderr) == (2, True)


@pytest.mark.parametrize("service", ["registry", "grievances", "notifications", "bot"])
async def test_each_service_runs_by_itself(service: str, tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {"FENGQIAO_PORT": str(port), "FENGQIAO_DATA": str(tmp_path / "d")}
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{service}"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(300):
                try:
                    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        assert (answer.status, (await answer.json())["faults"]) == (200, {})
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.03)
            else:
                raise AssertionError("it never answered")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
