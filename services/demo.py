"""The demo: a chemical park whose last three weeks are lived through at start, by the real code, on a moved clock."""

import asyncio
import csv
import io
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services import demo_park as park
from services.bot import handlers as bot
from services.bot.domain.messages import Choice, Text
from services.bot.repository import cases_of
from services.grievances import handlers as casework
from services.grievances.domain.case import Case
from services.grievances.domain.parts import Words
from services.notifications.domain.policy import Policy
from services.registry import handlers as registry
from services.registry.domain.people import Employer, Roster
from services.together import Together
from shared.adapters.clocks import MovableClock
from shared.contracts.values import Audience, Grant, Instalment, Language, Tier
from shared.kernel.errors import NotFound
from shared.kernel.identity_numbers import citizen_check, credit_check
from shared.kernel.staff import Staff
from shared.ports.store import Between
from shared.web.keys import SERVICE_PARTS, WORK

MARK, PART = "demo", "demo.part"
DAYS = 21
SEED = 20261121
Say = Callable[[str], object]
Act = Callable[[Case, Staff, datetime], None]


def is_demo(folder: Path) -> bool:
    """True if this folder was filled by the demo."""
    return (folder / MARK).exists()


def is_to_be_filled(folder: Path) -> bool:
    """True for an empty folder, and for one in which filling was cut off: that one is emptied first."""
    if (folder / PART).exists() and not is_demo(folder):
        shutil.rmtree(folder)
    return not folder.exists() or not any(folder.iterdir())


@dataclass
class Simulation:
    """The park on its way through time: what happens when, and who does it."""

    parts: Together
    clock: MovableClock
    staff: dict[str, Staff] = field(default_factory=dict)
    plan: list[tuple[datetime, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))

    def at(self, moment: datetime, action: Callable[[], Awaitable[None]]) -> None:
        """This will happen then."""
        self.plan.append((moment, action))

    async def quiet(self) -> None:
        """Waits until everything that follows from what happened has happened."""
        apps = (self.parts.registry, self.parts.grievances, self.parts.notifications, self.parts.bot)
        calm = 0
        while calm < 4:  # noqa: PLR2004 idle at four looks in a row
            await asyncio.sleep(0.002)
            calm = calm + 1 if all(app[SERVICE_PARTS].idle() for app in apps) else 0

    async def run(self, until: datetime, say: Say) -> None:
        """Lives through the plan in order, alarms included."""
        while self.plan and min(self.plan, key=lambda item: item[0])[0] < until:
            self.plan.sort(key=lambda item: item[0])
            moment, action = self.plan.pop(0)
            await self._alarms_before(moment)
            self.clock.move_to(moment)
            await action()
            await self.quiet()
        await self._alarms_before(until)
        say("The park is ready.")

    async def _alarms_before(self, moment: datetime) -> None:
        cases = self.parts.grievances[WORK].cases
        while due := await cases.where((Between("due_at", ""),), order=("due_at",), limit=1):
            if due[0].due_at is None or due[0].due_at >= moment:
                return
            self.clock.move_to(due[0].due_at)
            await asyncio.sleep(0.002)
            await self.quiet()


async def fill(folder: Path, parts: Together, clock: MovableClock, say: Say) -> None:
    """Fills an empty folder; some seconds."""
    say("Filling the demo: a chemical park and its last three weeks…")
    (folder / PART).touch()
    now = datetime.now(UTC)
    simulation = Simulation(parts, clock)
    clock.move_to(now - timedelta(days=DAYS))
    await _found(simulation)
    chats = await _people(simulation)
    for number, story in enumerate(park.STORIES):
        _plan_case(simulation, number, story, chats, now)
    simulation.at(now - timedelta(days=2), lambda: _publish(simulation))
    await simulation.run(now, say)
    clock.move_to(datetime.now(UTC))
    (folder / MARK).touch()
    (folder / PART).unlink()


# ── who is there ────────────────────────────────────────────────────────────


