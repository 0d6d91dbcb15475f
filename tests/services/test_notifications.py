"""Policies: counted before, frozen at sending, once to each member, with figures that add up."""

import asyncio
from pathlib import Path

from tests.support.park import Chat, Park, running_park
from tests.support.rosters import imported, row

BODY = {
    "title_zh": "高温津贴",
    "body_zh": "六月到九月都有。",
    "union_path": "/city/district/park/",
    "grids": [],
    "forms": [],
    "categories": [],
}


async def member_chat(park: Park, phone: str, words: str = "公司拖欠我两个月工资,一共13600元") -> Chat:
    chat = await park.chat()
    for said in (words, "宏盛建筑", "只让处理人知道", "张三", phone, "提交"):
        await chat.write(said)
    return chat


async def with_members(park: Park, chats: int, others: int) -> list[Chat]:
    firms = ("镇江宏盛建筑有限公司", "镇江永泰化工有限公司")
    await imported(park, [row(n, phone=f"139{n:08d}", firm=firms[n % 2]) for n in range(chats + others)])
    found = [await member_chat(park, f"139{n:08d}") for n in range(chats)]
    await park.quiet()
    return found


async def draft(park: Park, **changes: object) -> str:
    status, out = await park.act("sun", "POST", "/notifications/policies", BODY | changes)
    assert status == 201, out
    return str(out["id"])


async def sent(park: Park, id: str) -> dict[str, int]:
    for _ in range(2000):
        _, out = await park.act("sun", "GET", f"/notifications/api/policies/{id}")
        if out["stage"] == "sent":
            return dict(out["figures"])
        await asyncio.sleep(0.02)
    raise AssertionError(out)


async def test_the_count_is_exact_for_union_grid_and_category(park: Park) -> None:
    await with_members(park, 4, 6)
    await imported(park, ["没有会籍的人,321102199001011234,,镇江宏盛建筑有限公司,合同工,非会员"])

    async def count(query: str) -> tuple[int, int]:
        status, out = await park.act("sun", "GET", f"/notifications/api/audience?{query}")
        assert status == 200, out
        return out["members"], out["reachable"]

    assert await count("union_path=/city/") == (10, 4)
    assert await count("union_path=/city/district/park/u1/") == (5, 2)
    assert await count("union_path=/city/&grids=第1网格") == (5, 2)
    assert await count("union_path=/city/&grids=第1网格&grids=第2网格") == (10, 4)
    assert await count("union_path=/city/&categories=wage_arrears") == (4, 4)
    assert await count("union_path=/city/&categories=dismissal") == (0, 0)
    assert await count("union_path=/city/other/") == (0, 0)


async def test_each_member_with_a_chat_gets_it_once_and_the_figures_add_up(park: Park) -> None:
    chats = await with_members(park, 5, 3)
    id = await draft(park)
    for _ in range(2):
        await park.act("sun", "POST", f"/notifications/policies/{id}/send", headers={"Idempotency-Key": "s"})
    assert await sent(park, id) == {"sent": 5}
    await park.quiet()
    for chat in chats:
        await chat.read(wait=0)
        assert chat.said().count("高温津贴") == 1


async def test_paused_in_the_middle_it_stops_and_resumed_it_finishes(park: Park) -> None:
    await with_members(park, 12, 0)
    park.parts.notifications  # noqa: B018 the sender is looked up below
    id = await draft(park)
    work = park.work("notifications")
    await park.act("sun", "POST", f"/notifications/policies/{id}/send")
    while (await work.policies.get(id)).stage != "sending":
        await asyncio.sleep(0.002)
    await park.act("sun", "POST", f"/notifications/policies/{id}/pause")
    await park.quiet()
    before = await work.recipients.figures(id)
    await asyncio.sleep(0.3)
    assert await work.recipients.figures(id) == before
    assert sum(before.values()) == 12
    await park.act("sun", "POST", f"/notifications/policies/{id}/resume")
    assert await sent(park, id) == {"sent": 12}


async def test_a_restart_in_the_middle_skips_nobody_and_repeats_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    async with running_park(folder) as park:
        chats = await with_members(park, 8, 0)
        id = await draft(park)
        await park.act("sun", "POST", f"/notifications/policies/{id}/send")
    async with running_park(folder) as park:
        assert await sent(park, id) == {"sent": 8}
        await park.quiet()
        for chat in chats:
            again = Chat(park.client, chat.token, chat.user)
            await again.read()
            assert again.said().count("高温津贴") == 1


async def test_a_policy_for_nobody_is_refused(park: Park) -> None:
    id = await draft(park)
    status, out = await park.act("sun", "POST", f"/notifications/policies/{id}/send")
    assert (status, out["errors"][0]["field"]) == (422, "audience")


async def test_a_publisher_keeps_to_their_place(park: Park) -> None:
    status, _ = await park.act("sun", "POST", "/notifications/policies", BODY | {"union_path": "/"})
    assert status == 409
