"""What every bus promises. An adapter's test class inherits this and gives a `bus`."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.contracts.topics import Topic
from shared.ports.bus import Bus, Delivered, Record, Subscription

TOPICS = (Topic("orders", 4), Topic("others", 1))


async def take(subscription: Subscription, count: int) -> list[Delivered]:
    found: list[Delivered] = []
    for _ in range(200):
        found += await subscription.poll(100, at_most=0.1)
        if len(found) >= count:
            return found
    raise AssertionError(f"{len(found)} of {count} came")


def last_places(records: Sequence[Delivered]) -> dict[tuple[str, int], int]:
    return {(record.topic, record.partition): record.position for record in records}


class BusContract:
    async def test_a_new_group_reads_from_the_beginning(self, bus: Bus) -> None:
        await bus.publish([Record("orders", "k", b"1"), Record("orders", "k", b"2")])
        subscription = await bus.subscribe("g", ["orders"])
        assert [record.value for record in await take(subscription, 2)] == [b"1", b"2"]
        await subscription.close()

    async def test_records_of_one_key_keep_their_order_and_partition(self, bus: Bus) -> None:
        for n in range(100):
            await bus.publish([Record("orders", f"k{n % 7}", f"{n}".encode())])
        subscription = await bus.subscribe("g", ["orders"])
        found = await take(subscription, 100)
        for key in range(7):
            mine = [record for record in found if record.key == f"k{key}"]
            assert [int(record.value) for record in mine] == sorted(int(record.value) for record in mine)
            assert len({record.partition for record in mine}) == 1
        await subscription.close()

    async def test_a_backlog_larger_than_a_poll_comes_whole_without_another_publish(self, bus: Bus) -> None:
        for start in range(0, 310, 31):
            await bus.publish([Record("orders", f"k{n}", b"x") for n in range(start, start + 31)])
        await bus.publish([Record("others", "k", b"y")])
        subscription = await bus.subscribe("g", ["orders", "others"])
        found: list[Delivered] = []
        for _ in range(200):
            found += await subscription.poll(100, at_most=0.1)
            if len(found) == 311:
                break
        assert len(found) == 311
        await subscription.close()

    async def test_each_group_gets_everything(self, bus: Bus) -> None:
        one, two = await bus.subscribe("one", ["orders"]), await bus.subscribe("two", ["orders"])
        await bus.publish([Record("orders", "k", b"x")])
        assert len(await take(one, 1)) == len(await take(two, 1)) == 1
        await one.close()
        await two.close()

    async def test_only_the_asked_for_topics_come(self, bus: Bus) -> None:
        await bus.publish([Record("orders", "k", b"x"), Record("others", "k", b"y")])
        subscription = await bus.subscribe("g", ["others"])
        assert [record.value for record in await take(subscription, 1)] == [b"y"]
        await subscription.close()

    async def test_what_is_committed_does_not_come_again_and_the_rest_does(self, bus: Bus) -> None:
        await bus.publish([Record("others", "k", f"{n}".encode()) for n in range(10)])
        first = await bus.subscribe("g", ["others"])
        found = await take(first, 10)
        await first.commit({("others", 0): found[5].position})
        await first.close()
        second = await bus.subscribe("g", ["others"])
        assert [record.value for record in await take(second, 4)] == [b"6", b"7", b"8", b"9"]
        await second.close()

    async def test_partitions_are_committed_apart_from_one_another(self, bus: Bus) -> None:
        await bus.publish([Record("orders", f"k{n}", f"{n}".encode()) for n in range(40)])
        first = await bus.subscribe("g", ["orders"])
        found = await take(first, 40)
        places = last_places(found)
        kept_back = found[0].partition
        await first.commit({place: position for place, position in places.items() if place[1] != kept_back})
        await first.close()
        second = await bus.subscribe("g", ["orders"])
        again = await take(second, sum(record.partition == kept_back for record in found))
        assert {record.partition for record in again} == {kept_back}
        await second.close()

    async def test_lag_is_what_is_not_committed(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", ["orders"])
        await bus.publish([Record("orders", f"k{n}", b"x") for n in range(20)])
        found = await take(subscription, 20)
        assert await subscription.lag() == 20
        await subscription.commit(last_places(found))
        assert await subscription.lag() == 0
        await subscription.close()

    async def test_a_waiting_poll_is_woken_by_a_publish(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", ["orders"])
        await subscription.poll(10, at_most=0.01)
        waiting = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0.02)
        await bus.publish([Record("orders", "k", b"x")])
        found = await asyncio.wait_for(waiting, 5)
        assert found[0].value == b"x"
        await subscription.close()

    async def test_a_rewound_group_starts_over(self, bus: Bus) -> None:
        await bus.publish([Record("orders", "k", b"x")])
        first = await bus.subscribe("g", ["orders"])
        await first.commit(last_places(await take(first, 1)))
        await first.close()
        await bus.rewind("g")
        second = await bus.subscribe("g", ["orders"])
        assert len(await take(second, 1)) == 1
        await second.close()

    async def test_creating_topics_again_changes_nothing(self, bus: Bus) -> None:
        await bus.publish([Record("orders", "k", b"x")])
        await bus.create(TOPICS)
        subscription = await bus.subscribe("g", ["orders"])
        assert len(await take(subscription, 1)) == 1
        await subscription.close()

    async def test_members_of_one_group_share_the_partitions(self, bus: Bus) -> None:
        one, two = await bus.subscribe("g", ["orders"]), await bus.subscribe("g", ["orders"])
        await bus.publish([Record("orders", f"k{n}", b"x") for n in range(40)])
        found = [record for _ in range(5) for member in (one, two) for record in await member.poll(100, at_most=0.05)]
        assert len(found) == 40
        assert pytest.approx(40) == len({(record.partition, record.position) for record in found})
