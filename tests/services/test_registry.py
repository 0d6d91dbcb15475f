"""Rosters, accounts and signing in."""

import asyncio

import pytest

from services.registry import handlers
from shared.contracts.values import Grant, Role
from tests.support.park import Park, running_park
from tests.support.rosters import HEADER, citizen, finished, imported, row, upload


async def test_a_roster_is_counted_truly_and_each_bad_row_has_its_reason(park: Park) -> None:
    rows = [
        row(1), row(2, phone="13900000002"), row(3, id_number="110105194912310021"), row(1, name="又是一"), row(4, firm="没有的公司"),
        row(5, phone="123"), "=1+1," + row(6).partition(",")[2], ",".join(["", citizen(7), "", "镇江宏盛建筑有限公司", "", ""]), row(8, name="名" * 300),
    ]  # fmt: skip
    roster = await imported(park, rows)
    assert (roster.state, roster.rows, roster.added, roster.rejected) == ("done", 9, 2, 7)
    reasons = {(item.row, item.field, item.reason) for item in roster.rejections}
    assert reasons == {
        (4, "citizen_id", "roster.citizen_id"), (5, "citizen_id", "roster.duplicate"), (6, "employer", "roster.employer"),
        (7, "phone", "roster.phone"), (8, "name", "roster.formula"), (9, "name", "roster.empty"), (10, "name", "roster.too_long"),
    }  # fmt: skip


async def test_run_twice_it_changes_nothing(park: Park) -> None:
    rows = [row(n, phone=f"139{n:08d}") for n in range(300)]
    first = await imported(park, rows)
    log = len(await park.work("registry").workers.where(limit=1000))
    second = await imported(park, rows)
    assert (first.added, second.added, second.changed, second.same) == (300, 0, 0, 300)
    assert len(await park.work("registry").workers.where(limit=1000)) == log == 300
    workers = await park.work("registry").workers.where(limit=1000)
    assert {worker.sequence for worker in workers} == {1}


async def test_only_what_is_different_is_changed(park: Park) -> None:
    await imported(park, [row(1), row(2)])
    again = await imported(park, [row(1, phone="13900000001"), row(2)])
    assert (again.changed, again.same) == (1, 1)
    await park.quiet()
    member = await park.work("grievances").cases.store.find("members", limit=10)
    assert sum("phone_index" in found.body for found in member) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_encodings_that_spreadsheets_write_are_read(park: Park, encoding: str) -> None:
    assert (await imported(park, [row(1, name="张䶮")], encoding=encoding)).added == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("姓名,手机\n张三,139\n".encode(), "身份证号"),
        (b"PK\x03\x04zip", "CSV"),
        (b"\xff\xfe\x00\x01" * 10, "UTF-8"),
        (b"\x00" * 100, "UTF-8"),
        (HEADER.encode("utf-16"), "UTF-8"),
        (b"a" * 200_000, "读不下去"),
    ],
)
async def test_a_file_that_is_no_roster_is_refused_with_a_sentence_and_imports_nothing(
    park: Park, data: bytes, says: str
) -> None:
    status, id = await upload(park, data)
    assert status == 303
    roster = await finished(park, id)
    assert (roster.state, roster.rows) == ("refused", 0)
    _, page = await park.act("liu", "GET", f"/registry/rosters/{id}", headers={"Accept-Language": "zh-CN"})
    assert says in page
    assert await park.work("registry").workers.store.count("workers") == 0


async def test_an_empty_file_is_refused_at_once(park: Park) -> None:
    status, out = await upload(park, b"")
    assert (status, out["errors"][0]["field"]) == (422, "file")


async def test_a_registrar_imports_only_into_their_own_place(tmp_path: object) -> None:
    from pathlib import Path

    async with running_park(Path(str(tmp_path)) / "d") as park:
        work = park.work("registry")
        roster = await imported(park, [row(1)])
        roster.union_path, roster.state, roster.next_row, roster.id = "/city/other/", "running", 0, "r-other"
        roster._version = 0
        await work.rosters.save(roster)
        from services.registry.importer import import_roster

        await import_roster(roster, work)
        assert roster.rejections[-1].reason == "roster.place"


