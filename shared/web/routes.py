"""Routes that declare everything about themselves: who may call, what goes in, what comes out.

A view is an async function of the request, its path parameters by name, and optionally `body` and `query` models.
What it returns becomes JSON (a model), HTML (a Page) or itself (a response). A form from a page goes through the
same route as the API's JSON; it is answered with a redirect to `then`.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

import orjson
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.web.access import Access
from shared.web.keys import BY, KEY, PAGES
from shared.web.problems import Problem

View = Callable[..., Awaitable[Any]]
JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded",)
BODY_LIMIT = 256 * 1024
SAID = "fengqiao_said"


@dataclass(frozen=True, slots=True)
class Page:
    """A template and its values, to be rendered in the reader's language."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Route:
    """One declared route. `page` routes are for people and stay out of the OpenAPI document."""

    method: str
    path: str
    access: Access
    view: View
    summary: str
    status: int = 200
    page: bool = False
    then: str | None = None
    said: str = ""
    upload: bool = False
    parameters: dict[str, TypeAdapter[Any]] = field(default_factory=dict)
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    result: Any = None


class Routes:
    """The table of one service's routes."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.table: list[Route] = []

    def get(self, path: str, access: Access, summary: str = "", **more: Any) -> Callable[[View], View]:
        """Declares a GET route."""
        return self._declare("GET", path, access, summary, more)

    def post(self, path: str, access: Access, summary: str = "", **more: Any) -> Callable[[View], View]:
        """Declares a POST route."""
        return self._declare("POST", path, access, summary, more)

    def page(self, path: str, access: Access) -> Callable[[View], View]:
        """Declares a page."""
        return self._declare("GET", path, access, "", {"page": True})

    def _declare(self, method: str, path: str, access: Access, summary: str, more: dict[str, Any]) -> Callable[[View], View]:
        def declare(view: View) -> View:
            hints = get_type_hints(view, include_extras=True)
            names = [name for name in inspect.signature(view).parameters if "{" + name + "}" in path]
            self.table.append(
                Route(
                    method,
                    path,
                    access,
                    view,
                    summary,
                    **more,
                    parameters={name: TypeAdapter(hints[name]) for name in names},
                    body=hints.get("body"),
                    query=hints.get("query"),
                    result=hints.get("return"),
                )
            )
            return view

        return declare

    def add_to(self, app: web.Application) -> None:
        """Registers the routes with aiohttp."""
        for route in self.table:
            handler = _handler(route)
            app.router.add_route(route.method, route.path, handler)


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        arguments = await _arguments(route, request)
        result = await route.view(request, **arguments)
        return _response(route, request, result, arguments)

    handle.route = route  # type: ignore[attr-defined]
    return handle


async def _arguments(route: Route, request: web.Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name, adapter in route.parameters.items():
        try:
            arguments[name] = adapter.validate_python(request.match_info[name])
        except ValidationError:
            raise Problem(404, "problem.404") from None
    if route.query:
        arguments["query"] = route.query.model_validate(_fields(route.query, request.query))
    if route.body:
        arguments["body"] = await _body(route.body, request)
    return arguments


async def _body(model: type[BaseModel], request: web.Request) -> BaseModel:
    if request.content_type == JSON:
        return model.model_validate_json(await _bytes(request), strict=True)
    if request.content_type in FORMS:
        form = await request.post()
        request[KEY] = request[KEY] or str(form.get("idempotency_key", ""))[:200]
        return model.model_validate(_fields(model, form))
    raise Problem(415, "problem.415")


async def _bytes(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_LIMIT:
        raise Problem(413, "problem.413")
    return await request.read()


def _fields(model: type[BaseModel], given: Any) -> dict[str, Any]:
    """A form's fields for a model: empty ones are absent, repeated ones make a list where the model wants one."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        values = [value for value in given.getall(name, []) if value != ""]
        if values:
            fields[name] = values if _is_many(info.annotation) else values[0]
    return fields


def _is_many(annotation: Any) -> bool:
    kinds = (annotation, *get_args(annotation))
    return any(get_origin(kind) in {list, tuple} for kind in kinds)


def _response(route: Route, request: web.Request, result: Any, arguments: dict[str, Any]) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if isinstance(result, Page):
        return request.config_dict[PAGES].response(request, result)
    if route.then is not None and request.content_type in (*FORMS, "multipart/form-data"):
        produced = result.model_dump(mode="json") if isinstance(result, BaseModel) else {}
        return redirect(request, route.then.format(**(produced | arguments)), route.said)
    if result is None:
        return web.Response(status=204)
    return web.json_response(body=orjson.dumps(result.model_dump(mode="json", by_alias=True)), status=route.status)


def redirect(request: web.Request, place: str, said: str = "") -> web.StreamResponse:
    """To another page, where `said` (a catalogue key) is shown once."""
    if request.headers.get("HX-Request"):
        response = web.Response(status=204, headers={"HX-Redirect": place})
    else:
        response = web.Response(status=303, headers={"Location": place})
    if said:
        response.set_cookie(SAID, said, max_age=30, httponly=True, samesite="Lax")
    return response


def command_key(request: web.Request) -> str:
    """The idempotency key, good for this person and this command only; empty for none."""
    key, by = request.get(KEY, ""), request.get(BY)
    return f"{by.id if by else ''} {request.path} {key}" if key else ""


def route_of(request: web.Request) -> Route | None:
    """The declared route that a request was matched to."""
    return getattr(request.match_info.handler, "route", None)
