"""The real program as a process of its own, to be killed."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """`fengqiao up` on a folder and a port."""

    folder: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    largest_file: int | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        return self.folder.with_suffix(".log")

    def launch(self) -> None:
        environment = os.environ | {"FENGQIAO_PORT": str(self.port), "FENGQIAO_DATA": str(self.folder)} | self.environment
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services", "up", *self.options], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        if self.largest_file is not None:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (self.largest_file, self.largest_file))

    async def start(self, patience: float = 60) -> None:
        """Launches, and waits until it answers."""
        self.launch()
        assert self.process is not None
        async with aiohttp.ClientSession() as session:
            for _ in range(int(patience / 0.02)):
                if self.process.poll() is not None:
                    raise AssertionError(f"it ended with {self.process.returncode}: {self.output.read_text()[-2000:]}")
                try:
                    async with session.get(f"{self.base}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
        raise AssertionError("it never answered")

    def kill(self) -> None:
        """SIGKILL: nothing of it can be handled."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=15)
