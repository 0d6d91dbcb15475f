"""The chat's public HTTP API; our own page is one front end of it. The token never travels in a URL."""

import asyncio
import contextlib
from typing import Annotated, Any, Literal, Self

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.bot import handlers
from services.bot.channels import webchat
from services.bot.domain import media
from services.bot.domain.messages import Given
from services.bot.handlers import Work, sealed_given
from services.bot.lanes import Lanes, TooManyWaiting
from services.bot.settings import BotSettings
from shared.contracts.values import Evidence, Language, Moment, as_text
from shared.ports.blobs import TooLarge
from shared.runtime import metrics
from shared.runtime.settings import known_zone
from shared.web.access import PUBLIC, WORKER
from shared.web.keys import ENGINES, SETTINGS, WORK
from shared.web.language import language_of
from shared.web.live import open_stream, sse
from shared.web.problems import Problem
from shared.web.routes import JSON, Routes
from shared.web.uploads import MULTIPART, PIECE, parts_of, pieces_of

routes = Routes("bot")
LANES = web.AppKey("lanes", Lanes)
LONGEST_WAIT = 25
FILES_AT_ONCE = 10
MB = 1024 * 1024
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class SessionIn(Body):
    """A new chat. The zone is the IANA name of the worker's time zone."""

    language: Language | None = None
    zone: Annotated[str, StringConstraints(max_length=64)] | None = None


class SessionOut(BaseModel):
    """The key to the chat: whoever holds it is the worker."""

    token: str
    user: str


class MessageIn(Body):
    """One message: `id` is the client's, a repetition of it changes nothing; then a text or a choice."""

    id: ClientId
    text: Annotated[str, StringConstraints(max_length=200_000)] | None = None
    choice: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        """A text or a choice."""
        if (self.text is None) == (self.choice is None):
            raise ValueError("give either text or choice")
        return self


class StoredOut(BaseModel):
    """The message is stored; nothing that happens now can lose it."""

    id: str
    stored: Literal[True] = True


class LinesQuery(BaseModel):
    """Lines after this `seq`; `wait` holds the call up to so many seconds until there is one."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    wait: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] = 0


class ChoiceOut(BaseModel):
    """What can be pressed."""

    id: str
    label: str


class AttachmentOut(BaseModel):
    """A file of a line; its bytes are at `/bot/chat/files/{sha256}`."""

    sha256: str
    media_type: str
    size: int
    name: str


class LineOut(BaseModel):
    """A line of the chat. `id` is the client's own, for lines from `me`."""

    model_config = ConfigDict(populate_by_name=True)

    seq: int
    speaker: Annotated[Literal["bot", "me", "caseworker"], Field(alias="from")]
    text: str
    choices: list[ChoiceOut]
    ask: str | None
    by: str | None
    attachments: list[AttachmentOut]
    at: Moment
    id: str | None = None


class LinesOut(BaseModel):
    """Lines, the oldest first."""

    messages: list[LineOut]


def work_of(request: web.Request) -> Work:
    """What the handlers work with."""
    work: Work = request.config_dict[WORK]
    return work


async def chat_of(request: web.Request) -> str:
    """The user whose chat the bearer token opens. Raises a 401 problem."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    user = webchat.user_of(token)
    if scheme.lower() != "bearer" or not token or not await work_of(request).conversations.exists(user):
        raise Problem(401, "problem.no_chat")
    return user


@routes.post("/chat/sessions", PUBLIC, "Begin a chat", status=201)
async def begin(request: web.Request, body: SessionIn) -> SessionOut:
    work, token = work_of(request), webchat.new_token()
    language = body.language or language_of(request)
    zone = _zone(body.zone, request.config_dict[SETTINGS].time_zone)
    user = webchat.user_of(token)
    await handlers.begin(user, language, zone, work)
    return SessionOut(token=token, user=user)


def _zone(wanted: str | None, otherwise: str) -> str:
    try:
        return known_zone(wanted) if wanted else otherwise
    except ValueError:
        return otherwise


@routes.post("/chat/messages", WORKER, "Send a message", status=202, upload=True)
async def send(request: web.Request) -> web.StreamResponse:
    user = await chat_of(request)
    _check_room(request, user)
    if request.content_type == MULTIPART:
        client_id, given = await _from_form(request)
    elif request.content_type == JSON:
        client_id, given = await _from_json(request)
    else:
        raise Problem(415, "problem.415")
    await _keep(request, user, client_id, given)
    return web.json_response(StoredOut(id=client_id).model_dump(), status=202)


def _check_room(request: web.Request, user: str) -> None:
    """Before anything of the message is read or kept. Raises a 429 problem."""
    try:
        request.config_dict[LANES].check_room(user)
    except TooManyWaiting:
        raise Problem(429, "problem.429") from None


async def _keep(request: web.Request, user: str, client_id: str, given: Given) -> None:
    """Stores the update; only then may the channel be answered."""
    work, lanes = work_of(request), request.config_dict[LANES]
    at = as_text(work.clock.now())
    message = webchat.inbox_id(user, client_id)
    body = {"user": user, "given": sealed_given(given, work.sealer), "at": at, "waiting": at}
    if await work.inbox.keep(message, body):
        metrics.INBOUND.labels(webchat.CHANNEL).inc()
        lanes.offer(message, body)


async def _from_json(request: web.Request) -> tuple[str, Given]:
    if (request.content_length or 0) > MB:
        raise Problem(413, "problem.413")
    body = MessageIn.model_validate_json(await request.read(), strict=True)
    _check_text(request, body.text)
    return body.id, webchat.inbound(body.text, body.choice, ())


def _check_text(request: web.Request, text: str | None) -> None:
    limit = settings_of(request).text_limit
    if text is not None and len(text) > limit:
        raise Problem(
            422,
            "chat_refused.long",
            {"length": len(text), "limit": limit},
            [{"field": "text", "reason": f"longer than {limit} characters"}],
        )
    if text is not None and not text.strip():
        raise Problem(422, "chat_refused.empty", {}, [{"field": "text", "reason": "empty"}])


def settings_of(request: web.Request) -> BotSettings:
    """The bot's own settings."""
    settings = request.config_dict[SETTINGS]
    if not isinstance(settings, BotSettings):
        raise TypeError("The bot was composed without its own settings.")
    return settings


