"""What the registry tells: who is a member of what, who works where, and who may do what."""

from shared.contracts.event import Event
from shared.contracts.values import BlindIndex, EmploymentForm, Grant, Membership, Tier, UnionPath


class WorkerRegistered(Event, type="registry.worker.registered"):
    """A worker stands in the registry, or stands differently: the whole public part each time."""

    worker: str
    phone_index: BlindIndex | None
    union: str
    union_path: UnionPath
    employer: str
    grid: str
    form: EmploymentForm
    membership: Membership


class EmployerRegistered(Event, type="registry.employer.registered"):
    """A firm (用人单位), or a change of it: the whole of it each time."""

    employer: str
    name: str
    aliases: tuple[str, ...] = ()
    credit_code: str
    grid: str
    union: str
    union_path: UnionPath


class UnionRegistered(Event, type="registry.union.registered"):
    """A union organisation (工会组织) at its place in the tree, or a change of it."""

    union: str
    name: str
    tier: Tier
    path: UnionPath


class AccountOpened(Event, type="registry.staff.account-opened"):
    """A staff account, or a change of it: name and roles, each with its place. `active` is False once closed."""

    staff: str
    name: str
    grants: tuple[Grant, ...]
    active: bool = True


class SessionsRevoked(Event, type="registry.staff.sessions-revoked"):
    """Sessions of this account signed before `at` are void."""

    staff: str
