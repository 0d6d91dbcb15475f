"""Chats, the inbox, the ledger of outgoing messages, and what the chat knows of cases."""

from collections.abc import Sequence

from services.bot.domain.conversation import PAGE, Conversation, Line
from services.bot.domain.outgoing import Outgoing
from services.bot.domain.session import MyCase
from shared.contracts.values import Evidence
from shared.kernel.repository import Repository
from shared.ports.store import Between, Body, Collection, Conflict, Equal, Index, Store

INBOX = Collection("inbox", (Index(("waiting",), sparse=True),))
TRANSCRIPTS = Collection("transcripts", (Index(("user", "first")),))
MY_CASES = Collection("my_cases")
SHOWN_CASES = 10
PAGES_AT_ONCE = 10


class ConversationRepository(Repository[Conversation]):
    """Chats by user."""

    aggregate = Conversation
    name = "conversations"

    async def save(self, aggregate: Conversation) -> None:
        """Saves; the oldest lines of a long chat move to a page of their own first, which is repeatable."""
        moved = aggregate.overflow()
        if moved:
            page = {
                "user": aggregate.id,
                "first": moved[0].seq,
                "lines": [line.model_dump(mode="json") for line in moved],
            }
            await self.store.put_new(TRANSCRIPTS.name, {f"{aggregate.id}.{moved[0].seq}": page})
            aggregate.let_go(moved)
        await super().save(aggregate)

    async def lines_after(self, user: str, after: int, limit: int = 200) -> list[Line]:
        """Lines with a higher `seq`, the oldest first."""
        conversation = await self.get(user)
        recent = [line for line in conversation.lines if line.seq > after]
        first = conversation.lines[0].seq if conversation.lines else conversation.last_seq + 1
        if after + 1 >= first:
            return recent[:limit]
        older = await self._older(user, after)
        complete = bool(older) and older[-1].seq + 1 == first
        return [*older, *(recent if complete or not older else ())][:limit]

    async def evidence(self, user: str, sha256: str) -> Evidence | None:
        """The file with this hash, if a line of this chat has it."""
        after = 0
        while lines := await self.lines_after(user, after):
            found = next((item for line in lines for item in line.evidence if item.sha256 == sha256), None)
            if found:
                return found
            after = lines[-1].seq
        return None

    async def _older(self, user: str, after: int) -> list[Line]:
        where = (Equal("user", user), Between("first", after - PAGE + 2))
        found = await self.store.find(TRANSCRIPTS.name, where, order=("first",), limit=PAGES_AT_ONCE)
        lines = [Line.model_validate(line) for page in found for line in page.body["lines"]]
        return [line for line in lines if line.seq > after]


class OutgoingRepository(Repository[Outgoing]):
    """The ledger."""

    aggregate = Outgoing
    name = "outgoing"
    indexes = (Index(("waiting",), sparse=True),)

    async def waiting(self, limit: int) -> list[Outgoing]:
        """What is still to be sent, the most urgent first."""
        return await self.where((Between("waiting", ""),), order=("waiting",), limit=limit)


class Inbox:
    """Raw updates: stored before the channel is answered, unique by channel, account and update id."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, id: str, body: Body) -> bool:
        """Stores the update; False if it is a repetition."""
        try:
            await self._store.put(INBOX.name, id, body, expected=0)
        except Conflict:
            return False
        return True

    async def fail(self, id: str, body: Body, reason: str) -> None:  # the field's word
        """It can't be handled: it stays, with the reason, and no longer waits."""
        failed = {name: value for name, value in body.items() if name != "waiting"} | {"failed": reason}
        stored = await self._store.get(INBOX.name, id)
        if stored and "failed" not in stored.body:
            await self._store.put(INBOX.name, id, failed, expected=stored.version)

    async def waiting(self, limit: int = 1000, after: Sequence[str] | None = None) -> list[tuple[str, Body]]:
        """What is not yet handled, in the order of arrival."""
        found = await self._store.find(INBOX.name, (Between("waiting", ""),), order=("waiting",), limit=limit, after=after)
        return [(stored.id, stored.body) for stored in found]

    async def handled(self, ids: Sequence[str]) -> None:
        """These are handled: they stay, so that a repetition is known."""
        await self._store.unset(INBOX.name, [(id, 1) for id in ids], ("waiting",))


async def cases_of(store: Store, user: str) -> list[MyCase]:
    """The worker's cases, the newest first."""
    stored = await store.get(MY_CASES.name, user)
    cases = list(stored.body["cases"].values()) if stored else []
    newest = sorted(cases, key=lambda case: str(case["opened_at"]), reverse=True)
    return [MyCase.model_validate(case) for case in newest[:SHOWN_CASES]]