async def _found(simulation: Simulation) -> None:
    work: registry.Work = simulation.parts.registry[WORK]
    for id, name, tier, parent in park.UNIONS:
        await registry.found_union(id, name, tier, parent, by=None, work=work)
    for number, (name, grid) in enumerate(park.FIRMS):
        id = f"u{number + 1:02d}"
        await registry.found_union(id, f"{name}工会", Tier.ENTERPRISE, "park", by=None, work=work)
        body = f"91321191MA{number:07d}"
        firm = Employer(
            id=f"e{number + 1:02d}", name=f"镇江{name}有限公司", aliases=(name,), grid=grid, union=id, union_path="/",
            credit_code=body + credit_check(body),
        )  # fmt: skip
        await registry.register_employer(firm, by=None, at=simulation.clock.now(), work=work)
    for login, name, roles, path in park.STAFF:
        grants = [Grant(role=role, path=path) for role in roles]
        account = await registry.open_account(login, name, None, grants, by=None, work=work)
        simulation.staff[login] = account.as_staff("demo")
    await simulation.quiet()


async def _people(simulation: Simulation) -> list[tuple[str, str]]:
    """Imports the roster; returns names and phones."""
    work: registry.Work = simulation.parts.registry[WORK]
    dice, rows, people = simulation.dice, io.StringIO(), list[tuple[str, str]]()
    writer = csv.writer(rows)
    writer.writerow(["姓名", "身份证号", "手机", "单位", "用工形式", "会籍"])
    for number in range(park.WORKERS):
        name = dice.choice(park.SURNAMES) + dice.choice(park.GIVEN)
        born = f"{dice.randint(1968, 2003)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
        body = f"3211{dice.choice(('02', '11', '81'))}{born}{number:03d}"
        phone = f"139{dice.randint(0, 9)}{number:07d}"
        firm = park.FIRMS[number % len(park.FIRMS)][0]
        form = dice.choices(("合同工", "派遣", "货车司机"), (8, 2, 1))[0]
        writer.writerow(
            [
                name,
                body + citizen_check(body),
                phone,
                f"镇江{firm}有限公司",
                form,
                dice.choices(("会员", "非会员"), (9, 1))[0],
            ]
        )
        people.append((name, phone))

    async def whole() -> AsyncIterator[bytes]:
        yield rows.getvalue().encode()

    sha256, _ = await work.blobs.put(whole(), limit=10**7)
    roster = Roster(
        id="r-demo",
        file=sha256,
        file_name="园区职工.csv",
        by="liu.fang",
        union_path="/zj/xq/",
        created_at=simulation.clock.now(),
    )
    await work.rosters.add(roster)
    from services.registry.importer import import_roster  # noqa: PLC0415 the loop would wait for its wake

    await import_roster(roster, work)
    await simulation.quiet()
    return people


# ── what happens ────────────────────────────────────────────────────────────


def _plan_case(simulation: Simulation, number: int, story: park.Story, people: list[tuple[str, str]], now: datetime) -> None:
    dice = simulation.dice
    begun = now - timedelta(hours=story.hours_ago, minutes=dice.randint(0, 50))
    firm = park.FIRMS[(number * 5 + 3) % len(park.FIRMS)][0]
    name, phone = people[(number * 5 + 3) % len(park.FIRMS) + len(park.FIRMS) * (number % 3)]
    user, numbers = f"demo-{number:03d}", list[str]()
    answers = [story.words, *story.answers, firm]
    answers += ["不留名"] if number % 3 == 0 else ["只让处理人知道", name, phone]

    async def report() -> None:
        work: bot.Work = simulation.parts.bot[WORK]
        await bot.begin(user, Language.EN if story.english else Language.ZH, "Asia/Shanghai", work)
        for place, words in enumerate([*answers, "提交"]):
            said = park.IN_ENGLISH.get(words, words) if story.english else words
            await bot.take_in(f"web:{user}:d{place}", user, Text(said), simulation.clock.now(), work)
        await simulation.quiet()
        found = await cases_of(work.conversations.store, user)
        numbers.extend(case.number for case in found)

    simulation.at(begun, report)
    moment = begun
    for hours, step in story.steps:
        moment += timedelta(hours=hours, minutes=dice.randint(0, 40))
        simulation.at(moment, _step(simulation, step, user, numbers))


