"""The HTTP API of the registry. The console's forms come in by the same routes."""

import secrets
from typing import Annotated

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry import handlers
from services.registry.domain.accounts import check_password
from services.registry.domain.people import Employer, Roster
from services.registry.handlers import Work
from services.registry.importer import Importer, may_import
from services.registry.settings import RegistrySettings
from shared.contracts.values import Grant, Language, Role, ShortText, Tier, UnionPath
from shared.kernel.errors import NotAllowed, NotFound
from shared.kernel.staff import Staff
from shared.ports.blobs import TooLarge
from shared.web import language, sessions
from shared.web.access import PUBLIC, staff
from shared.web.keys import BY, ENGINES, KEY, SETTINGS, VERIFIER, WORK
from shared.web.problems import Problem
from shared.web.routes import Routes, command_key, redirect
from shared.web.uploads import parts_of, pieces_of

REGISTRAR = staff(Role.REGISTRAR)
READING = staff(Role.REGISTRAR, Role.AUDITOR)
LOOPBACK = {"127.0.0.1", "::1"}
MB = 1024 * 1024

routes = Routes("registry")
IMPORTER = web.AppKey("importer", Importer)
Slug = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-z0-9][a-z0-9._-]{1,48}$")]
UnionId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z0-9][a-z0-9-]{0,48}$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class SignInIn(Body):
    """Account and password."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Password
    next: str = ""


class WelcomeIn(Body):
    """The first account; only the key when there is one already."""

    key: Annotated[str, StringConstraints(max_length=100)]
    login: Slug | None = None
    name: ShortText | None = None
    password: Password | None = None


class DemoIn(Body):
    """A role of the demo, by its account."""

    login: Slug


class LanguageIn(Body):
    """The language to be spoken to in."""

    language: Language
    next: str = ""


class AccountIn(Body):
    """A new account with one role at one place."""

    login: Slug
    name: ShortText
    password: Password
    role: Role
    path: UnionPath


class GrantIn(Body):
    """One role at one place, instead of those that an account has."""

    role: Role
    path: UnionPath


class UnionIn(Body):
    """A new union below another; without one, at the root."""

    id: UnionId
    name: ShortText
    tier: Tier
    parent: UnionId | None = None


class EmployerIn(Body):
    """A new firm."""

    name: ShortText
    credit_code: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=18)]
    grid: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    union: UnionId
    aliases: Annotated[str, StringConstraints(max_length=300)] = ""


class SessionOut(BaseModel):
    """Who is signed in. The session itself is a cookie; programs send it as a bearer token."""

    staff: str
    name: str
    token: str


class Made(BaseModel):
    """What was made."""

    id: str


class RejectionOut(BaseModel):
    """A row that was not taken, the column, and the sentence's key that says why."""

    row: int
    field: str
    reason: str


class RosterOut(BaseModel):
    """How far an import has got; when it is done, added + changed + same + rejected = rows."""

    id: str
    state: str
    rows: int
    done: int
    added: int
    changed: int
    same: int
    rejected: int
    reason: str | None
    rejections: Annotated[list[RejectionOut], Field(description="The first 2,000.")]

    @classmethod
    def of(cls, roster: Roster) -> "RosterOut":
        """From the aggregate."""
        return cls(
            id=roster.id, state=roster.state, rows=roster.rows, done=roster.next_row, added=roster.added,
            changed=roster.changed, same=roster.same, rejected=roster.rejected, reason=roster.reason,
            rejections=[RejectionOut.model_validate(item.model_dump()) for item in roster.rejections],
        )  # fmt: skip


def work_of(request: web.Request) -> Work:
    """What the handlers work with."""
    work: Work = request.config_dict[WORK]
    return work


def local(place: str, otherwise: str = "/registry/home") -> str:
    """A place of our own to go on to; never another host's."""
    plain = place.isascii() and place.isprintable() and " " not in place and "\\" not in place
    return place if plain and place.startswith("/") and not place.startswith("//") else otherwise


