"""What the registry does."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.registry.domain.accounts import Account, Attempts, check_grants, check_password
from services.registry.domain.people import Employer, Union
from services.registry.repository import (
    WELCOME,
    AccountRepository,
    EmployerRepository,
    RosterRepository,
    UnionRepository,
    WorkerRepository,
)
from shared.contracts.values import Grant, Role, Tier, as_text, moment_from
from shared.kernel.errors import NotAllowed, NotValid
from shared.kernel.identity_numbers import is_credit_code
from shared.kernel.sealing import Sealer
from shared.kernel.staff import Staff
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock
from shared.ports.store import Conflict
from shared.web.live import Live
from shared.web.sessions import SessionSigner

WELCOME_HOURS = 12
CACHED = 5000
HASHER = PasswordHasher()
VERIFIERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Few: each verification takes 64 MB and a tenth of a second of a processor."""
NOBODY = HASHER.hash(secrets.token_urlsafe(12))
"""Checked when an account doesn't exist, so that time doesn't tell which ones do."""


@dataclass
class Work:
    """What the handlers of the registry work with."""

    workers: WorkerRepository
    employers: EmployerRepository
    unions: UnionRepository
    accounts: AccountRepository
    rosters: RosterRepository
    sealer: Sealer
    blobs: Blobs
    clock: Clock
    live: Live
    signer: SessionSigner
    attempts: Attempts
    firms: OrderedDict[str, Employer] = field(default_factory=OrderedDict)

    async def employer_known_as(self, text: str) -> Employer | None:
        """The firm with this credit code or name; rosters name few firms many times, so they are remembered."""
        if text in self.firms:
            return self.firms[text]
        found = await self.employers.known_as(text)
        if found:
            self.firms[text] = found
            while len(self.firms) > CACHED:
                self.firms.popitem(last=False)
        return found


# ── signing in ──────────────────────────────────────────────────────────────


async def sign_in(login: str, password: str, address: str, work: Work) -> Staff:
    """Checks a password. Raises NotAllowed, in the same words and time whether the account exists or not."""
    now, keys = work.clock.now(), (f"account/{login}", f"address/{address}")
    work.attempts.check(keys, now)
    work.attempts.failed(keys, now)  # counted before the check, so that guesses side by side count too
    account = await work.accounts.find(login)
    known = account.password if account and account.active and account.password else NOBODY
    right = await asyncio.get_running_loop().run_in_executor(VERIFIERS, _verify, known, password)
    if not right or account is None or known is NOBODY:
        raise NotAllowed("refused.sign_in")
    work.attempts.succeeded(keys)
    return account.as_staff(secrets.token_hex(8))


def _verify(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except (Argon2Error, InvalidHashError):
        return False


async def issue_welcome(work: Work) -> str:
    """A one-time key for whoever started the program; an older one is void."""
    key = secrets.token_urlsafe(24)
    until = work.clock.now() + timedelta(hours=WELCOME_HOURS)
    stored = await work.accounts.store.get(WELCOME.name, "key")
    body = {"hash": hashlib.sha256(key.encode()).hexdigest(), "until": as_text(until)}
    await work.accounts.store.put(WELCOME.name, "key", body, expected=stored.version if stored else 0)
    return key


async def welcome_is_good(key: str, work: Work) -> bool:
    """True if this is the one-time key and nobody has used it."""
    stored = await work.accounts.store.get(WELCOME.name, "key")
    if stored is None or moment_from(stored.body["until"]) < work.clock.now():
        return False
    return secrets.compare_digest(stored.body["hash"], hashlib.sha256(key.encode()).hexdigest())


async def use_welcome(key: str, work: Work) -> None:
    """Uses the key up. Raises NotAllowed if it isn't good; of two at once, one gets it."""
    stored = await work.accounts.store.get(WELCOME.name, "key")
    if stored is None or not await welcome_is_good(key, work):
        raise NotAllowed("refused.welcome")
    try:
        await work.accounts.store.delete(WELCOME.name, "key", expected=stored.version)
    except Conflict:
        raise NotAllowed("refused.welcome") from None


async def administrator(work: Work) -> Account | None:
    """The first account that holds every place: whom the one-time link signs in."""
    for account in await work.accounts.everyone():
        if account.active and any(grant.path == "/" and grant.role is Role.OPERATOR for grant in account.grants):
            return account
    return None


# ── accounts ────────────────────────────────────────────────────────────────


async def open_account(
    login: str, name: str, password: str | None, grants: Sequence[Grant], *, by: Staff | None, work: Work, key: str = ""
) -> Account:
    """A new account. `by` None: the first one, by the one-time link. Raises NotAllowed, NotValid."""
    if by:
        check_grants(grants, by)
    hashed = None
    if password is not None:
        check_password(password)
        hashed = await asyncio.to_thread(HASHER.hash, password)
    at = work.clock.now()
    account = await work.accounts.create(Account.open(login, name, hashed, grants, at), key=key, at=at)
    if account is None:
        raise NotValid("login", "refused.login_taken")
    return account


async def _check_manages(login: str, by: Staff, work: Work) -> None:
    """Raises unless the account is within one's own jurisdiction and not one's own."""
    account = await work.accounts.get(login)
    check_grants(account.grants, by)
    if account.id == by.id:
        raise NotAllowed("refused.own_account")


async def regrant(login: str, grants: Sequence[Grant], *, by: Staff, key: str, work: Work) -> None:
    """Other roles for an account of one's own jurisdiction; its sessions are void. Not one's own."""
    await _check_manages(login, by, work)
    check_grants(grants, by)
    at = work.clock.now()
    await work.accounts.change(login, lambda known: known.regrant(grants, at), key=key, at=at)


async def close_account(login: str, *, by: Staff, key: str, work: Work) -> None:
    """Closes an account of one's own jurisdiction; not one's own."""
    await _check_manages(login, by, work)
    at = work.clock.now()
    await work.accounts.change(login, lambda known: known.close(at), key=key, at=at)


# ── unions and firms ────────────────────────────────────────────────────────


async def found_union(
    id: str, name: str, tier: Tier, parent: str | None, *, by: Staff | None, work: Work, key: str = ""
) -> Union:
    """A new union in the tree."""
    above = await work.unions.get(parent) if parent else None
    if by and not by.reaches(above.path if above else "/", Role.REGISTRAR):
        raise NotAllowed("refused.grant_place")
    at = work.clock.now()
    union = await work.unions.create(Union.found(id, name, tier, above, at), key=key, at=at)
    if union is None:
        raise NotValid("id", "refused.id_taken")
    return union


async def register_employer(employer: Employer, *, by: Staff | None, at: datetime, work: Work, key: str = "") -> Employer:
    """A new firm below its union."""
    if not is_credit_code(employer.credit_code):
        raise NotValid("credit_code", "refused.credit_code")
    union = await work.unions.get(employer.union)
    if by and not by.reaches(union.path, Role.REGISTRAR):
        raise NotAllowed("refused.grant_place")
    employer.union_path = union.path
    employer.tell(at)
    made = await work.employers.create(employer, key=key, at=at)
    if made is None:
        raise NotValid("credit_code", "refused.employer_known")
    return made