def _step(simulation: Simulation, step: str, user: str, numbers: list[str]) -> Callable[[], Awaitable[None]]:
    kind, _, words = step.partition(":")

    async def by_staff() -> None:
        work: casework.Work = simulation.parts.grievances[WORK]
        case = await work.cases.get(numbers[0])
        by = simulation.staff.get(case.owner) or simulation.staff["wang.min"]
        action = _actions(work, words)[kind]
        await casework.act(numbers[0], lambda found, at: action(found, by, at), by=by, key="", work=work)

    async def by_worker() -> None:
        work: bot.Work = simulation.parts.bot[WORK]
        conversation = await work.conversations.get(user)
        said = words
        if kind == "press":
            labels = [button.label for line in conversation.lines[-3:] for button in line.buttons]
            said = words if words in labels else labels[0]
            choice = next(button.id for line in reversed(conversation.lines) for button in line.buttons if button.label == said)
            await bot.take_in(f"web:{user}:{conversation.last_seq}", user, Choice(choice), simulation.clock.now(), work)
            return
        await bot.take_in(f"web:{user}:{conversation.last_seq}", user, Text(said), simulation.clock.now(), work)

    return by_worker if kind in {"say", "press"} else by_staff


def _actions(work: casework.Work, text: str) -> dict[str, Act]:
    words: Words = work.words(text or "按协商一致办理")
    policy = work.policy

    def settle(case: Case, by: Staff, at: datetime) -> None:
        total = case.claims[0].amount or 600_000
        half = total // 200 * 100
        first = Instalment(amount=half, due_on=at + timedelta(days=7))
        second = Instalment(amount=total - half, due_on=at + timedelta(days=30))
        case.settle((first, second), by, at, policy)

    def mediate(case: Case, by: Staff, at: datetime) -> None:
        attempt = casework.attempt_from(
            case, at, "职工本人、企业人事、园区工会", text or "企业同意分期支付", at, work, succeeded=True
        )
        case.mediate(attempt, by, at, policy)

    return {
        "take": lambda case, by, at: case.take(by, at),
        "answer": lambda case, by, at: case.respond(words, by, at, policy),
        "message": lambda case, by, at: case.message(words, by, at, policy),
        "note": lambda case, by, at: case.note(words, by, at),
        "mediate": mediate,
        "settle": settle,
        "paid": lambda case, by, at: case.mark_paid(next(i for i, p in enumerate(case.payments) if p.open), by, at),
        "fail": lambda case, by, at: case.fail(words, by, at, policy),
        "escalate": lambda case, by, at: case.escalate(casework.above_or_refuse(case, work), words, by, at, policy),
        "refer": lambda case, by, at: case.refer("inspection", words, by, at, policy),
        "resolve": lambda case, by, at: case.resolve(words, by, at, policy),
        "close": lambda case, by, at: case.close(by, at),
        "suspend": lambda case, by, at: case.suspend(words, by, at),
        "reject": lambda case, by, at: case.reject(words, by, at),
    }


async def _publish(simulation: Simulation) -> None:
    work = simulation.parts.notifications[WORK]
    now = simulation.clock.now()
    for number, (title, body, title_en, body_en) in enumerate(park.POLICIES):
        policy = Policy(
            id=f"p-{number:016x}", titles={Language.ZH: title, Language.EN: title_en},
            bodies={Language.ZH: body, Language.EN: body_en}, audience=Audience(union_path="/zj/xq/park/"),
            author="sun.lei", union_path="/zj/xq/park/", created_at=now,
        )  # fmt: skip
        await work.policies.add(policy)
    await work.policies.change(f"p-{0:016x}", lambda policy: policy.send(1, now))
    for _ in range(500):
        if (await work.policies.get(f"p-{0:016x}")).stage == "sent":
            return
        await asyncio.sleep(0.02)
    raise NotFound("policies.not_found", id="demo")
