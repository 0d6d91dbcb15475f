"""Workers, firms and unions as the registry knows them."""

from datetime import datetime

from pydantic import Field

from shared.contracts import registry as told
from shared.contracts.values import BlindIndex, EmploymentForm, Membership, Moment, Sealed, Tier, UnionPath, Value
from shared.kernel.aggregate import Aggregate
from shared.kernel.errors import NotValid


class Person(Value):
    """What a roster says of a worker: identity sealed, place in the open."""

    name: Sealed
    citizen_id: Sealed
    phone: Sealed | None = None
    phone_index: BlindIndex | None = None
    union: str
    union_path: UnionPath
    employer: str
    grid: str
    form: EmploymentForm
    membership: Membership


class Imported(Value):
    """The row of a roster that last touched a worker, and what it did: so that a repeated batch counts the same."""

    roster: str
    row: int
    outcome: str


class Worker(Aggregate):
    """职工. Found by the blind index of the identity number, which is also the id: nobody is registered twice."""

    person: Person
    fingerprint: str
    imported: Imported | None = None
    since: Moment

    @classmethod
    def register(cls, id: str, person: Person, fingerprint: str, at: datetime) -> "Worker":
        """A worker that the registry didn't know."""
        worker = cls(id=id, person=person, fingerprint=fingerprint, since=at)
        worker._tell(at)
        return worker

    def update(self, person: Person, fingerprint: str, at: datetime) -> bool:
        """Takes over what is different; False if nothing is. The fingerprint is a keyed hash of the plain values."""
        if fingerprint == self.fingerprint:
            return False
        self.person, self.fingerprint = person, fingerprint
        self._tell(at)
        return True

    def _tell(self, at: datetime) -> None:
        place = self.person
        self._record(
            told.WorkerRegistered(
                at=at,
                worker=self.id,
                phone_index=place.phone_index,
                union=place.union,
                union_path=place.union_path,
                employer=place.employer,
                grid=place.grid,
                form=place.form,
                membership=place.membership,
            )
        )


class Employer(Aggregate):
    """用人单位, known by its unified social credit code."""

    name: str
    aliases: tuple[str, ...] = ()
    credit_code: str
    grid: str
    union: str
    union_path: UnionPath

    def tell(self, at: datetime) -> None:
        """The firm stands in the registry like this."""
        self._record(
            told.EmployerRegistered(
                at=at,
                employer=self.id,
                name=self.name,
                aliases=self.aliases,
                credit_code=self.credit_code,
                grid=self.grid,
                union=self.union,
                union_path=self.union_path,
            )
        )


class Union(Aggregate):
    """工会组织, at a place in the tree."""

    name: str
    tier: Tier
    parent: str | None = None
    path: UnionPath

    @classmethod
    def found(cls, id: str, name: str, tier: Tier, parent: "Union | None", at: datetime) -> "Union":
        """A new union below its parent. A union stands on a lower tier than the one above it, or on the same."""
        tiers = list(Tier)
        if parent and tiers.index(tier) > tiers.index(parent.tier):
            raise NotValid("tier", "refused.union_tier")
        path = f"{parent.path if parent else '/'}{id}/"
        union = cls(id=id, name=name, tier=tier, parent=parent.id if parent else None, path=path)
        union._record(told.UnionRegistered(at=at, union=id, name=name, tier=tier, path=path))
        return union


class Rejection(Value):
    """A row that was not taken: where, which column, and why (a key of the catalogue)."""

    row: int
    field: str
    reason: str


class Roster(Aggregate):
    """名册: a file of workers and how far its import has got. `next_row` is where it goes on after a stop."""

    file: str
    file_name: str
    by: str
    union_path: UnionPath
    created_at: Moment
    state: str = "running"
    rows: int = 0
    next_row: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    rejections: list[Rejection] = Field(default_factory=list)
    reason: str | None = None
    reason_values: dict[str, str] = Field(default_factory=dict)

    def count(self, outcomes: list[str], rejections: list[Rejection], next_row: int) -> None:
        """A batch is through."""
        self.added += outcomes.count("added")
        self.changed += outcomes.count("changed")
        self.same += outcomes.count("same")
        self.rejected += len(rejections)
        self.rejections = [*self.rejections, *rejections][:REJECTIONS_SHOWN]
        self.next_row = next_row

    def finish(self) -> None:
        """Every row is through."""
        self.state = "done"

    def refuse(self, reason: str, **values: str) -> None:
        """The file as a whole can't be a roster; nothing was imported."""
        self.state, self.reason, self.reason_values = "refused", reason, values


REJECTIONS_SHOWN = 2000
