"""Who gets a case: employer → its union → the nearest caseworker there with the least open cases; else the duty officer."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.grievances.domain.case import NOBODY, Placement
from shared.contracts.registry import AccountOpened, EmployerRegistered, UnionRegistered
from shared.contracts.values import Role, Tier, UnionPath

SUFFIXES = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|公司|集团|厂|co\.?,?\s*ltd\.?|ltd\.?|inc\.?|company|limited)$", re.IGNORECASE
)
NOISE = re.compile(r"[\s·()（）,，.。、“”\"'-]+")


def name_key(name: str) -> str:
    """What two spellings of a firm's name have in common."""
    plain = NOISE.sub("", name).casefold()
    shorter = SUFFIXES.sub("", plain)
    return shorter or plain


def works_at(account: AccountOpened, path: UnionPath) -> bool:
    """True if this account may own a case there."""
    working = (Role.CASEWORKER, Role.SUPERVISOR)
    return account.active and any(grant.role in working and path.startswith(grant.path) for grant in account.grants)


@dataclass
class Directory:
    """The union tree and who works where in it, as the registry last told: some thousands, in memory."""

    unions: dict[UnionPath, UnionRegistered] = field(default_factory=dict)
    staff: dict[str, AccountOpened] = field(default_factory=dict)

    def learn_union(self, union: UnionRegistered) -> None:
        """A union stands at its place."""
        self.unions = {path: known for path, known in self.unions.items() if known.union != union.union}
        self.unions[union.path] = union

    def learn_staff(self, account: AccountOpened) -> None:
        """An account may do what it may do; a closed one nothing."""
        self.staff[account.staff] = account

    def holders(self, role: Role, path: UnionPath) -> list[tuple[int, AccountOpened]]:
        """Accounts whose role reaches a place, with the depth of the grant, the nearest first."""
        found = [
            (len(grant.path), account)
            for account in self.staff.values() if account.active
            for grant in account.grants if grant.role is role and path.startswith(grant.path)
        ]  # fmt: skip
        return sorted(found, key=lambda pair: (-pair[0], pair[1].staff))

    def place(self, firm: EmployerRegistered | None, load: Callable[[str], int]) -> Placement:
        """Where a report about this firm goes; about an unknown one, if None."""
        path = firm.union_path if firm else self.entrance()
        tier = self.unions[path].tier if path in self.unions else Tier.ENTERPRISE if firm else Tier.PARK
        owner = self._caseworker(path, load) if firm else None
        owner = owner or self.duty_officer(path)
        return Placement(
            tier=tier, union_path=path, employer_id=firm.employer if firm else None,
            owner=owner.staff if owner else NOBODY, owner_name=owner.name if owner else "",
        )  # fmt: skip

    def _caseworker(self, path: UnionPath, load: Callable[[str], int]) -> AccountOpened | None:
        holders = self.holders(Role.CASEWORKER, path)
        nearest = [account for depth, account in holders if depth == holders[0][0]]
        return min(nearest, key=lambda account: (load(account.staff), account.staff), default=None)

    def duty_officer(self, path: UnionPath) -> AccountOpened | None:
        """The nearest supervisor at or above a place; None where no role reaches: then the case is nobody's, and seen so."""
        holders = self.holders(Role.SUPERVISOR, path)
        return holders[0][1] if holders else None

    def entrance(self) -> UnionPath:
        """Where a report of an unknown employer comes in: the park, else the highest union."""
        parks = sorted(path for path, union in self.unions.items() if union.tier is Tier.PARK)
        return parks[0] if parks else min(self.unions, key=len, default="/")

    def above(self, path: UnionPath, tier: Tier) -> Placement | None:
        """The next tier that has a supervisor, seen from a place; None at the top."""
        higher = tier.above
        while higher is not None:
            union = next((known for known in self._ancestors(path) if known.tier is higher), None)
            officer = self.duty_officer(union.path) if union else None
            if union and officer:
                return Placement(tier=higher, union_path=path, owner=officer.staff, owner_name=officer.name)
            higher = higher.above
        return None

    def _ancestors(self, path: UnionPath) -> Iterable[UnionRegistered]:
        return (union for place, union in self.unions.items() if path.startswith(place))
