"""The main job over HTTP: from a worker's words to a settled case."""

import asyncio
from datetime import timedelta
from pathlib import Path

from services.grievances.domain.life import State
from tests.support.park import Park, running_park


async def test_a_report_becomes_one_case_with_its_deadline_in_the_owners_queue(park: Park) -> None:
    chat = await park.chat()
    await chat.write("老板三个月没发工资了,一共两万四,我们二十多个人都没拿到")
    await chat.press("我一个人的")
    await chat.write("宏盛建筑")
    await chat.press("不留名")
    await chat.press("改一改")
    await chat.press("金额")
    await chat.write("两万五")
    await chat.press("提交")
    number = chat.lines[-1]["text"].split("编号 ")[1][:12]
    await park.quiet()
    status, queue = await park.act("chen", "GET", "/grievances/api/queue?view=all")
    assert status == 200
    assert [row["number"] for row in queue["cases"]] == [number]
    case = await park.case(number)
    assert (case.claims[0].amount, case.claims[0].months, case.people) == (2_500_000, 3, 20)
    assert case.answer_by == case.reported_at + timedelta(hours=24)
    assert case.owner in {"wang", "li"}
    assert case.identity is None
    assert case.phone_index is None


async def test_the_whole_way_to_a_closed_case(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner

    async def do(path: str, body: object = None) -> str:
        status, out = await park.act(owner, "POST", f"/grievances/cases/{number}/{path}", body)
        assert status == 200, out
        await park.quiet()
        return str(out["state"])

    assert await do("take") == "assigned"
    assert await do("answers", {"text": "您好,我今天就联系公司,明天上午回复您。"}) == "responded"
    await chat.read()
    answer = chat.lines[-1]
    assert (answer["from"], answer["text"]) == ("caseworker", "您好,我今天就联系公司,明天上午回复您。")
    await chat.write("谢谢,我等您消息")
    await park.quiet()
    case = await park.case(number)
    assert [entry.what for entry in case.timeline] == ["opened", "taken", "responded", "heard"]
    assert case.answer_by is None
    today = park.clock.now().date().isoformat()
    assert await do("mediations", {"held_on": today, "parties": "双方", "offer": "分两期", "succeeded": True}) == "mediating"
    assert await do("settlement", {"amounts": ["6800", "6800.00"], "due_on": [today, "2030-01-05"]}) == "settled"
    assert await do("payments/0/paid") == "performing"
    await chat.read()
    await chat.press("收到了")
    assert await do("payments/1/paid") == "performing"
    status, refusal = await park.act(owner, "POST", f"/grievances/cases/{number}/resolution", {"text": "付清"})
    assert (status, "确认" in refusal["detail"]) == (409, True)
    await chat.read()
    await chat.press("收到了")
    await park.quiet()
    assert await do("resolution", {"text": "两期付清"}) == "resolved"
    await chat.read()
    await chat.press("非常满意")
    await park.quiet()
    case = await park.case(number)
    assert (case.state, case.score) == (State.RATED, 4)
    assert await do("closing") == "closed"
    await chat.read()
    await chat.press("重新办理")
    await park.quiet()
    case = await park.case(number)
    assert case.state is State.REOPENED
    assert case.answer_by is not None


async def test_nobody_answers_it_warns_then_climbs_once_also_across_hours(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    for _ in range(5):
        await park.pass_time(hours=5)
    case = await park.case(number)
    what = [entry.what for entry in case.timeline]
    assert (what.count("warned"), what.count("breached")) == (3, 1)
    assert (case.state, case.tier, case.owner, case.breached) == (State.ESCALATED, "park", "chen", True)
    alerts = await park.work("grievances").cases.store.find("alerts", limit=100)
    kinds = sorted(alert.body["what"] for alert in alerts)
    assert kinds == ["answer-due-soon"] * 3 + ["breached", "escalated"]
    await chat.read()
    assert "已经报到上一级" in chat.said()


async def test_an_unknown_employer_goes_to_the_duty_officer(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report(firm="谁也没听说过的地方")
    await park.quiet()
    assert (await park.case(number)).owner == "chen"


async def test_what_the_table_does_not_allow_is_refused_with_a_sentence_and_changes_nothing(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    before = (await park.case(number)).version
    for path, body in (
        ("answers", {"text": "我会尽快联系公司处理"}),
        ("closing", None),
        ("settlement", {"amounts": ["5"], "due_on": ["2030-01-01"]}),
    ):
        status, out = await park.act(owner, "POST", f"/grievances/cases/{number}/{path}", body)
        assert status == 409
        assert out["detail"]
        assert "refused" not in out["detail"]
    assert (await park.case(number)).version == before


async def test_a_colleague_has_to_take_the_case_first(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    other = "li" if owner == "wang" else "wang"
    await park.act(owner, "POST", f"/grievances/cases/{number}/take")
    status, out = await park.act(other, "POST", f"/grievances/cases/{number}/answers", {"text": "我来看看这件事情怎么办"})
    assert (status, "先接手" in out["detail"]) == (409, True)


async def test_a_short_first_answer_does_not_stop_the_clock(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    await park.act(owner, "POST", f"/grievances/cases/{number}/take")
    status, out = await park.act(owner, "POST", f"/grievances/cases/{number}/answers", {"text": "收到"})
    assert (status, out["errors"][0]["field"]) == (422, "text")
    assert (await park.case(number)).answer_by is not None


async def test_a_repeated_command_with_the_same_key_takes_effect_once(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    await park.act(owner, "POST", f"/grievances/cases/{number}/take")
    for _ in range(3):
        status, _out = await park.act(
            owner,
            "POST",
            f"/grievances/cases/{number}/answers",
            {"text": "我今天联系公司,明天回复。"},
            headers={"Idempotency-Key": "k1"},
        )
        assert status == 200
    await park.quiet()
    case = await park.case(number)
    assert [entry.what for entry in case.timeline].count("responded") == 1
    await chat.read()
    assert chat.said().count("我今天联系公司") == 1


async def test_membership_shows_on_the_case_of_a_named_worker(park: Park) -> None:
    from tests.support.rosters import imported, row

    await imported(park, [row(1, phone="13900000001")])
    chat = await park.chat()
    await chat.write("公司拖欠我两个月工资,一共13600元")
    await chat.write("宏盛建筑")
    await chat.press("只让处理人知道")
    await chat.write("张三")
    await chat.write("13900000001")
    await chat.press("提交")
    await park.quiet()
    number = chat.lines[-1]["text"].split("编号 ")[1][:12]
    owner = (await park.case(number)).owner
    status, page = await park.act(owner, "GET", f"/grievances/cases/{number}", headers={"Accept-Language": "zh-CN"})
    assert status == 200
    assert "会员 · 宏盛建筑工会" in page
    assert "张三 13900000001" in page
    _, audited = await park.act("aud", "GET", f"/grievances/cases/{number}", headers={"Accept-Language": "zh-CN"})
    assert "13900000001" not in audited
    assert "13600" not in audited.replace("13,600", "")


async def test_what_fell_due_while_the_program_was_down_happens_once_at_its_start(tmp_path: Path) -> None:
    async with running_park(tmp_path / "d") as park:
        chat = await park.chat()
        number = await chat.report()
        await park.quiet()
        reported = (await park.case(number)).reported_at
    for _ in range(2):
        async with running_park(tmp_path / "d") as park:
            park.clock.move_to(reported + timedelta(hours=24, seconds=1))
            await park.pass_time(seconds=1)
            case = await park.case(number)
            what = [entry.what for entry in case.timeline]
            assert (what.count("warned"), what.count("breached")) == (3, 1)
            assert case.answer_by is not None
            alerts = await park.work("grievances").cases.store.find("alerts", limit=100)
            assert len(alerts) == 5
    answer = next(entry for entry in case.timeline if entry.what == "breached")
    assert answer.at >= reported + timedelta(hours=24)


async def test_a_breach_is_on_time_to_the_second(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    due = (await park.case(number)).answer_by
    park.clock.move_to(due - timedelta(seconds=1.5))
    await asyncio.sleep(0.3)
    assert not (await park.case(number)).breached
    for _ in range(100):
        case = await park.case(number)
        if case.breached:
            break
        await asyncio.sleep(0.05)
    fired = next(entry.at for entry in case.timeline if entry.what == "breached")
    assert timedelta() <= fired - due < timedelta(seconds=1)
