"""Chats, the inbox, the ledger of outgoing messages, and what the chat knows of cases."""

from collections.abc import Sequence

from services.bot.domain.conversation import Conversation, Line
from services.bot.domain.outgoing import Outgoing
from services.bot.domain.session import MyCase
from shared.kernel.repository import Repository
from shared.ports.store import Between, Body, Collection, Conflict, Equal, Index, Store

INBOX = Collection("inbox", (Index(("waiting",), sparse=True),))
TRANSCRIPTS = Collection("transcripts", (Index(("user", "first")),))
MY_CASES = Collection("my_cases", (Index(("user", "opened_at")),))
SHOWN_CASES = 10


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
        return [*await self._older(user, after), *recent][:limit]

    async def _older(self, user: str, after: int) -> list[Line]:
        found = await self.store.find(TRANSCRIPTS.name, (Equal("user", user),), order=("first",), limit=10_000)
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

    async def get(self, id: str) -> Body | None:
        """The update."""
        stored = await self._store.get(INBOX.name, id)
        return stored.body if stored else None

    async def waiting(self, limit: int = 1000) -> list[tuple[str, Body]]:
        """What is not yet handled, in the order of arrival."""
        found = await self._store.find(INBOX.name, (Between("waiting", ""),), order=("waiting",), limit=limit)
        return [(stored.id, stored.body) for stored in found]

    async def handled(self, ids: Sequence[str]) -> None:
        """These are handled: they stay, so that a repetition is known."""
        await self._store.unset(INBOX.name, [(id, 1) for id in ids], ("waiting",))


async def cases_of(store: Store, user: str) -> list[MyCase]:
    """The worker's cases, the newest first."""
    found = await store.find(MY_CASES.name, (Equal("user", user),), order=("-opened_at",), limit=SHOWN_CASES)
    return [MyCase.model_validate(stored.body) for stored in found]
