"""Rosters for tests."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import FormData

from shared.kernel.identity_numbers import citizen_check
from tests.support.park import Park

HEADER = "姓名,身份证号,手机,单位,用工形式,会籍"


def citizen(number: int) -> str:
    """A valid identity number."""
    body = f"3211021990{number // 28 % 12 + 1:02d}{number % 28 + 1:02d}{number // 336 % 1000:03d}"
    return body + citizen_check(body)


def row(number: int, *, phone: str = "", firm: str = "镇江宏盛建筑有限公司", id_number: str = "", name: str = "") -> str:
    """A good row unless something else is said."""
    return f"{name or f'工人{number}'},{id_number or citizen(number)},{phone},{firm},合同工,会员"


async def upload(park: Park, data: bytes, login: str = "liu", name: str = "roster.csv") -> tuple[int, Any]:
    """Uploads a file as a roster."""
    form = FormData()
    form.add_field("file", data, filename=name, content_type="text/csv")
    async with park.client.post(
        "/registry/rosters", data=form, headers=park.headers(login) | {"Accept-Language": "zh-CN"}, allow_redirects=False
    ) as answer:
        if answer.status == 303:
            return 303, answer.headers["Location"].rpartition("/")[2]
        return answer.status, await answer.json(content_type=None)


async def imported(park: Park, rows: Sequence[str], *, header: str = HEADER, encoding: str = "utf-8") -> Any:
    """Imports rows and returns the finished roster."""
    status, id = await upload(park, "\n".join([header, *rows]).encode(encoding))
    assert status == 303, id
    return await finished(park, id)


async def finished(park: Park, id: str) -> Any:
    """The roster once its import is over."""
    for _ in range(3000):
        roster = await park.work("registry").rosters.get(id)
        if roster.state != "running":
            await park.quiet()
            return roster
        await asyncio.sleep(0.02)
    raise AssertionError("the import never ended")
