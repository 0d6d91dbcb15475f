"""Debian's Chromium, driven by Playwright, against the real program with its demo park."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import need
from tests.support.program import Program

SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled once for all browser tests."""
    return tmp_path_factory.mktemp("browser") / "data"


@pytest.fixture
async def program(demo_folder: Path) -> AsyncIterator[Program]:
    need("chromium", "apt-get install chromium fonts-noto-cjk")
    started = Program(demo_folder, options=("--demo",))
    await started.start()
    yield started
    started.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    need("chromium", "apt-get install chromium fonts-noto-cjk")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(SWITCHES))
        yield opened
        await opened.close()


async def watched(browser: Any, faults: list[str], program: Program, *, locale: str = "zh-CN", **size: Any) -> Any:
    """A page whose errors and requests to other hosts are noted as faults."""
    context = await browser.new_context(locale=locale, timezone_id="Asia/Shanghai", **size)
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((program.base, "blob:", "data:")) else faults.append(f"asks {request.url}")
        ),
    )
    page.on("dialog", lambda dialog: dialog.accept())
    return page


async def sign_in(page: Any, program: Program, name: str) -> None:
    await page.goto(f"{program.base}/registry/sign-in")
    await page.get_by_role("button", name=name).first.click()
    await page.wait_for_load_state("load")
