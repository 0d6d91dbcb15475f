"""The console's pages for policies."""

from typing import Any

from aiohttp import web

from services.notifications.api import PUBLISHING, AudienceQuery, PolicyId, count, own_policy, work_of
from services.notifications.domain.policy import MAY
from shared.contracts.values import Category, EmploymentForm, Role
from shared.web.keys import BY
from shared.web.live import stream
from shared.web.routes import Page, Routes

routes = Routes("notifications")


def _offers(request: web.Request) -> dict[str, Any]:
    work, by = work_of(request), request[BY]
    unions = {path: name for path, name in sorted(work.unions.items()) if by.reaches(path, Role.PUBLISHER)}
    return {
        "unions": unions,
        "grids": sorted(work.grids - {""}),
        "forms": list(EmploymentForm),
        "categories": list(Category),
    }


@routes.page("/policies", PUBLISHING)
async def policies(request: web.Request) -> Page:
    work = work_of(request)
    found = await work.policies.of(request[BY])
    rows = [(policy, await work.recipients.figures(policy.id)) for policy in found]
    return Page("policies.html", {"rows": rows})


@routes.page("/new-policy", PUBLISHING)
async def new_policy(request: web.Request) -> Page:
    return Page("policy_form.html", _offers(request) | {"policy": None})


@routes.page("/policies/{id}/change", PUBLISHING)
async def change_policy(request: web.Request, id: PolicyId) -> Page:
    return Page("policy_form.html", _offers(request) | {"policy": await own_policy(request, id)})


@routes.page("/audience", PUBLISHING)
async def audience(request: web.Request, query: AudienceQuery) -> Page:
    counted = await count(request, query)
    return Page("audience.html", {"counted": counted})


@routes.page("/policies/{id}", PUBLISHING)
async def policy(request: web.Request, id: PolicyId) -> Page:
    return Page("policy.html", await _policy(request, id))


@routes.page("/policies/{id}/figures", PUBLISHING)
async def figures(request: web.Request, id: PolicyId) -> Page:
    return Page("policy_figures.html", await _policy(request, id))


async def _policy(request: web.Request, id: str) -> dict[str, Any]:
    work = work_of(request)
    found = await own_policy(request, id)
    members, reachable = await work.members.count(found.audience) if found.stage == "draft" else (0, 0)
    return {
        "policy": found,
        "figures": await work.recipients.figures(id),
        "members": members,
        "reachable": reachable,
        "union": work.unions.get(found.audience.union_path, found.audience.union_path),
        "actions": {action: found.why_not(action) for action in MAY},
    }


@routes.get("/live", PUBLISHING, page=True)
async def live(request: web.Request) -> web.StreamResponse:
    """Tells the page that figures changed; a note names a policy and nothing else."""
    return await stream(request, work_of(request).live, lambda _: True)