async def _from_form(request: web.Request) -> tuple[str, Given]:
    """Fields `id` and `text` first, then any number of files."""
    limit = settings_of(request).upload_mb
    if (request.content_length or 0) > limit * MB * FILES_AT_ONCE:
        raise _too_large(limit)
    fields: dict[str, str] = {}
    evidence: list[Evidence] = []
    async for part in parts_of(request):
        if part.filename is None:
            if part.name not in MessageIn.model_fields or part.name in fields:
                raise Problem(
                    422,
                    "problem.fields",
                    {"fields": str(part.name)[:40]},
                    [{"field": "form", "reason": "unknown or repeated field"}],
                )
            fields[str(part.name)] = (await part.read(decode=True))[: 4 * settings_of(request).text_limit + 8].decode(
                "utf-8", "replace"
            )
        else:
            evidence.append(await _keep_file(request, part, limit))
            if len(evidence) > FILES_AT_ONCE:
                raise Problem(422, "chat_refused.files", {"limit": FILES_AT_ONCE}, [{"field": "file", "reason": "too many"}])
    if not evidence:
        raise Problem(422, "chat_refused.no_file", {}, [{"field": "file", "reason": "missing"}])
    message = MessageIn.model_validate({"id": fields.get("id", ""), "text": fields.get("text", "")})
    if len(message.text or "") > settings_of(request).text_limit:
        _check_text(request, message.text)
    return message.id, webchat.inbound(message.text, None, tuple(evidence))


def _too_large(limit: int) -> Problem:
    return Problem(413, "chat_refused.large", {"limit": limit}, [{"field": "file", "reason": f"larger than {limit} MB"}])


async def _keep_file(request: web.Request, part: BodyPartReader, limit: int) -> Evidence:
    """Streams one file into the blobs. Raises a problem for what is no picture, recording, film or PDF."""
    name = media.plain_name(part.filename or "")
    head = await part.read_chunk(PIECE)
    kind = media.media_type_of(head[: media.HEAD])
    if kind is None or not media.name_fits(name, kind):
        raise Problem(422, "chat_refused.kind", {}, [{"field": "file", "reason": "content is not what its name says"}])
    engines = request.config_dict[ENGINES]
    try:
        sha256, size = await engines.blobs.put(pieces_of(part, head), limit=limit * MB)
    except TooLarge:
        raise _too_large(limit) from None
    return Evidence(sha256=sha256, media_type=kind, size=size, name=engines.sealer.seal(name, "file_name"))


@routes.get("/chat/messages", WORKER, "Lines of the chat, also while waiting for them")
async def lines(request: web.Request, query: LinesQuery) -> LinesOut:
    user, work = await chat_of(request), work_of(request)
    with work.live.listening(channel=user) as listener:
        found = await _lines(work, user, query.after)
        if not found and query.wait:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listener.get(), query.wait)
            found = await _lines(work, user, query.after)
    return LinesOut(messages=[LineOut.model_validate(line) for line in found])


async def _lines(work: Work, user: str, after: int) -> list[dict[str, Any]]:
    return [webchat.outbound(line, work.sealer) for line in await work.conversations.lines_after(user, after)]


@routes.get("/chat/stream", WORKER, "Lines of the chat as server-sent events, resuming by Last-Event-ID", page=True)
async def stream(request: web.Request, query: LinesQuery) -> web.StreamResponse:
    user, work = await chat_of(request), work_of(request)
    last = request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isdigit() and len(last) < 16 else query.after  # noqa: PLR2004 a seq has fewer digits
    response = await open_stream(request)
    with contextlib.suppress(ConnectionResetError):
        async for note in work.live.notes(channel=user, first=True):
            if note is None:
                await response.write(b": ping\n\n")
                continue
            while fresh := await _lines(work, user, after):
                after = int(fresh[-1]["seq"])
                await response.write(b"".join(sse("line", line, int(line["seq"])) for line in fresh))
    return response


@routes.get("/chat/files/{sha256}", WORKER, "A file of this chat", page=True)
async def file(request: web.Request, sha256: str) -> web.StreamResponse:
    user, work = await chat_of(request), work_of(request)
    item = await work.conversations.evidence(user, sha256)
    if item is None:
        raise Problem(404, "problem.404")
    response = web.StreamResponse(
        headers={"Content-Type": item.media_type, "Cache-Control": "private, no-store", "Content-Disposition": "inline"}
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    await response.prepare(request)
    async for piece in request.config_dict[ENGINES].blobs.read(sha256):
        await response.write(piece)
    return response
