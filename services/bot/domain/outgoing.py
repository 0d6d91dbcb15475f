"""The ledger of messages that others asked the bot to deliver: one row each, claimed before the call."""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.contracts import bot as told
from shared.contracts.notifications import MessageClass, MessageRequested
from shared.contracts.values import Moment, as_text
from shared.kernel.aggregate import Aggregate

LEASE = timedelta(seconds=5)
PRIORITY = {MessageClass.REPLY: "0", MessageClass.NOTICE: "1", MessageClass.BROADCAST: "2"}


class Delivery(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Outgoing(Aggregate):
    """One message. `waiting` sorts what is still to be done: replies before notices before broadcasts."""

    request: MessageRequested
    state: Delivery = Delivery.PENDING
    waiting: str | None = None
    claimed_until: Moment | None = None
    claimed_by: str | None = None

    @classmethod
    def of(cls, request: MessageRequested) -> "Outgoing":
        """A new row."""
        waiting = f"{PRIORITY[request.message_class]}.{as_text(request.at)}"
        return cls(id=request.message, request=request, waiting=waiting)

    def claim(self, replica: str, now: datetime) -> bool:
        """Takes the row for one attempt; False if another replica has it. One's own claim is from before a restart."""
        held = self.claimed_until is not None and self.claimed_until > now and self.claimed_by != replica
        if self.state in {Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN} or held:
            return False
        self.state, self.claimed_until, self.claimed_by = Delivery.CLAIMED, now + LEASE, replica
        return True

    def sent(self, at: datetime) -> None:
        """It is in the chat."""
        self._end(Delivery.SENT)
        self._record(told.MessageSent(at=at, message=self.id, batch=self.request.batch))

    def failed(self, reason: str, at: datetime) -> None:
        """It can't be delivered."""
        self._end(Delivery.FAILED)
        self._record(told.MessageFailed(at=at, message=self.id, batch=self.request.batch, reason=reason))

    def _end(self, state: Delivery) -> None:
        self.state, self.waiting, self.claimed_until, self.claimed_by = state, None, None, None