def _signed_in(request: web.Request, person: Staff, place: str) -> web.StreamResponse:
    work = work_of(request)
    token = work.signer.sign(person, work.clock.now())
    if request.content_type == "application/json":
        out = SessionOut(staff=person.id, name=person.name, token=token)
        response: web.StreamResponse = web.json_response(out.model_dump())
    else:
        response = redirect(request, place)
    secure = request.config_dict[SETTINGS].public_url.startswith("https://")
    lifetime = int(sessions.LIFETIME.total_seconds())
    response.set_cookie(sessions.COOKIE, token, max_age=lifetime, httponly=True, samesite="Lax", secure=secure)
    return response


@routes.post("/sign-in", PUBLIC, "Sign in with account and password")
async def sign_in(request: web.Request, body: SignInIn) -> web.StreamResponse:
    person = await handlers.sign_in(body.login.strip().lower(), body.password, request.remote or "", work_of(request))
    return _signed_in(request, person, local(body.next))


@routes.post("/welcome", PUBLIC, "Use the one-time link; the first time it opens the first account", page=True)
async def welcome(request: web.Request, body: WelcomeIn) -> web.StreamResponse:
    work = work_of(request)
    account = await handlers.administrator(work)
    if account is None:
        if not (body.login and body.name and body.password):
            raise NotAllowed("refused.first_account")
        check_password(body.password)
        await handlers.use_welcome(body.key, work)
        grants = [Grant(role=role, path="/") for role in Role]
        account = await handlers.open_account(body.login, body.name, body.password, grants, by=None, work=work)
    else:
        await handlers.use_welcome(body.key, work)
    return _signed_in(request, account.as_staff(secrets.token_hex(8)), "/registry/home")


@routes.post("/demo-sign-in", PUBLIC, "Be somebody of the demo", page=True)
async def demo_sign_in(request: web.Request, body: DemoIn) -> web.StreamResponse:
    if not is_local_demo(request):
        raise Problem(403, "problem.403")
    account = await work_of(request).accounts.get(body.login)
    return _signed_in(request, account.as_staff(secrets.token_hex(8)), "/registry/home")


def is_local_demo(request: web.Request) -> bool:
    """A demo, asked for from this machine by a name of this machine."""
    host = request.host.rpartition(":")[0] if ":" in request.host else request.host
    return request.config_dict[ENGINES].demo and request.remote in LOOPBACK and host in {*LOOPBACK, "localhost", "[::1]"}


@routes.post("/sign-out", staff(), "End this account's sessions everywhere")
async def sign_out(request: web.Request) -> web.StreamResponse:
    work, person = work_of(request), request[BY]
    at = work.clock.now()
    account = await work.accounts.find(person.id)
    if account:
        await work.accounts.change(person.id, lambda known: known.sign_out_everywhere(at))
    request.config_dict[VERIFIER].revoke(person.id, at)
    response = redirect(request, "/registry/sign-in")
    response.del_cookie(sessions.COOKIE)
    return response


@routes.post("/language", PUBLIC, "Choose the language of the pages", page=True)
async def choose_language(request: web.Request, body: LanguageIn) -> web.StreamResponse:
    response = redirect(request, local(body.next, "/"))
    response.set_cookie(language.COOKIE, body.language, max_age=365 * 24 * 3600, samesite="Lax")
    return response


@routes.post("/staff", REGISTRAR, "Open an account", status=201, then="/registry/staff", said="said.saved")
async def open_account(request: web.Request, body: AccountIn) -> Made:
    grants = [Grant(role=body.role, path=body.path)]
    work, key = work_of(request), command_key(request)
    account = await handlers.open_account(body.login, body.name, body.password, grants, by=request[BY], work=work, key=key)
    return Made(id=account.id)


