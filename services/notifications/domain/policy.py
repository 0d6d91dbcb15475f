"""政策: what a publisher tells the members whom it concerns, and how far it has got."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.contracts import notifications as told
from shared.contracts.notifications import MessageClass, MessageRequested
from shared.contracts.values import Audience, Language, Moment, UnionPath
from shared.kernel.aggregate import Aggregate
from shared.kernel.errors import NotAllowed, NotValid


class Stage(StrEnum):
    """Where a policy stands."""

    DRAFT = "draft"
    FREEZING = "freezing"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


MAY: dict[str, frozenset[Stage]] = {
    "edit": frozenset({Stage.DRAFT}),
    "send": frozenset({Stage.DRAFT}),
    "pause": frozenset({Stage.SENDING}),
    "resume": frozenset({Stage.PAUSED}),
    "cancel": frozenset({Stage.DRAFT, Stage.SENDING, Stage.PAUSED}),
}


class Policy(Aggregate):
    """One policy. The audience is frozen when it is sent: who comes later gets the next one."""

    titles: dict[Language, str]
    bodies: dict[Language, str]
    audience: Audience
    author: str
    union_path: UnionPath
    stage: Stage = Stage.DRAFT
    created_at: Moment
    sent_at: Moment | None = None
    frozen_after: list[str] | None = None
    recipients: int = 0

    def why_not(self, action: str) -> str | None:
        """None if this may be done now, else the code of the sentence that says why not."""
        return None if self.stage in MAY[action] else f"refused.policy.{action}"

    def _require(self, action: str) -> None:
        because = self.why_not(action)
        if because:
            raise NotAllowed(because)

    def edit(self, titles: dict[Language, str], bodies: dict[Language, str], audience: Audience) -> None:
        """Changes a draft."""
        self._require("edit")
        self.titles, self.bodies, self.audience = titles, bodies, audience
        self.union_path = audience.union_path

    def send(self, count: int, at: datetime) -> None:
        """Begins: the audience that was counted is frozen now."""
        self._require("send")
        if count == 0:
            raise NotValid("audience", "refused.policy.nobody")
        self.stage, self.sent_at = Stage.FREEZING, at

    def freeze(self, more: int, after: list[str] | None) -> None:
        """So many more recipients have a row; `after` is where to go on, None at the end."""
        self.recipients += more
        self.frozen_after = after

    def frozen(self, at: datetime) -> None:
        """Every recipient has a row."""
        self.stage = Stage.SENDING
        self._record(
            told.PolicyPublished(
                at=at,
                policy=self.id,
                titles=self.titles,
                bodies=self.bodies,
                audience=self.audience,
                recipients=self.recipients,
            )
        )

    def pause(self, at: datetime) -> None:
        """Stops in the middle."""
        self._require("pause")
        self.stage = Stage.PAUSED
        self._record(told.PolicyPaused(at=at, policy=self.id))

    def resume(self, at: datetime) -> None:
        """Goes on."""
        self._require("resume")
        self.stage = Stage.SENDING
        self._record(told.PolicyResumed(at=at, policy=self.id))

    def cancel(self) -> None:
        """Ends without the rest."""
        self._require("cancel")
        self.stage = Stage.CANCELLED

    def finish(self, figures: dict[str, int], at: datetime) -> None:
        """Everyone has an outcome."""
        self.stage = Stage.SENT
        outcome = {name: figures.get(name, 0) for name in ("sent", "failed", "unknown")}
        self._record(told.PolicyFinished(at=at, policy=self.id, **outcome))


class Outcome(StrEnum):
    """Where one recipient's message stands."""

    PENDING = "pending"
    REQUESTED = "requested"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Recipient(Aggregate):
    """A row of the ledger: this policy for this member."""

    policy: str
    user: str
    state: Outcome = Outcome.PENDING
    reason: str | None = None

    def request(self, policy: Policy, at: datetime) -> None:
        """Asks the bot to deliver; once."""
        if self.state is not Outcome.PENDING:
            return
        self.state = Outcome.REQUESTED
        texts = {language: f"{policy.titles[language]}\n\n{policy.bodies[language]}" for language in policy.titles}
        self._record(message(self.id, self.user, MessageClass.BROADCAST, "policy", at, {"texts": texts}, batch=policy.id))

    def end(self, state: Outcome, reason: str | None = None) -> None:
        """The bot says what became of it."""
        self.state, self.reason = state, reason


class Notice(Aggregate):
    """A message to a worker about a case; its id is the event's, so that a repeated event makes no second one."""

    state: str = "requested"

    @classmethod
    def of(cls, request: MessageRequested) -> "Notice":
        """A message that is asked for."""
        notice = cls(id=request.message)
        notice._record(request)
        return notice

    def end(self, state: Outcome) -> None:
        """The bot says what became of it."""
        self.state = state


def message(
    id: str,
    user: str,
    kind: MessageClass,
    template: str,
    at: datetime,
    values: dict[str, Any],
    **more: Any,
) -> MessageRequested:
    """A request to the bot."""
    return MessageRequested(at=at, message=id, user=user, message_class=kind, template=template, values=values, **more)
