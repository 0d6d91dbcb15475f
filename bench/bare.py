"""The raw limit for `intake`: bare aiohttp handlers and loops that make the same durable writes and publishes.

No checks, no seals, no models, no retries, no order, no repeats noticed: the driver, its transactions in groups, and
dictionaries. Tables, indexes and the sizes of documents are the program's own.
"""

import asyncio
import queue
import sys
import threading
from typing import Any

import apsw
import orjson
import uvloop
from aiohttp import web

GROUP = 512
PUBLISH = "INSERT INTO bus_log (topic, partition, key, value) VALUES (?, ?, ?, ?)"
COMMIT = "INSERT INTO bus_positions VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE SET position = excluded.position"


class Writer:
    """One thread that commits what has gathered."""

    def __init__(self, path: str) -> None:
        self.queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.loop = asyncio.get_running_loop()
        self.path = path
        threading.Thread(target=self.run, daemon=True).start()

    def write(self, statement: str, rows: Any) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = self.loop.create_future()
        self.queue.put((statement, rows, future))
        return future

    def run(self) -> None:
        connection = apsw.Connection(self.path)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000")
        while True:
            group = [self.queue.get()]
            while len(group) < GROUP and not self.queue.empty():
                group.append(self.queue.get())
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows, _ in group:
                connection.executemany(statement, rows)
            connection.execute("COMMIT")
            self.loop.call_soon_threadsafe(self.deliver, [future for _, _, future in group])

    @staticmethod
    def deliver(futures: list[Any]) -> None:
        for future in futures:
            future.set_result(None)


class Bare:
    """Handlers and loops."""

    def __init__(self, writer: Writer, bodies: dict[str, Any]) -> None:
        self.writer, self.bodies = writer, bodies
        self.tasks: set[asyncio.Task[None]] = set()
        self.done: list[str] = []

    async def submit(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        user = request.headers["Authorization"]
        inbox = orjson.dumps(self.bodies["inbox"] | {"user": user}).decode()
        await self.writer.write("INSERT INTO bot_inbox VALUES (?, 1, ?)", [(f"web:{user}:{body['id']}", inbox)])
        task = asyncio.create_task(self.take_in(user))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return web.json_response({"id": body["id"]}, status=202)

    async def take_in(self, user: str) -> None:
        conversation = orjson.dumps(self.bodies["conversation"] | {"id": user}).decode()
        await self.writer.write(
            "INSERT INTO bot_conversations VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            [(user, conversation)],
        )
        await self.writer.write(PUBLISH, [("bot.report", 0, user, orjson.dumps(self.bodies["reported"]))])
        case = orjson.dumps(self.bodies["case"] | {"id": user, "user": user}).decode()
        await self.writer.write("INSERT INTO grievances_cases VALUES (?, 1, ?)", [(user, case)])
        await self.writer.write(PUBLISH, [("grievances.case", 0, user, orjson.dumps(self.bodies["opened"]))])
        mine = orjson.dumps(self.bodies["my_case"] | {"user": user}).decode()
        await self.writer.write("INSERT INTO bot_my_cases VALUES (?, 1, ?)", [(user, mine)])
        self.done.append(user)

    async def clear(self) -> None:
        """Outboxes, inbox marks and positions, in batches, as the program does."""
        while True:
            await asyncio.sleep(0.2)
            done, self.done = self.done, []
            rows = [(user,) for user in done]
            for table in ("bot_conversations", "grievances_cases"):
                await self.writer.write(
                    f"UPDATE {table} SET body = json_remove(body, '$.outbox', '$.outbox_since') WHERE id = ?", rows
                )
            await self.writer.write("UPDATE bot_inbox SET body = json_remove(body, '$.waiting') WHERE id = ?", rows)
            await self.writer.write(COMMIT, [("bare", topic, 1) for topic in ("bot.report", "grievances.case")])


async def main() -> None:
    path, port, bodies = sys.argv[1:4]
    with open(bodies, "rb") as file:
        bare = Bare(Writer(path), orjson.loads(file.read()))
    app = web.Application()
    app.router.add_post("/bot/chat/messages", bare.submit)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(port)).start()
    await bare.clear()


if __name__ == "__main__":
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())
