"""The whole path in the real page in a real browser: worker on a phone, caseworker at a desk."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, sign_in, watched
from tests.support.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
# a real picture: one red pixel
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}\b")


async def say(page: Any, words: str) -> None:
    await page.fill("#text", words)
    await page.press("#text", "Enter")


async def choose(page: Any, label: str) -> None:
    await page.locator(f".choices button:text-is('{label}'):visible").last.click()


async def expect_line(page: Any, words: str) -> None:
    await expect(page.locator("#lines li", has_text=words).last).to_be_visible(timeout=15_000)


async def comes_to_say(page: Any, selector: str, words: str) -> None:
    """The page says so once what happened elsewhere has arrived; it is looked at again until then."""
    for _ in range(60):
        await page.reload()
        if words in await page.locator(selector).first.inner_text():
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{selector} never said {words}")


async def act(page: Any, label: str, fields: dict[str, str] | None = None) -> None:
    """Opens an action of the case, fills its form and sends it."""
    box = page.locator("details.act", has=page.locator(f"summary.button:text-is('{label}')"))
    await box.locator("summary").click()
    for selector, value in (fields or {}).items():
        await box.locator(selector).fill(value)
    await box.locator("button.primary").click()
    await page.wait_for_load_state("load")
    await expect(page.locator("#said .toast")).to_be_visible()


async def test_from_a_workers_words_to_a_closed_case(program: Program, browser: Any, tmp_path: Path) -> None:
    faults: list[str] = []
    phone = await watched(browser, faults, program, **PHONE)
    desk = await watched(browser, faults, program, **DESK)
    await sign_in(desk, program, "陈洁")
    await desk.goto(f"{program.base}/grievances/queue?view=all")

    await phone.goto(program.base)
    await expect_line(phone, "您可以直接打字说")
    await say(phone, "老板三个月没发工资了,一共两万四,我们二十多个人都没拿到")
    await expect_line(phone, "这笔钱是您一个人的,还是大家一共的?")
    assert await phone.locator("#lines li", has_text="欠了几个月").count() == 0, "asks only for what is missing"
    await choose(phone, "我一个人的")
    await expect_line(phone, "是哪家单位")

    await phone.reload()
    await expect_line(phone, "是哪家单位")
    program.kill()
    await say(phone, "宏盛建筑")
    await program.start()
    await expect_line(phone, "您希望让处理的人知道您是谁吗")
    assert await phone.locator("#lines li.me", has_text="宏盛建筑").count() == 1, "typed while it was away: sent once"
    await choose(phone, "返回")
    await expect_line(phone, "是哪家单位")
    await say(phone, "宏盛建筑")
    await choose(phone, "不留名")
    await expect_line(phone, "请看一下对不对")

    photo = tmp_path / "工资条.png"
    photo.write_bytes(PNG)
    await phone.set_input_files("#files", photo)
    await expect_line(phone, "收到 1 个文件")
    await choose(phone, "改一改")
    await choose(phone, "金额")
    await say(phone, "两万五")
    await expect_line(phone, "25,000 元")
    await choose(phone, "提交")
    await expect_line(phone, "已经收到,编号")
    confirmation = await phone.locator("#lines li", has_text="已经收到,编号").last.inner_text()
    number = NUMBER.search(confirmation)
    assert number
    by = re.search(r"明天 (\d\d):(\d\d) 之前", confirmation)
    assert by
    due = datetime.now(UTC) + timedelta(hours=8 + 24)
    assert abs(int(by[1]) * 60 + int(by[2]) - due.hour * 60 - due.minute) % 1438 <= 2

    row = desk.locator(f"#row-{number[0]}")
    await expect(row).to_be_visible(timeout=15_000)  # pushed: nobody reloaded the page
    await expect(row).to_contain_text("宏盛建筑")
    await expect(row.locator("time.chip")).to_contain_text("23:5")
    await row.locator("a").click()
    await desk.wait_for_load_state("load")
    await expect(desk.locator(".file img").first).to_be_visible()
    await desk.keyboard.press("t")
    await expect(desk.locator(".statebadge")).to_have_text("待回复", timeout=10_000)
    await desk.keyboard.press("r")
    await desk.locator("#reply").fill("收到")
    await desk.locator(".reply button").click()
    await expect(desk.locator("#said .refused")).to_contain_text("写清楚")
    await desk.locator("#reply").fill("您好,我今天就去宏盛建筑核对工资表,明天上午在这里回复您。")
    await desk.locator(".reply button").click()
    await expect(desk.locator(".statebadge")).to_have_text("已回复", timeout=10_000)

    await expect_line(phone, "明天上午在这里回复您")
    await say(phone, "谢谢,我等您消息")
    await expect(desk.locator("#talk")).to_contain_text("我等您消息", timeout=15_000)
    await act(desk, "记录调解", {"[name=parties]": "双方", "[name=offer]": "分两期付清"})
    await act(
        desk,
        "达成协议",
        {
            "[name=amounts] >> nth=0": "12500",
            "[name=due_on] >> nth=0": "2026-12-01",
            "[name=amounts] >> nth=1": "12500",
            "[name=due_on] >> nth=1": "2027-01-01",
        },
    )
    for part in (1, 2):
        await desk.get_by_role("button", name="标记单位已付款").first.click()
        await expect_line(phone, f"第 {part} 期,12,500 元")
        await choose(phone, "收到了")
        await comes_to_say(desk, f".payments tr:nth-child({part})", "工人已确认")
    await act(desk, "办结", {"textarea": "两期都已付清"})
    await expect_line(phone, "这样处理,您满意吗")
    await choose(phone, "非常满意")
    await expect_line(phone, "谢谢您告诉我们")
    await comes_to_say(desk, ".statebadge", "已评价")
    await act(desk, "归档")
    await expect_line(phone, "已经归档")
    await choose(phone, "重新办理")
    await comes_to_say(desk, ".statebadge", "重新办理")
    entries = await desk.locator(".timeline li b").all_inner_texts()
    assert entries[::-1] == [
        "反映",
        "接手",
        "首次答复",
        "工人来信",
        "调解",
        "达成协议",
        "单位称已付款",
        "工人确认收到",
        "单位称已付款",
        "工人确认收到",
        "办结",
        "评价",
        "归档",
        "重新办理",
    ]
    assert faults == []


async def test_the_same_in_english_with_cancel_and_menu(program: Program, browser: Any) -> None:
    faults: list[str] = []
    phone = await watched(browser, faults, program, locale="en-US", **PHONE)
    await phone.goto(program.base)
    await say(phone, "My boss has not paid us for three months, 24,000 yuan in total, more than twenty of us")
    await expect_line(phone, "Is that yours alone")
    await choose(phone, "Cancel")
    await expect_line(phone, "What you said is kept")
    await choose(phone, "Go on with the draft")
    await expect_line(phone, "Is that yours alone")
    await choose(phone, "Menu")
    await choose(phone, "Go on with the draft")
    await choose(phone, "Mine alone")
    await say(phone, "Hongsheng Construction")
    await choose(phone, "Without a name")
    await choose(phone, "Submit")
    await expect_line(phone, "A person from the union answers you here by tomorrow")
    assert faults == []


async def test_words_typed_without_a_network_are_kept_seen_to_be_kept_and_sent(program: Program, browser: Any) -> None:
    faults: list[str] = []
    phone = await watched(browser, faults, program, **PHONE)
    await phone.goto(program.base)
    await expect_line(phone, "您可以直接打字说")
    await phone.context.set_offline(True)
    await say(phone, "公司拖欠我两个月工资,一共13600元")
    await expect(phone.locator(".mark.failed")).to_contain_text("先留着")
    await phone.context.set_offline(False)
    await expect_line(phone, "是哪家单位")
    assert await phone.locator("#lines li.me").count() == 1
