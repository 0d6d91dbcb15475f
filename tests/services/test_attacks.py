"""Attacks that once worked, or would have."""

import asyncio

from services.notifications.repository import MEMBERS
from shared.contracts.values import Grant, Role
from shared.kernel.staff import Staff
from shared.web.keys import SERVICE_PARTS
from tests.support.park import PARK, Park
from tests.support.rosters import imported, row


async def test_a_worker_who_presses_nonsense_cannot_stop_casework(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    for n in range(70):
        await chat.post(choice=f"paid:{number}:{n % 99}:yes")
        if n % 10 == 0:
            await park.quiet()
    await park.quiet()
    service = park.parts.grievances[SERVICE_PARTS]
    assert all(consumer.fault() is None for consumer in service.consumers)
    assert await service.letters.waiting() == []
    other = await park.chat()
    fresh = await other.report()
    await park.quiet()
    assert await park.case(fresh)


async def test_a_backlog_of_messages_does_not_keep_the_reports_from_being_read(park: Park) -> None:
    consumer = park.parts.grievances[SERVICE_PARTS].consumers[0]
    await consumer.stop()
    chats = [await park.chat() for _ in range(12)]
    numbers = [await chat.report() for chat in chats]
    for chat in chats:
        for n in range(60):
            assert await chat.post(text=f"补充{n}") == 202
    await asyncio.sleep(0.5)
    await consumer.start()
    for number in numbers:
        for _ in range(500):
            if await park.work("grievances").cases.find(number):
                break
            await asyncio.sleep(0.02)
        assert await park.case(number)
    await park.quiet()
    assert consumer.fault() is None
    for number in numbers:
        assert [entry.what for entry in (await park.case(number)).timeline].count("heard") == 60


async def test_a_role_elsewhere_opens_nothing_here(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    mixed = Staff(
        id="mixed", name="x", grants=(Grant(role=Role.CASEWORKER, path="/elsewhere/"), Grant(role=Role.PUBLISHER, path=PARK))
    )
    headers = {"Authorization": f"Bearer {park.signer.sign(mixed, park.clock.now())}"}
    for path in (f"/grievances/cases/{number}", f"/grievances/api/cases/{number}", f"/grievances/cases/{number}/talk"):
        async with park.client.get(path, headers=headers) as answer:
            assert answer.status == 404


async def test_an_idempotency_key_is_good_for_one_person_and_one_command(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    same = {"Idempotency-Key": "same"}
    await park.act(owner, "POST", f"/grievances/cases/{number}/take", headers=same)
    status, _ = await park.act("far", "POST", f"/grievances/cases/{number}/take", headers=same)
    assert status == 404
    await park.act(owner, "POST", f"/grievances/cases/{number}/answers", {"text": "我今天联系公司,明天回复。"}, headers=same)
    assert (await park.case(number)).answered_at is not None


async def test_guesses_side_by_side_count_too(park: Park) -> None:
    from services.registry import handlers

    work = park.work("registry")
    await handlers.open_account("victim", "受害", "correct horse", [Grant(role=Role.AUDITOR, path="/")], by=None, work=work)

    async def guess(n: int) -> str:
        async with park.client.post(
            "/registry/sign-in", json={"login": "victim", "password": f"g{n}"}, headers={"Accept-Language": "en"}
        ) as answer:
            return str((await answer.json())["detail"])

    said = await asyncio.gather(*(guess(n) for n in range(40)))
    assert sum("wrong" in sentence for sentence in said) == 10
    assert sum("15 minutes" in sentence for sentence in said) == 30


async def test_somebody_elses_phone_number_does_not_take_over_their_messages(park: Park) -> None:
    await imported(park, [row(1, phone="13900000001")])
    for _ in range(2):
        chat = await park.chat()
        for said in ("公司拖欠我两个月工资,一共13600元", "宏盛建筑", "只让处理人知道", "张三", "13900000001", "提交"):
            await chat.write(said)
        await park.quiet()
        if _ == 0:
            first = chat.user
    found = await park.work("notifications").policies.store.find(MEMBERS.name, limit=5)
    assert [member.body.get("chat") for member in found] == [first]


async def test_the_loads_that_routing_balances_stay_true(park: Park) -> None:
    chats = [await park.chat() for _ in range(4)]
    numbers = [await chat.report() for chat in chats]
    await park.quiet()
    work = park.work("grievances")
    for number in numbers[:2]:
        owner = (await park.case(number)).owner
        for path, body in (
            ("take", None),
            ("answers", {"text": "我今天联系公司,明天回复。"}),
            ("resolution", {"text": "好了"}),
            ("notes", {"text": "备注"}),
        ):
            await park.act(owner, "POST", f"/grievances/cases/{number}/{path}", body)
    await park.quiet()
    true = await work.cases.store.totals("cases", "queue.owner")
    assert {owner: count for owner, count in work.load.items() if count} == true


async def test_a_chat_of_hundreds_of_lines_is_shown_whole_and_in_order(park: Park) -> None:
    chat = await park.chat()
    for n in range(110):
        assert await chat.post(text=f"第{n}句") == 202
    await park.quiet()
    while await chat.read(wait=0):
        pass
    assert [line["seq"] for line in chat.lines] == list(range(1, len(chat.lines) + 1))
    assert len([line for line in chat.lines if line["from"] == "me"]) == 110
    async with park.client.get("/bot/chat/stream", headers=chat.headers) as stream:
        seen = 0
        while seen < len(chat.lines):
            row_ = await asyncio.wait_for(stream.content.readline(), 5)
            seen += row_.startswith(b"id: ")
    assert seen == len(chat.lines)


async def test_who_sends_faster_than_anybody_types_is_asked_to_wait(park: Park) -> None:
    chat = await park.chat()
    statuses = [await chat.post(text=f"{n}") for n in range(130)]
    assert statuses.count(202) == 120
    assert set(statuses[120:]) == {429}
