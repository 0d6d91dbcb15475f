"""Who may call a route: declared with each, walked by a test."""

from dataclasses import dataclass

from shared.contracts.values import Role


@dataclass(frozen=True, slots=True)
class Access:
    """Everybody, the worker who holds a chat, or staff with one of some roles."""

    kind: str
    roles: frozenset[Role] = frozenset()


PUBLIC = Access("public")
WORKER = Access("worker")


def staff(*roles: Role) -> Access:
    """Staff with one of these roles; any role if none is named."""
    return Access("staff", frozenset(roles or Role))
