"""What every test may ask for."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.park import Park, running_park


@pytest.fixture
async def park(tmp_path: Path) -> AsyncIterator[Park]:
    """The four services in this process, on real engines in a folder of their own, with a clock that can be moved."""
    async with running_park(tmp_path / "data") as running:
        yield running


def need(command: str, how: str) -> None:
    """Skips a test whose tool is missing, with the way to get it; in CI that is a failure."""
    if shutil.which(command):
        return
    sentence = f"needs {command}: {how}"
    if os.environ.get("FENGQIAO_REQUIRE_ENGINES") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)
