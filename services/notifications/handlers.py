"""What notifications do: turn events of cases into messages, and bring policies to their audience."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from services.notifications.domain.case_messages import TELLINGS
from services.notifications.domain.policy import Notice, Outcome, Policy, Recipient, message
from services.notifications.repository import (
    CHATS,
    MEMBERS,
    OPEN_CASES,
    UNIONS,
    Members,
    NoticeRepository,
    PolicyRepository,
    RecipientRepository,
)
from shared.contracts import bot, grievances
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.registry import UnionRegistered, WorkerRegistered
from shared.contracts.values import UnionPath
from shared.kernel.repository import ATTEMPTS, Projection
from shared.ports.clock import Clock
from shared.ports.store import Body, Collection, Conflict, Equal
from shared.web.live import Live

BATCH = 100
Cases = dict[str, str]


@dataclass
class Work:
    """What the handlers of notifications work with."""

    policies: PolicyRepository
    recipients: RecipientRepository
    notices: NoticeRepository
    members: Members
    clock: Clock
    live: Live
    unions: dict[UnionPath, str] = field(default_factory=dict)
    grids: set[str] = field(default_factory=set)

    def projection(self, collection: Collection) -> Projection[Body]:
        """What others told."""
        return Projection(self.policies.store, collection)


# ── cases ───────────────────────────────────────────────────────────────────


async def tell_worker(event: grievances.CaseEvent, cause: Envelope, work: Work) -> None:
    """Asks for the message that this event is told by."""
    telling = TELLINGS[type(event)]
    template = telling.template if isinstance(telling.template, str) else telling.template(event)
    request = message(
        cause.id, event.user, telling.kind, template, event.at, telling.values(event),
        words=telling.words(event), evidence=getattr(event, "evidence", ()), number=event.number,
    )  # fmt: skip
    await work.notices.add(Notice.of(request))


async def note_case(event: grievances.CaseOpened, cause: Envelope, work: Work) -> None:
    """A member has an open case of this category; policies may concern it."""
    if event.phone_index is None:
        return
    known = {"phone_index": event.phone_index, "category": str(event.category)}
    await work.projection(OPEN_CASES).fold(event.number, cause, lambda _: known)
    await _fold_member(event.phone_index, cause, work, lambda cases: cases | {event.number: str(event.category)})


async def forget_case(event: grievances.CaseEvent, cause: Envelope, work: Work) -> None:
    """The case is over."""
    known = await work.projection(OPEN_CASES).get(event.number)
    if known:
        await _fold_member(
            known["phone_index"], cause, work,
            lambda cases: {number: category for number, category in cases.items() if number != event.number},
        )  # fmt: skip


async def close_and_tell(event: grievances.CaseEvent, cause: Envelope, work: Work) -> None:
    """The end of a case is both noted and told."""
    await forget_case(event, cause, work)
    await tell_worker(event, cause, work)


async def _fold_member(phone_index: str, cause: Envelope, work: Work, change: Callable[[Cases], Cases]) -> None:
    found = await work.policies.store.find(MEMBERS.name, (Equal("phone_index", phone_index),), limit=10)
    for stored in found:
        await work.projection(MEMBERS).fold(stored.id, cause, lambda member: member | {"cases": change(member.get("cases", {}))})


# ── members and their chats ─────────────────────────────────────────────────


async def learn_worker(event: WorkerRegistered, cause: Envelope, work: Work) -> None:
    """A member, by whose place policies find them."""
    public = event.model_dump(mode="json", exclude_none=True)
    await work.projection(MEMBERS).fold(event.worker, cause, lambda member: public | {"cases": member.get("cases", {})})
    work.grids.add(event.grid)
    chat = await work.projection(CHATS).get(event.phone_index) if event.phone_index else None
    await _set_chat(event.worker, chat["user"] if chat else None, work)


async def learn_chat(event: bot.ChatLinked, cause: Envelope, work: Work) -> None:
    """A chat belongs to whoever has this phone. Nobody has verified that, so a later chat does not displace the first."""
    await work.projection(CHATS).fold(event.phone_index, cause, lambda known: known or {"user": event.user})
    link = await work.projection(CHATS).get(event.phone_index)
    if link is None or link["user"] != event.user:
        return
    found = await work.policies.store.find(MEMBERS.name, (Equal("phone_index", event.phone_index),), limit=10)
    for stored in found:
        await _set_chat(stored.id, event.user, work)


async def _set_chat(worker: str, user: str | None, work: Work) -> None:
    store = work.policies.store
    for _ in range(ATTEMPTS):
        stored = await store.get(MEMBERS.name, worker)
        if stored is None or stored.body.get("chat") == user:
            return
        body = {name: value for name, value in stored.body.items() if name != "chat"} | ({"chat": user} if user else {})
        try:
            await store.put(MEMBERS.name, worker, body, expected=stored.version)
        except Conflict:
            continue
        return
    raise Conflict


async def learn_union(event: UnionRegistered, cause: Envelope, work: Work) -> None:
    """A union, to choose an audience by."""
    await work.projection(UNIONS).fold(event.union, cause, lambda _: event.model_dump(mode="json"))
    work.unions[event.path] = event.name


async def remember(work: Work) -> None:
    """Loads what the audience form offers."""
    for stored in await work.policies.store.find(UNIONS.name, limit=1_000_000):
        work.unions[stored.body["path"]] = stored.body["name"]
    work.grids.update(await work.policies.store.totals(MEMBERS.name, "grid"))


# ── deliveries ──────────────────────────────────────────────────────────────

OUTCOMES: dict[type[Event], Outcome] = {
    bot.MessageSent: Outcome.SENT,
    bot.MessageFailed: Outcome.FAILED,
    bot.MessageUnknown: Outcome.UNKNOWN,
}


async def note_outcome(event: bot.MessageSent | bot.MessageFailed | bot.MessageUnknown, cause: Envelope, work: Work) -> None:
    """Enters what became of a message in its row."""
    outcome = OUTCOMES[type(event)]
    if event.batch:
        reason = event.reason if isinstance(event, bot.MessageFailed) else None
        await work.recipients.change(event.message, lambda row: row.end(outcome, reason), cause=cause)
        work.live.tell("policy", {"policy": event.batch})
    else:
        await work.notices.change(event.message, lambda notice: notice.end(outcome), cause=cause)


async def freeze(policy: Policy, work: Work) -> None:
    """Gives every reachable member of the audience a row; repeatable, and goes on where it stopped."""
    async for members, after in work.members.reachable(policy.audience, policy.frozen_after):
        rows = {
            f"{policy.id}.{member['worker']}": Recipient(
                id=f"{policy.id}.{member['worker']}", policy=policy.id, user=member["chat"]
            ).model_dump(mode="json", exclude_none=True)
            for member in members
        }
        await work.recipients.store.put_new(RecipientRepository.name, rows)
        policy.freeze(len(rows), after)
        if after is not None:
            await work.policies.save(policy)
    policy.frozen(work.clock.now())
    await work.policies.save(policy)


async def send_some(policy: Policy, room: int, work: Work) -> int:
    """Asks for the next messages, as many as may be under way; finishes when everyone has an outcome."""
    under_way = await work.recipients.under_way(policy.id, room)
    rows = await work.recipients.pending(policy.id, min(BATCH, room - under_way)) if under_way < room else []
    if not rows and not under_way:
        policy.finish(await work.recipients.figures(policy.id), work.clock.now())
        await work.policies.save(policy)
        work.live.tell("policy", {"policy": policy.id})
    for row in rows:
        row.request(policy, work.clock.now())
    await asyncio.gather(*(work.recipients.save(row) for row in rows))
    return len(rows)
