"""What every store promises. An adapter's test class inherits this and gives a `store` with the collection `things`."""

import asyncio

import pytest

from shared.ports.store import Between, Collection, Conflict, Duplicate, Equal, Index, OneOf, Prefix, Store, keyset

THINGS = Collection(
    "things",
    (
        Index(("kind", "size")),
        Index(("due_at",), sparse=True),
        Index(("name",), unique=True, sparse=True),
        Index(("path",)),
        Index(("inner.place",), sparse=True),
    ),
)


class StoreContract:
    async def test_what_was_put_is_read_again_with_its_version(self, store: Store) -> None:
        assert await store.put("things", "a", {"text": "枫桥 🍁", "list": [1, {"deep": None}]}, expected=0) == 1
        found = await store.get("things", "a")
        assert found is not None
        assert (found.id, found.version, found.body) == ("a", 1, {"text": "枫桥 🍁", "list": [1, {"deep": None}]})

    async def test_what_is_not_there_is_none(self, store: Store) -> None:
        assert await store.get("things", "nobody") is None

    async def test_a_second_new_document_with_the_same_id_is_refused_and_changes_nothing(self, store: Store) -> None:
        await store.put("things", "a", {"n": 1}, expected=0)
        with pytest.raises(Conflict):
            await store.put("things", "a", {"n": 2}, expected=0)
        found = await store.get("things", "a")
        assert found is not None
        assert found.body == {"n": 1}

    async def test_of_many_writers_with_the_same_version_one_wins(self, store: Store) -> None:
        await store.put("things", "a", {"n": 0}, expected=0)
        results = await asyncio.gather(
            *(store.put("things", "a", {"n": n}, expected=1) for n in range(50)), return_exceptions=True
        )
        assert sum(result == 2 for result in results) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 49

    async def test_a_lost_race_leaves_other_writes_of_the_same_moment_alone(self, store: Store) -> None:
        await store.put("things", "a", {"n": 0}, expected=0)
        good = [store.put("things", f"g{n}", {"n": n}, expected=0) for n in range(20)]
        bad = [store.put("things", "a", {"n": 9}, expected=7) for _ in range(20)]
        results = await asyncio.gather(*(each for pair in zip(good, bad, strict=True) for each in pair), return_exceptions=True)
        assert results[::2] == [1] * 20
        assert await store.count("things") == 21

    async def test_a_unique_value_is_given_once(self, store: Store) -> None:
        await store.put("things", "a", {"name": "x"}, expected=0)
        with pytest.raises(Duplicate):
            await store.put("things", "b", {"name": "x"}, expected=0)
        await store.put("things", "c", {}, expected=0)
        await store.put("things", "d", {}, expected=0)
        assert await store.count("things") == 3

    async def test_put_new_writes_only_what_is_not_there(self, store: Store) -> None:
        await store.put("things", "a", {"n": 1}, expected=0)
        assert await store.put_new("things", {"a": {"n": 9}, "b": {"n": 2}}) == {"b"}
        found = await store.get("things", "a")
        assert found is not None
        assert found.body == {"n": 1}

    async def test_delete_wants_the_right_version(self, store: Store) -> None:
        await store.put("things", "a", {}, expected=0)
        with pytest.raises(Conflict):
            await store.delete("things", "a", expected=2)
        await store.delete("things", "a", expected=1)
        assert await store.get("things", "a") is None
        with pytest.raises(Conflict):
            await store.delete("things", "a", expected=1)

    async def test_unset_removes_fields_at_that_version_only_and_keeps_the_version(self, store: Store) -> None:
        await store.put("things", "a", {"due_at": "1", "n": 1}, expected=0)
        await store.put("things", "b", {"due_at": "1", "n": 2}, expected=0)
        await store.put("things", "b", {"due_at": "2", "n": 3}, expected=1)
        await store.unset("things", [("a", 1), ("b", 1), ("missing", 1)], ["due_at", "nothing"])
        a, b = await store.get("things", "a"), await store.get("things", "b")
        assert a is not None
        assert b is not None
        assert (a.version, a.body) == (1, {"n": 1})
        assert (b.version, b.body) == (2, {"due_at": "2", "n": 3})

    async def _fill(self, store: Store) -> None:
        for n in range(30):
            kind = "even" if n % 2 == 0 else "odd"
            body = {"kind": kind, "size": n // 2, "path": f"/p{n % 3}/x/", "inner": {"place": n}}
            await store.put("things", f"t{n:02d}", body | ({"due_at": f"{n:03d}"} if n % 5 == 0 else {}), expected=0)

    async def test_filters_mean_what_they_say(self, store: Store) -> None:
        await self._fill(store)
        assert await store.count("things", (Equal("kind", "even"),)) == 15
        assert await store.count("things", (OneOf("kind", ("even", "odd")),)) == 30
        assert await store.count("things", (Between("size", 3, 6), Equal("kind", "odd"))) == 3
        assert await store.count("things", (Between("due_at", ""),)) == 6
        assert await store.count("things", (Between("due_at", "005", "010"),)) == 1
        assert await store.count("things", (Prefix("path", "/p1/"),)) == 10
        assert await store.count("things", (Equal("due_at", None),)) == 24
        assert await store.count("things", (Equal("inner.place", 7),)) == 1
        assert await store.count("things", (Equal("kind", "even"),), at_most=4) == 4
        assert await store.count("things", (Equal("kind", "' OR 1=1 --"),)) == 0

    async def test_pages_of_a_sorted_list_have_every_document_once(self, store: Store) -> None:
        await self._fill(store)
        for order in (("size",), ("-size",), ("kind", "-size"), ("-kind", "size"), ()):
            seen: list[str] = []
            after = None
            while page := await store.find("things", order=order, limit=7, after=after):
                seen += [stored.id for stored in page]
                after = keyset(page[-1], order)
            assert len(seen) == len(set(seen)) == 30
            everything = await store.find("things", order=order, limit=100)
            assert seen == [stored.id for stored in everything]

    async def test_sorting_is_by_value_and_direction(self, store: Store) -> None:
        await self._fill(store)
        found = await store.find("things", (Equal("kind", "odd"),), order=("-size",), limit=3)
        assert [stored.body["size"] for stored in found] == [14, 13, 12]

    async def test_totals_count_and_add_up(self, store: Store) -> None:
        await self._fill(store)
        assert await store.totals("things", "kind") == {"even": 15, "odd": 15}
        assert await store.totals("things", "kind", (Between("size", None, 3),), of="size") == {"even": 3, "odd": 3}

    async def test_preparing_again_changes_nothing(self, store: Store) -> None:
        await self._fill(store)
        await store.prepare([THINGS])
        assert await store.count("things") == 30

    async def test_a_thousand_writers_at_once_are_all_kept(self, store: Store) -> None:
        await asyncio.gather(*(store.put("things", f"w{n}", {"n": n}, expected=0) for n in range(1000)))
        assert await store.count("things") == 1000