@routes.post("/staff/{login}/role", REGISTRAR, "Give an account another role", then="/registry/staff", said="said.saved")
async def regrant(request: web.Request, login: Slug, body: GrantIn) -> None:
    grants = [Grant(role=body.role, path=body.path)]
    await handlers.regrant(login, grants, by=request[BY], key=command_key(request), work=work_of(request))


@routes.post("/staff/{login}/close", REGISTRAR, "Close an account", then="/registry/staff", said="said.saved")
async def close_account(request: web.Request, login: Slug) -> None:
    await handlers.close_account(login, by=request[BY], key=command_key(request), work=work_of(request))


@routes.post("/unions", REGISTRAR, "Add a union to the tree", status=201, then="/registry/unions", said="said.saved")
async def found_union(request: web.Request, body: UnionIn) -> Made:
    work, key = work_of(request), command_key(request)
    union = await handlers.found_union(body.id, body.name, body.tier, body.parent, by=request[BY], work=work, key=key)
    return Made(id=union.id)


@routes.post("/employers", REGISTRAR, "Register a firm", status=201, then="/registry/employers", said="said.saved")
async def register_employer(request: web.Request, body: EmployerIn) -> Made:
    work = work_of(request)
    aliases = tuple(part.strip() for part in body.aliases.replace("，", ",").split(",") if part.strip())
    employer = Employer(
        id=f"e-{body.credit_code.lower()}", name=body.name, credit_code=body.credit_code, grid=body.grid,
        union=body.union, union_path="/", aliases=aliases,
    )  # fmt: skip
    made = await handlers.register_employer(employer, by=request[BY], at=work.clock.now(), work=work, key=command_key(request))
    return Made(id=made.id)


@routes.post(
    "/rosters",
    REGISTRAR,
    "Import a roster (CSV, UTF-8 or GB18030)",
    status=201,
    then="/registry/rosters/{id}",
    upload=True,
)
async def import_roster(request: web.Request) -> RosterOut:
    work, person = work_of(request), request[BY]
    part = await _file_part(request)
    settings = request.config_dict[SETTINGS]
    limit = settings.roster_mb if isinstance(settings, RegistrySettings) else 1
    try:
        sha256, size = await work.blobs.put(pieces_of(part), limit=limit * MB)
    except TooLarge:
        raise Problem(413, "roster.large", {"limit": limit}, [{"field": "file", "reason": f"larger than {limit} MB"}]) from None
    if size == 0:
        raise Problem(422, "roster.nothing", {}, [{"field": "file", "reason": "empty"}])
    key = request[KEY] or secrets.token_hex(8)
    roster = Roster(
        id="r-" + work.sealer.index(f"{person.id}/{sha256}/{key}", "roster").lower().replace("_", "-"), file=sha256,
        file_name=(part.filename or "file.csv")[-100:], by=person.id, union_path=may_import(person),
        created_at=work.clock.now(),
    )  # fmt: skip
    if not await work.rosters.add(roster):
        roster = await work.rosters.get(roster.id)
    request.config_dict[IMPORTER].wake()
    return RosterOut.of(roster)


async def _file_part(request: web.Request) -> BodyPartReader:
    async for part in parts_of(request):
        if part.filename is not None:
            return part
        if part.name == "idempotency_key":
            request[KEY] = (await part.text())[:200]
    raise Problem(422, "roster.nothing", {}, [{"field": "file", "reason": "missing"}])


async def visible_roster(request: web.Request, id: str) -> Roster:
    """The import. Raises NotFound also beyond the reader's jurisdiction."""
    roster = await work_of(request).rosters.get(id)
    if not request[BY].reaches(roster.union_path, Role.REGISTRAR):
        raise NotFound("rosters.not_found", id=id)
    return roster


@routes.get("/api/rosters/{id}", REGISTRAR, "How far an import has got")
async def roster(request: web.Request, id: str) -> RosterOut:
    return RosterOut.of(await visible_roster(request, id))
