"""What operators see: metrics of everything promised, and readiness that tells the truth."""

import asyncio

from shared.ports.bus import Record
from shared.web.keys import SERVICE_PARTS
from tests.support.park import Park

PROMISED = (
    "fengqiao_cases_open", "fengqiao_oldest_unanswered_seconds", "fengqiao_answer_breaches_total", "fengqiao_timer_lateness_seconds",
    "fengqiao_outbox_oldest_seconds", "fengqiao_consumer_lag_records", "fengqiao_dead_letters_total", "fengqiao_deliveries_total",
    "fengqiao_dialogue_steps_total", "fengqiao_consumer_stopped",
)  # fmt: skip


async def test_everything_promised_is_in_the_metrics(park: Park) -> None:
    chat = await park.chat()
    await chat.report()
    await park.quiet()
    await park.pass_time(hours=25)
    async with park.client.get("/metrics") as answer:
        text = await answer.text()
    for name in PROMISED:
        assert f"# HELP {name.removesuffix('_total')}" in text or f"# HELP {name}" in text, name
    assert 'fengqiao_cases_open{state="escalated"} 1.0' in text
    oldest = next(float(line.split()[1]) for line in text.splitlines() if line.startswith("fengqiao_oldest_unanswered_seconds"))
    assert 25 * 3600 <= oldest < 25 * 3600 + 60


async def test_ready_when_everything_works(park: Park) -> None:
    async with park.client.get("/healthz") as answer:
        assert answer.status == 200
    async with park.client.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["faults"]) == (200, {})


async def test_poison_goes_to_the_dead_letters_with_its_reason_and_holds_up_nobody(park: Park) -> None:
    bus = park.parts.grievances[SERVICE_PARTS].engines.bus
    await bus.publish([Record("bot.report", "someone", b"not an envelope")])
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    assert await park.case(number)
    status, out = await park.act("ops", "GET", "/grievances/dead-letters")
    assert status == 200
    assert [(letter["topic"], letter["error"]) for letter in out["dead_letters"]] == [("bot.report", "ValidationError")]


async def test_a_dead_letter_is_handled_once_when_it_is_sent_again(park: Park) -> None:
    work, service = park.work("grievances"), park.parts.grievances[SERVICE_PARTS]
    broken = {"on": True}
    called = work.employers.called

    async def failing(name: str | None) -> object:
        if broken["on"]:
            raise RuntimeError("a defect")
        return await called(name)

    work.employers.called = failing
    chat = await park.chat()
    number = await chat.report()
    while not (letters := await service.letters.waiting()):
        await asyncio.sleep(0.01)
    broken["on"] = False
    status, _ = await park.act("ops", "POST", f"/grievances/dead-letters/{letters[0]['id']}/replay")
    assert status == 204
    assert await park.case(number)
    status, _ = await park.act("ops", "POST", f"/grievances/dead-letters/{letters[0]['id']}/replay")
    assert status == 404
    assert await service.letters.waiting() == []


async def test_too_many_dead_letters_stop_the_consumer_and_readiness_says_so(park: Park) -> None:
    bus = park.parts.grievances[SERVICE_PARTS].engines.bus
    await bus.publish([Record("bot.report", f"k{n}", b"poison") for n in range(80)])
    for _ in range(500):
        async with park.client.get("/readyz") as answer:
            if answer.status == 503:
                faults = (await answer.json())["faults"]
                assert "50 dead letters" in str(faults)
                return
        await asyncio.sleep(0.02)
    raise AssertionError("it went on dead-lettering")
