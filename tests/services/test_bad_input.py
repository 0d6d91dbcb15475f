"""What is wrong gets a clear answer that names the field and the reason, and changes nothing."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData

from tests.support.park import Chat, Park

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


async def post(chat: Chat, **message: Any) -> tuple[int, Any]:
    async with chat.client.post(
        "/bot/chat/messages", json=message, headers=chat.headers | {"Accept-Language": "zh-CN"}
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def send_file(chat: Chat, data: Any, name: str, id: str = "f1", **more: str) -> tuple[int, Any]:
    form = FormData()
    form.add_field("id", id)
    for field, value in more.items():
        form.add_field(field, value)
    form.add_field("file", data, filename=name)
    async with chat.client.post("/bot/chat/messages", data=form, headers=chat.headers | {"Accept-Language": "zh-CN"}) as answer:
        return answer.status, await answer.json(content_type=None)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"id": "1", "text": "字" * 100_000}, "text"), ({"id": "1", "text": ""}, "text"), ({"id": "1", "text": "  \n"}, "text"),
        ({"id": "1"}, "body"), ({"id": "1", "text": "a", "choice": "b"}, "body"), ({"text": "a"}, "id"), ({"id": "../x", "text": "a"}, "id"),
        ({"id": "1", "text": 5}, "text"), ({"id": "1", "text": "a", "colour": "red"}, "colour"), ({"id": "1", "choice": "x" * 500}, "choice"),
    ],
)  # fmt: skip
async def test_a_wrong_message_names_the_field_and_is_not_kept(park: Park, message: dict[str, Any], field: str) -> None:
    chat = await park.chat()
    status, problem = await post(chat, **message)
    assert status == 422
    assert problem["errors"][0]["field"] == field
    assert problem["detail"]
    assert await chat.read(wait=0) == []
    assert await park.work("bot").inbox.waiting() == []


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"\xff\xfe", b'{"id":"1","text":"\\ud800"}'])
async def test_broken_json_is_refused(park: Park, body: bytes) -> None:
    chat = await park.chat()
    async with park.client.post(
        "/bot/chat/messages", data=body, headers=chat.headers | {"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    "text", ["🍁🍁🍁", "\u202eright to left\u202c", "\u200b\u200d", "a\u0000b", "<img src=x onerror=alert(1)>", "𠮷野家欠薪"]
)
async def test_strange_but_real_text_is_taken_in_and_echoed_as_it_is(park: Park, text: str) -> None:
    chat = await park.chat()
    lines = await chat.write(text)
    assert lines[0]["text"] == text


async def test_a_repeated_id_changes_nothing(park: Park) -> None:
    chat = await park.chat()
    for _ in range(5):
        status, _ = await post(chat, id="same", text="公司拖欠我两个月工资,一共13600元")
        assert status == 202
    await park.quiet()
    await chat.read(wait=0)
    assert [line["from"] for line in chat.lines].count("me") == 1


async def test_two_tabs_at_once_keep_one_order(park: Park) -> None:
    import asyncio

    chat = await park.chat()
    results = await asyncio.gather(*(post(chat, id=f"t{n}", text=f"第{n}句") for n in range(20)))
    assert {status for status, _ in results} == {202}
    await park.quiet()
    await chat.read(wait=0)
    mine = [line for line in chat.lines if line["from"] == "me"]
    assert len({line["id"] for line in mine}) == len(mine) == 20
    assert [line["seq"] for line in chat.lines] == list(range(1, len(chat.lines) + 1))


async def test_a_photo_is_kept_and_only_this_chat_gets_it(park: Park) -> None:
    chat, other = await park.chat(), await park.chat()
    status, _ = await send_file(chat, PNG, "工资条.png", text="工资被拖欠")
    assert status == 202
    await chat.read()
    sha256 = next(line for line in chat.lines if line["from"] == "me")["attachments"][0]["sha256"]
    async with park.client.get(f"/bot/chat/files/{sha256}", headers=chat.headers) as answer:
        assert (answer.status, await answer.read()) == (200, PNG)
    async with park.client.get(f"/bot/chat/files/{sha256}", headers=other.headers) as answer:
        assert answer.status == 404


async def test_a_zip_that_calls_itself_a_photo_is_refused(park: Park) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x" * 1000)
    chat = await park.chat()
    status, problem = await send_file(chat, packed.getvalue(), "photo.jpg")
    assert (status, problem["errors"][0]["field"]) == (422, "file")
    status, problem = await send_file(chat, PNG, "photo.jpg")
    assert (status, problem["errors"][0]["reason"]) == (422, "content is not what its name says")
    assert await chat.read(wait=0) == []


async def test_two_hundred_megabytes_are_refused_without_being_read(park: Park) -> None:
    chat = await park.chat()

    async def endless() -> AsyncIterator[bytes]:
        yield PNG
        for _ in range(200):
            yield b"\0" * 1024 * 1024

    status, problem = await send_file(chat, endless(), "big.png")
    assert (status, problem["errors"][0]["field"]) == (413, "file")
    kept = [path for path in (park.folder / "files").rglob("*") if path.is_file()]
    assert kept == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("answers", {"text": ""}), ("answers", {"text": "x" * 5001}), ("answers", {}), ("answers", {"text": 1}),
        ("mediations", {"held_on": "yesterday", "parties": "a", "offer": "b"}), ("mediations", {"held_on": "2999-01-01", "parties": "a", "offer": "b"}),
        ("settlement", {"amounts": ["-5"], "due_on": ["2030-01-01"]}), ("settlement", {"amounts": ["1", "2"], "due_on": ["2030-01-01"]}),
        ("settlement", {"amounts": [], "due_on": []}), ("referral", {"to": "moon", "text": "x"}), ("assignment", {"staff": "nobody"}),
    ],
)  # fmt: skip
async def test_a_wrong_command_names_the_field_and_changes_nothing(park: Park, path: str, body: dict[str, Any]) -> None:
    chat = await park.chat()
    number = await chat.report()
    await park.quiet()
    owner = (await park.case(number)).owner
    await park.act(owner, "POST", f"/grievances/cases/{number}/take")
    before = (await park.case(number)).version
    status, problem = await park.act(
        owner if path != "assignment" else "chen", "POST", f"/grievances/cases/{number}/{path}", body
    )
    assert status == 422, problem
    assert problem["errors"][0]["field"]
    assert (await park.case(number)).version == before


async def test_a_page_that_is_not_there_says_so_in_the_readers_language(park: Park) -> None:
    async with park.client.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "en"}) as answer:
        assert (answer.status, "Not found" in await answer.text()) == (404, True)
    async with park.client.get("/grievances/nowhere", headers={"Accept": "application/json"}) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
