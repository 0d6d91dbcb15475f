"""A signed-in member of staff, and what their roles reach in the union tree."""

from dataclasses import dataclass

from shared.contracts.values import Grant, Role, UnionPath


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts. `session` names the signed session; a token of the command line has one too."""

    id: str
    name: str
    grants: tuple[Grant, ...]
    session: str = ""

    @property
    def roles(self) -> frozenset[Role]:
        """Every role, wherever it holds."""
        return frozenset(grant.role for grant in self.grants)

    def has(self, *roles: Role) -> bool:
        """True if one of these roles is held anywhere."""
        return not self.roles.isdisjoint(roles)

    def reaches(self, path: UnionPath, *roles: Role) -> bool:
        """True if one of these roles holds at this place."""
        return any(path.startswith(grant.path) for grant in self.grants if grant.role in roles)

    def paths(self, *roles: Role) -> tuple[UnionPath, ...]:
        """The highest places where one of these roles holds; none lies below another."""
        held = sorted({grant.path for grant in self.grants if grant.role in roles})
        return tuple(path for path in held if not any(path != top and path.startswith(top) for top in held))


SYSTEM = Staff(id="system", name="", grants=())
"""Fengqiao itself: clocks, routing, the worker's own words coming in."""
