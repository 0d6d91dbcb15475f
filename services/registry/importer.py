"""Imports rosters in the background: batch by batch, going on where it stopped, counting every row once."""

import asyncio
from collections.abc import Iterable
from itertools import islice

from services.registry.domain.people import Imported, Person, Rejection, Roster, Worker
from services.registry.domain.roster import NotARoster, Row, rows_of, text_of
from services.registry.handlers import Work
from shared.contracts.values import Role
from shared.kernel.repository import ATTEMPTS
from shared.kernel.staff import Staff
from shared.ports.store import Conflict
from shared.runtime.lifecycle import Loop

BATCH = 250
IDLE = 0.5


class Importer:
    """The loop that works on every roster that is not yet through."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._wake = asyncio.Event()
        self._loop = Loop("registry.importer", self._round)

    def wake(self) -> None:
        """There is a new roster."""
        self._wake.set()

    async def start(self) -> None:
        """Takes up what an earlier process left."""
        self._wake.set()
        await self._loop.start()

    async def stop(self) -> None:
        """Ends between two batches, or in one: it is repeated by the next start."""
        await self._loop.stop()

    def fault(self) -> str | None:
        """Why nothing is imported."""
        return self._loop.fault()

    async def _round(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        try:
            for roster in await self._work.rosters.running():
                await import_roster(roster, self._work)
        except BaseException:
            self._wake.set()
            raise


async def import_roster(roster: Roster, work: Work) -> None:
    """Imports the rest of a roster."""
    data = b"".join([piece async for piece in work.blobs.read(roster.file)])
    try:
        items = await asyncio.to_thread(lambda: list(rows_of(text_of(data))))
    except NotARoster as refused:
        roster.refuse(refused.code, **refused.values)
        await work.rosters.save(roster)
        return
    roster.rows = len(items)
    rest = iter(items[roster.next_row :])
    while batch := list(islice(rest, BATCH)):
        await _import_batch(batch, roster, work)
    roster.finish()
    await work.rosters.save(roster)


async def _import_batch(batch: Iterable[Row | Rejection], roster: Roster, work: Work) -> None:
    batch = list(batch)
    results = await asyncio.gather(*(_import(item, roster, work) for item in batch))
    rejections = [result for result in results if isinstance(result, Rejection)]
    roster.count([result for result in results if isinstance(result, str)], rejections, roster.next_row + len(batch))
    await work.rosters.save(roster)
    work.live.tell("roster", {"roster": roster.id})


async def _import(item: Row | Rejection, roster: Roster, work: Work) -> str | Rejection:
    """added, changed or same; or why not."""
    if isinstance(item, Rejection):
        return item
    firm = await work.employer_known_as(item.employer)
    if firm is None:
        return Rejection(row=item.number, field="employer", reason="roster.employer")
    if not firm.union_path.startswith(roster.union_path):
        return Rejection(row=item.number, field="employer", reason="roster.place")
    person = _person(item, firm.id, firm.grid, firm.union, firm.union_path, work)
    return await _store(item, person, roster, work)


def _person(row: Row, employer: str, grid: str, union: str, path: str, work: Work) -> Person:
    sealer = work.sealer
    return Person(
        name=sealer.seal(row.name, "name"), citizen_id=sealer.seal(row.citizen_id, "citizen_id"),
        phone=sealer.seal(row.phone, "phone") if row.phone else None,
        phone_index=sealer.index(row.phone, "phone") if row.phone else None,
        union=union, union_path=path, employer=employer, grid=grid, form=row.form, membership=row.membership,
    )  # fmt: skip


async def _store(row: Row, person: Person, roster: Roster, work: Work) -> str:
    id = "w-" + work.sealer.index(row.citizen_id, "citizen_id")
    told = (row.name, row.phone, person.union_path, person.employer, person.grid, row.form, row.membership)
    plain = "\0".join(told)
    fingerprint, at = work.sealer.index(plain, "fingerprint"), work.clock.now()
    for _ in range(ATTEMPTS):
        worker = await work.workers.find(id)
        if worker and worker.imported and (worker.imported.roster, worker.imported.row) == (roster.id, row.number):
            return worker.imported.outcome  # this batch was under way when an earlier process stopped
        if worker is None:
            worker, outcome = Worker.register(id, person, fingerprint, at), "added"
        elif worker.update(person, fingerprint, at):
            outcome = "changed"
        else:
            return "same"
        worker.imported = Imported(roster=roster.id, row=row.number, outcome=outcome)
        try:
            await work.workers.save(worker)
        except Conflict:
            continue
        return outcome
    raise Conflict


def may_import(staff: Staff) -> str:
    """The place whose workers this person may import: the highest one."""
    return min(staff.paths(Role.REGISTRAR), key=len)
