"""Who may call what: every route, walked with every role; and places in the tree that are not one's own."""

from typing import Any

import pytest
from aiohttp import web

from shared.contracts.values import Role
from shared.web.routes import Route
from tests.support.park import STAFF, Park

OPEN_TO_ALL = {
    ("POST", "/bot/chat/sessions"), ("GET", "/bot/chat"), ("POST", "/registry/sign-in"), ("POST", "/registry/welcome"),
    ("POST", "/registry/demo-sign-in"), ("POST", "/registry/language"), ("GET", "/registry/sign-in"), ("GET", "/registry/welcome/{key}"),
}  # fmt: skip
UNDECLARED = {"/", "/healthz", "/readyz", "/metrics", "/static", "/bot/static"}
BY_ROLE = {role: login for login, (_, role, path) in reversed(STAFF.items()) if login != "far" for _ in [path]}


def routes_of(park: Park) -> list[tuple[str, str, Route | None]]:
    found = []
    for resource in park.parts.app.router.resources():
        subapp = getattr(resource, "_app", None)
        if subapp is None:
            found.append(("GET", resource.canonical, None))
            continue
        routes = [route for route in subapp.router.routes() if route.method != "HEAD" and route.resource]
        found += [(route.method, route.resource.canonical, getattr(route.handler, "route", None)) for route in routes]
    return found


def address(path: str) -> str:
    for name, value in {
        "number": "7K3M-9QXT-2A",
        "id": "p-0000000000000000",
        "login": "wang",
        "index": "0",
        "sha256": "0" * 64,
        "letter": "x",
        "key": "x",
    }.items():
        path = path.replace("{" + name + "}", value)
    return path


async def test_every_route_declares_who_may_call_it(park: Park) -> None:
    for method, path, route in routes_of(park):
        assert route is not None or path in UNDECLARED, f"{method} {path} declares nothing"


async def test_what_is_open_to_all_is_known_by_name(park: Park) -> None:
    public = {(method, path) for method, path, route in routes_of(park) if route and route.access.kind == "public"}
    assert public == OPEN_TO_ALL


async def test_without_a_session_every_other_route_says_401(park: Park) -> None:
    for method, path, route in routes_of(park):
        if route and route.access.kind != "public":
            async with park.client.request(method, address(path), json={}, allow_redirects=False) as answer:
                assert answer.status == 401, f"{method} {path}: {answer.status}"


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_that_a_route_does_not_name_is_refused_there(park: Park, role: Role) -> None:
    login = BY_ROLE[role]
    for method, path, route in routes_of(park):
        if route and route.access.kind == "staff" and "live" not in path:
            async with park.client.request(
                method, address(path), json={}, headers=park.headers(login), allow_redirects=False
            ) as answer:
                if path == "/registry/sign-out":
                    continue
                allowed = role in route.access.roles
                assert (answer.status == 403) != allowed, f"{role} {method} {path}: {answer.status}"
                assert answer.status < 500, f"{role} {method} {path}: {answer.status}"


async def test_a_caseworker_of_another_place_does_not_see_that_a_case_exists(park: Park) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    for method, path in (
        ("GET", f"/grievances/cases/{number}"),
        ("GET", f"/grievances/api/cases/{number}"),
        ("POST", f"/grievances/cases/{number}/take"),
    ):
        status, _ = await park.act("far", method, path)
        assert status == 404
    _, queue = await park.act("far", "GET", "/grievances/api/queue?view=all")
    assert queue["cases"] == []


async def test_a_chat_is_closed_to_every_other_token(park: Park) -> None:
    one, two = await park.chat(), await park.chat()
    await one.write("公司拖欠我两个月工资")
    for token in ("", "x", one.user, two.token[:-1], one.token + "x"):
        async with park.client.get("/bot/chat/messages", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 401
    await two.read(wait=0)
    assert "拖欠" not in two.said()


async def test_a_forged_or_changed_session_is_nobody(park: Park) -> None:
    import jwt

    good = park.headers("wang")["Authorization"].removeprefix("Bearer ")
    head, body, signature = good.split(".")
    forged = jwt.encode(
        {"sub": "admin", "name": "x", "grants": [], "sid": "", "iat": 0, "exp": 9e9}, "secret" * 8, algorithm="HS256"
    )
    none = jwt.encode({"sub": "admin", "name": "x", "grants": [], "sid": "", "iat": 0, "exp": 9e9}, None, algorithm="none")
    for token in (forged, none, f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body[:-2]}AA.{signature}", "x.y.z"):
        async with park.client.get("/grievances/api/queue", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403), ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 404), ({}, 404),
    ],
)  # fmt: skip
async def test_another_sites_form_can_not_act_with_our_cookie(park: Park, headers: dict[str, str], status: int) -> None:
    token = park.headers("wang")["Authorization"].removeprefix("Bearer ")
    cookie = {"Cookie": f"fengqiao_session={token}"}
    async with park.client.post("/grievances/cases/7K3M-9QXT-2A/take", headers=cookie | headers) as answer:
        assert answer.status == status


async def test_demo_sign_in_is_closed_without_a_demo(park: Park) -> None:
    async with park.client.post("/registry/demo-sign-in", json={"login": "wang"}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"])
async def test_signing_in_never_leads_to_another_host(park: Park, place: str) -> None:
    from services.registry.api import local

    assert local(place) == "/registry/home"
    assert isinstance(park.parts.app, web.Application)


async def test_personal_data_are_nowhere_in_the_clear(park: Park, capfd: Any) -> None:
    from tests.support.rosters import imported, row

    await imported(park, [row(1, phone="13912345678", name="欧阳某某")])
    chat = await park.chat()
    for said in (
        "公司拖欠我两个月工资,一共13600元,我叫欧阳某某",
        "宏盛建筑",
        "只让处理人知道",
        "欧阳某某",
        "13912345678",
        "提交",
        "我的电话 13912345678",
    ):
        await chat.write(said)
    await park.quiet()
    async with park.client.get("/metrics") as answer:
        metrics = await answer.text()
    files = b"".join(path.read_bytes() for path in park.folder.glob("fengqiao.db*"))
    logs = "".join(capfd.readouterr())
    for secret in ("13912345678", "欧阳某某"):
        assert secret.encode() not in files
        assert secret not in metrics
        assert secret not in logs
