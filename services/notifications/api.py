"""The HTTP API of notifications. The console's forms come in by the same routes."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.notifications.domain.policy import Policy, Stage
from services.notifications.handlers import Work
from shared.contracts.values import Audience, Category, EmploymentForm, Language, Moment, Role, UnionPath
from shared.kernel.errors import NotAllowed, NotFound
from shared.web.access import staff
from shared.web.keys import BY, KEY, WORK
from shared.web.routes import Routes, command_key

PUBLISHING = staff(Role.PUBLISHER)
POLICY_PAGE = "/notifications/policies/{id}"

routes = Routes("notifications")

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3000)]
PolicyId = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{16}$")]


class PolicyIn(BaseModel):
    """A policy in one or both languages, and whom it concerns."""

    model_config = ConfigDict(extra="forbid")

    title_zh: Title
    body_zh: Words
    title_en: Title | None = None
    body_en: Words | None = None
    union_path: UnionPath = "/"
    grids: list[Annotated[str, StringConstraints(max_length=100)]] = Field(default_factory=list, max_length=200)
    forms: list[EmploymentForm] = Field(default_factory=list, max_length=10)
    categories: list[Category] = Field(default_factory=list, max_length=20)

    def audience(self) -> Audience:
        """Whom it concerns."""
        return Audience(
            union_path=self.union_path,
            grids=tuple(self.grids),
            forms=tuple(self.forms),
            categories=tuple(self.categories),
        )

    def texts(self) -> tuple[dict[Language, str], dict[Language, str]]:
        """Titles and bodies; a missing English one is the Chinese one."""
        titles = {Language.ZH: self.title_zh, Language.EN: self.title_en or self.title_zh}
        return titles, {Language.ZH: self.body_zh, Language.EN: self.body_en or self.body_zh}


class AudienceQuery(BaseModel):
    """Whom a policy would concern."""

    union_path: UnionPath = "/"
    grids: list[Annotated[str, StringConstraints(max_length=100)]] = Field(default_factory=list)
    forms: list[EmploymentForm] = Field(default_factory=list)
    categories: list[Category] = Field(default_factory=list)


class CountOut(BaseModel):
    """Exactly how many members fit, and how many of them can be reached by chat."""

    members: int
    reachable: int


class PolicyOut(BaseModel):
    """A policy and its figures: they add up to `recipients`."""

    id: str
    stage: Stage
    title: str
    recipients: int
    figures: dict[str, int]
    created_at: Moment


def work_of(request: web.Request) -> Work:
    """What the handlers work with."""
    work: Work = request.config_dict[WORK]
    return work


async def own_policy(request: web.Request, id: str) -> Policy:
    """The policy. Raises NotFound also where the asker doesn't publish."""
    policy = await work_of(request).policies.get(id)
    if not request[BY].reaches(policy.union_path, Role.PUBLISHER):
        raise NotFound("policies.not_found", id=id)
    return policy


async def _out(policy: Policy, work: Work) -> PolicyOut:
    return PolicyOut(
        id=policy.id, stage=policy.stage, title=policy.titles[Language.ZH], recipients=policy.recipients,
        figures=await work.recipients.figures(policy.id), created_at=policy.created_at,
    )  # fmt: skip


def _allow_audience(request: web.Request, path: UnionPath) -> None:
    if not request[BY].reaches(path, Role.PUBLISHER):
        raise NotAllowed("refused.policy.place")


@routes.get("/api/audience", PUBLISHING, "Count an audience before anything is sent")
async def count(request: web.Request, query: AudienceQuery) -> CountOut:
    _allow_audience(request, query.union_path)
    audience = Audience(
        union_path=query.union_path,
        grids=tuple(query.grids),
        forms=tuple(query.forms),
        categories=tuple(query.categories),
    )
    members, reachable = await work_of(request).members.count(audience)
    return CountOut(members=members, reachable=reachable)


@routes.post("/policies", PUBLISHING, "Write a policy", status=201, then=POLICY_PAGE, said="said.drafted")
async def draft(request: web.Request, body: PolicyIn) -> PolicyOut:
    _allow_audience(request, body.union_path)
    work, by = work_of(request), request[BY]
    titles, bodies = body.texts()
    policy = Policy(
        id=_id_for(request[KEY], by.id, work.clock.now()), titles=titles, bodies=bodies, audience=body.audience(),
        author=by.id, union_path=body.union_path, created_at=work.clock.now(),
    )  # fmt: skip
    if not await work.policies.add(policy):
        policy = await work.policies.get(policy.id)
    return await _out(policy, work)


def _id_for(key: str, author: str, now: datetime) -> str:
    """The same command gives the same id: a repetition finds the policy there."""
    seed = f"{author}/{key}" if key else f"{author}/{now.isoformat()}"
    return "p-" + hashlib.sha256(seed.encode()).hexdigest()[:16]


@routes.get("/api/policies/{id}", PUBLISHING, "One policy with its figures")
async def policy_by_id(request: web.Request, id: PolicyId) -> PolicyOut:
    return await _out(await own_policy(request, id), work_of(request))


async def _change(request: web.Request, id: str, action: Callable[[Policy, datetime], None]) -> PolicyOut:
    work = work_of(request)
    await own_policy(request, id)
    at = work.clock.now()
    await work.policies.change(id, lambda policy: action(policy, at), key=command_key(request), at=at)
    work.live.tell("policy", {"policy": id})
    return await _out(await work.policies.get(id), work)


@routes.post("/policies/{id}/edit", PUBLISHING, "Change a draft", then=POLICY_PAGE, said="said.saved")
async def edit(request: web.Request, id: PolicyId, body: PolicyIn) -> PolicyOut:
    _allow_audience(request, body.union_path)
    titles, bodies = body.texts()
    return await _change(request, id, lambda policy, _: policy.edit(titles, bodies, body.audience()))


@routes.post("/policies/{id}/send", PUBLISHING, "Send to the audience as it is now", then=POLICY_PAGE, said="said.sending")
async def send(request: web.Request, id: PolicyId) -> PolicyOut:
    policy = await own_policy(request, id)
    _, reachable = await work_of(request).members.count(policy.audience)
    return await _change(request, id, lambda policy, at: policy.send(reachable, at))


@routes.post("/policies/{id}/pause", PUBLISHING, "Stop in the middle", then=POLICY_PAGE, said="said.paused")
async def pause(request: web.Request, id: PolicyId) -> PolicyOut:
    return await _change(request, id, lambda policy, at: policy.pause(at))


@routes.post("/policies/{id}/resume", PUBLISHING, "Go on", then=POLICY_PAGE, said="said.sending")
async def resume(request: web.Request, id: PolicyId) -> PolicyOut:
    return await _change(request, id, lambda policy, at: policy.resume(at))


@routes.post("/policies/{id}/cancel", PUBLISHING, "End without the rest", then=POLICY_PAGE, said="said.cancelled")
async def cancel(request: web.Request, id: PolicyId) -> PolicyOut:
    return await _change(request, id, lambda policy, _: policy.cancel())
