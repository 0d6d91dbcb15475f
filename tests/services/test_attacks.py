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


async def test_a_message_that_cannot_be_taken_in_is_kept_told_and_holds_up_nothing(park: Park) -> None:
    chat = await park.chat()
    work = park.work("bot")
    speech = work.speech.text
    broken = {"on": True}

    def failing(*given: object) -> str:
        if broken["on"] and getattr(given[0], "key", "") != "failed":
            raise RuntimeError("a defect")
        return str(speech(*given))

    work.speech.text = failing
    assert await chat.post(text="公司拖欠我两个月工资") == 202
    await chat.read()
    assert "没处理好" in chat.said()
    broken["on"] = False
    await chat.write("公司拖欠我两个月工资,一共13600元")
    assert "是哪家单位" in chat.said()
    kept = await work.conversations.store.find("inbox", limit=10)
    assert [row_.body.get("failed") for row_ in kept].count("RuntimeError") == 1


async def test_a_case_is_given_only_to_somebody_who_works_at_its_place(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    for stranger in ("far", "sun", "nobody"):
        status, problem = await park.act("chen", "POST", f"/grievances/cases/{number}/assignment", {"staff": stranger})
        assert (status, problem["errors"][0]["field"]) == (422, "staff")
    status, _ = await park.act("chen", "POST", f"/grievances/cases/{number}/assignment", {"staff": "li"})
    assert status == 200


async def test_a_replayed_letter_is_not_handled_again_when_its_record_is_delivered_again(park: Park) -> None:
    service = park.parts.grievances[SERVICE_PARTS]
    consumer, work = service.consumers[0], park.work("grievances")
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    change = work.cases.change
    broken = {"on": True}

    async def failing(*given: object, **more: object) -> object:
        if broken["on"]:
            raise RuntimeError("a defect")
        return await change(*given, **more)

    work.cases.change = failing
    await chat.write("补充一句")
    while not (letters := await service.letters.waiting()):
        await asyncio.sleep(0.01)
    broken["on"] = False
    await consumer.replay(letters[0]["id"])
    await consumer.stop()
    await service.engines.bus.rewind(consumer.group)  # as if nothing had been committed
    await consumer.start()
    await park.quiet()
    assert [entry.what for entry in (await park.case(number)).timeline].count("heard") == 1


async def test_an_instalment_whose_day_went_by_is_told_once(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    today = park.clock.now().date()
    for path, body in (
        ("take", None), ("answers", {"text": "我今天联系公司,明天回复。"}), ("mediations", {"held_on": today.isoformat(), "parties": "双方", "offer": "分期"}),
        ("settlement", {"amounts": ["100", "200"], "due_on": [today.isoformat(), "2099-01-01"]}),
    ):  # fmt: skip
        status, out = await park.act(owner, "POST", f"/grievances/cases/{number}/{path}", body)
        assert status == 200, out
    await park.pass_time(days=3)
    await park.pass_time(days=3)
    what = [entry.what for entry in (await park.case(number)).timeline]
    assert what.count("missed") == 1
    alerts = await park.work("grievances").cases.store.find("alerts", limit=100)
    assert [alert.body["what"] for alert in alerts].count("instalment-missed") == 1


async def test_a_queue_shows_no_case_of_a_place_where_the_reader_does_not_work(park: Park) -> None:
    work = park.work("grievances")
    chats = [await park.chat() for _ in range(2)]
    numbers = [await chat.report() for chat in chats]
    await park.quiet()
    for number, owner in zip(numbers, ("far", "duty-officer"), strict=True):
        case = await work.cases.get(number)
        case._own(owner, "")
        await work.cases.save(case)
    outsider = Staff(id="far", name="x", grants=(Grant(role=Role.SUPERVISOR, path="/city/other/"),))
    for view in ("mine", "nobody", "all"):
        assert (await work.cases.queue(outsider, view)).rows == []
    insider = Staff(id="chen", name="x", grants=(Grant(role=Role.SUPERVISOR, path=PARK),))
    assert [case.number for case in (await work.cases.queue(insider, "nobody")).rows] == [numbers[1]]


async def test_a_worker_without_a_name_who_types_it_anyway_stays_without_one(park: Park) -> None:
    chat = await park.chat()
    await chat.write("公司拖欠我两个月工资,一共13600元,我叫王小明,电话13812345678")
    await chat.write("宏盛建筑")
    await chat.press("不留名")
    await chat.press("提交")
    await park.quiet()
    number = next(line["text"] for line in reversed(chat.lines) if "编号" in line["text"]).split("编号 ")[1][:12]
    _, page = await park.act("chen", "GET", f"/grievances/cases/{number}", headers={"Accept-Language": "zh-CN"})
    assert "13600" in page
    assert "王小明" not in page
    assert "13812345678" not in page


async def test_money_that_came_after_all_is_confirmed_by_the_same_buttons(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    today = park.clock.now().date().isoformat()
    for path, body in (
        ("take", None), ("answers", {"text": "我今天联系公司,明天回复。"}), ("mediations", {"held_on": today, "parties": "双方", "offer": "一次付清"}),
        ("settlement", {"amounts": ["100"], "due_on": [today]}), ("payments/0/paid", None),
    ):  # fmt: skip
        await park.act(owner, "POST", f"/grievances/cases/{number}/{path}", body)
    await park.quiet()
    await chat.read()
    await chat.press("没收到")
    await park.quiet()
    assert (await park.case(number)).payments[0].disputed_at is not None
    await chat.press("收到了")
    await park.quiet()
    payment = (await park.case(number)).payments[0]
    assert payment.confirmed_at is not None
    assert payment.disputed_at is None
