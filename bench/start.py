"""From `fengqiao up` to the first answered chat message, and the memory that it takes."""

from time import perf_counter

import aiohttp
import psutil

from bench.common import emit, median, scratch


async def first_answer(*, full: bool) -> None:
    """On a folder that has been used before."""
    times, memory = [], 0.0
    async with scratch() as program:
        for _ in range(7 if full else 4):
            begun = perf_counter()
            await program.start()
            async with aiohttp.ClientSession() as session:
                async with session.post(f"{program.base}/bot/chat/sessions", json={}) as answer:
                    token = (await answer.json())["token"]
                bearer = {"Authorization": f"Bearer {token}"}
                async with session.post(f"{program.base}/bot/chat/messages", json={"id": "1", "text": "你好"}, headers=bearer):
                    pass
                async with session.get(f"{program.base}/bot/chat/messages?after=2&wait=5", headers=bearer) as answer:
                    assert (await answer.json())["messages"]
            times.append(perf_counter() - begun)
            assert program.process
            memory = max(memory, psutil.Process(program.process.pid).memory_info().rss / 1e6)
            program.stop()
    emit("start", median(times), "s", n=len(times), goal=3.0, resident_mb=round(memory, 1), goal_mb=150)