async def test_an_import_that_is_killed_goes_on_and_counts_every_row_once(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "d"
    async with running_park(folder) as park:
        _, id = await upload(park, "\n".join([HEADER, *(row(n) for n in range(2000))]).encode())
        while (await park.work("registry").rosters.get(id)).next_row == 0:
            await asyncio.sleep(0.005)
    async with running_park(folder) as park:
        roster = await finished(park, id)
        assert (roster.rows, roster.added, roster.changed, roster.same, roster.rejected) == (2000, 2000, 0, 0, 0)
        assert await park.work("registry").workers.store.count("workers") == 2000


async def test_the_first_account_is_made_by_the_one_time_link_which_works_once(tmp_path: object) -> None:
    from pathlib import Path

    async with running_park(Path(str(tmp_path)) / "d", people=False) as park:
        key = await handlers.issue_welcome(park.work("registry"))
        body = {"key": key, "login": "boss", "name": "管理员", "password": "correct horse"}
        async with park.client.post("/registry/welcome", json=body | {"password": "short"}) as answer:
            assert (answer.status, (await answer.json())["errors"][0]["field"]) == (422, "password")
        async with park.client.post("/registry/welcome", json=body | {"key": "wrong"}) as answer:
            assert answer.status == 409
        async with park.client.post("/registry/welcome", json=body) as answer:
            assert (answer.status, (await answer.json())["staff"]) == (200, "boss")
        async with park.client.post("/registry/welcome", json=body) as answer:
            assert answer.status == 409
        async with park.client.post("/registry/sign-in", json={"login": "boss", "password": "correct horse"}) as answer:
            token = (await answer.json())["token"]
        async with park.client.get("/registry/staff", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 200


async def test_too_many_wrong_passwords_pause_the_account(park: Park) -> None:
    work = park.work("registry")
    await handlers.open_account("victim", "受害", "correct horse", [Grant(role=Role.OPERATOR, path="/")], by=None, work=work)
    for _ in range(10):
        async with park.client.post("/registry/sign-in", json={"login": "victim", "password": "guess"}) as answer:
            assert answer.status == 409
    async with park.client.post("/registry/sign-in", json={"login": "victim", "password": "correct horse"}) as answer:
        assert "15" in (await answer.json())["detail"]
    await park.pass_time(minutes=16)
    async with park.client.post("/registry/sign-in", json={"login": "victim", "password": "correct horse"}) as answer:
        assert answer.status == 200


async def test_signing_out_voids_the_session_in_every_service(park: Park) -> None:
    headers = park.headers("wang")
    async with park.client.get("/grievances/api/queue", headers=headers) as answer:
        assert answer.status == 200
    async with park.client.post("/registry/sign-out", headers=headers, allow_redirects=False):
        pass
    await park.quiet()
    for path in ("/grievances/api/queue", "/registry/home"):
        async with park.client.get(path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 401


async def test_nobody_gives_a_role_beyond_their_own_place(park: Park) -> None:
    body = {"login": "spy", "name": "间谍", "password": "correct horse", "role": "supervisor", "path": "/"}
    status, _ = await park.act("liu", "POST", "/registry/staff", body)
    assert status == 409
    assert await park.work("registry").accounts.find("spy") is None


async def test_a_repeated_command_makes_one_account_union_and_firm(park: Park) -> None:
    commands = (
        ("staff", {"login": "newcomer", "name": "新人", "password": "correct horse", "role": "caseworker", "path": "/city/"}),
        ("unions", {"id": "u9", "name": "新工会", "tier": "enterprise", "parent": "park"}),
        ("employers", {"name": "新厂", "credit_code": "91350100M000100Y43", "union": "u1"}),
    )
    for path, body in commands:
        made = [await park.act("liu", "POST", f"/registry/{path}", body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
        assert made[0] == made[1]
        assert made[0][0] == 201
        status, _ = await park.act("liu", "POST", f"/registry/{path}", body)
        assert status == 422


async def test_an_account_gets_another_role_and_its_old_sessions_are_void(park: Park) -> None:
    old = park.headers("li")
    status, _ = await park.act("liu", "POST", "/registry/staff/li/role", {"role": "supervisor", "path": "/city/district/"})
    assert status == 204
    await park.quiet()
    async with park.client.get("/grievances/api/queue", headers=old) as answer:
        assert answer.status == 401
    account = park.work("grievances").directory.staff["li"]
    assert [(grant.role, grant.path) for grant in account.grants] == [("supervisor", "/city/district/")]
    status, _ = await park.act("liu", "POST", "/registry/staff/li/role", {"role": "supervisor", "path": "/"})
    assert status == 409
