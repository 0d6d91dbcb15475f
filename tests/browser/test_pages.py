"""Every page at phone and desk width: no errors, nothing from other hosts, nothing cut off, readable for everybody.

With FENGQIAO_SCREENS=1 the screenshots in docs/screens are made anew.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DESK, PHONE, sign_in, watched
from tests.support.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SCREENS = Path(__file__).parents[2] / "docs/screens"
PAGES = (
    ("queue", "陈洁", "/grievances/queue?view=all"),
    ("case", "陈洁", "case"),
    ("cases", "陈洁", "/grievances/all"),
    ("workers", "刘芳", "/registry/workers"),
    ("employers", "刘芳", "/registry/employers"),
    ("unions", "刘芳", "/registry/unions"),
    ("import", "刘芳", "/registry/rosters"),
    ("roster", "刘芳", "/registry/rosters/r-demo"),
    ("staff", "管理员", "/registry/staff"),
    ("policies", "孙磊", "/notifications/policies"),
    ("policy", "孙磊", "/notifications/policies/p-0000000000000000"),
    ("policy-draft", "孙磊", "/notifications/policies/p-0000000000000001"),
    ("new-policy", "孙磊", "/notifications/new-policy"),
    ("operations", "赵宁", "/registry/operations"),
    ("nothing-here", "陈洁", "/grievances/nowhere"),
)


async def check(page: Any, name: str, size: str) -> None:
    from axe_playwright_python.async_playwright import Axe

    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1, f"{name} is {wide} px wider than the {size}"
    results = await Axe().run(page)
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in results.response["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == [], f"{name} at {size}"
    if os.environ.get("FENGQIAO_SCREENS") == "1":
        SCREENS.mkdir(exist_ok=True)
        await page.screenshot(path=SCREENS / f"{name}-{size}.png")


@pytest.mark.parametrize("size", ["phone", "desk"])
async def test_every_page_of_the_console(program: Program, browser: Any, size: str) -> None:
    faults: list[str] = []
    page = await watched(browser, faults, program, **(PHONE if size == "phone" else DESK))
    signed_in = ""
    for name, person, path in PAGES:
        if person != signed_in:
            await page.context.clear_cookies()
            await sign_in(page, program, person)
            signed_in = person
        if path == "case":
            await page.goto(f"{program.base}/grievances/queue?view=all")
            await page.locator(".rows a", has_text="履行中").first.click()
            await page.wait_for_load_state("load")
        else:
            await page.goto(program.base + path)
        await check(page, name, size)
    assert faults == []


@pytest.mark.parametrize("size", ["phone", "desk"])
async def test_the_pages_that_everybody_sees(program: Program, browser: Any, size: str) -> None:
    faults: list[str] = []
    page = await watched(browser, faults, program, **(PHONE if size == "phone" else DESK))
    await page.goto(program.base)
    await page.fill("#text", "老板三个月没发工资了,一共两万四,我们二十多个人都没拿到")
    await page.press("#text", "Enter")
    await page.locator(".choices button:text-is('我一个人的')").wait_for()
    await check(page, "chat", size)
    await page.goto(f"{program.base}/registry/sign-in")
    await check(page, "sign-in", size)
    assert faults == []


async def test_a_page_is_small_and_asks_nobody_else(program: Program, browser: Any) -> None:
    faults: list[str] = []
    page = await watched(browser, faults, program, **DESK)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    await sign_in(page, program, "陈洁")
    sizes.clear()
    await page.goto(f"{program.base}/grievances/queue?view=all")
    assert sum(sizes) < 200_000
    assert faults == []


async def test_reading_and_replying_work_without_javascript(program: Program, browser: Any) -> None:
    context = await browser.new_context(locale="zh-CN", java_script_enabled=False)
    page = await context.new_page()
    await sign_in(page, program, "陈洁")
    await page.goto(f"{program.base}/grievances/queue?view=all")
    await page.locator(".rows a", has_text="待接手").first.click()
    await page.get_by_role("button", name="接手").first.click()
    await page.locator("#reply").fill("您好,我已经看到了,今天就联系单位。")
    await page.locator(".reply button").click()
    assert "今天就联系单位" in await page.locator("#talk").inner_text()
    await context.close()
