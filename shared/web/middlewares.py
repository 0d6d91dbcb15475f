"""What happens around every view: measure, secure, say who it is, turn refusals into problems."""

import random
from collections.abc import Awaitable, Callable
from time import perf_counter
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from shared.kernel.context import causation, correlation
from shared.runtime import metrics
from shared.runtime.logs import log
from shared.web.access import PUBLIC
from shared.web.keys import BY, CATALOGUE, ENGINES, KEY, PAGES, SERVICE, VERIFIER
from shared.web.language import language_of
from shared.web.problems import Problem, problem_from
from shared.web.routes import Page, route_of
from shared.web.sessions import COOKIE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OBSERVED = web.RequestKey("observed", bool)
SAFE = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LONGEST_KEY = 200


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts and times the request; adds the security headers; gives the work its correlation id."""
    if OBSERVED in request:
        return await handler(request)  # inside another app's: seen already
    request[OBSERVED] = True
    begun = perf_counter()
    service = request.match_info.apps[-1].get(SERVICE, "web") if request.match_info.apps else "web"
    correlation.set(f"http/{random.getrandbits(64):016x}")
    causation.set("")
    response = await handler(request)
    metrics.REQUESTS.labels(service, request.method, str(response.status)).inc()
    metrics.REQUEST_TIME.labels(service).observe(perf_counter() - begun)
    if not response.prepared:
        response.headers.update({name: value for name, value in HEADERS.items() if name not in response.headers})
    return response


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what went wrong into a problem, for a program or for a person."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 redirects are no problem
            raise
        problem = Problem(error.status, f"problem.{error.status}")
    except Exception as error:  # noqa: BLE001 the last place where a defect can become an answer
        known = problem_from(error)
        if known is None:
            log.error(
                "request.failed",
                path=request.match_info.route.resource and request.match_info.route.resource.canonical,
                error=type(error).__name__,
                exc_info=True,
            )
        problem = known or Problem(500, "problem.500")
    return problem_response(request, problem)


def problem_response(request: web.Request, problem: Problem) -> web.StreamResponse:
    """As a page for people, as a piece of one for htmx, as problem+json for programs."""
    language, catalogue = language_of(request), request.config_dict[CATALOGUE]
    body = problem.body(catalogue, language)
    pages = request.config_dict.get(PAGES)
    if pages and "text/html" in request.headers.get("Accept", ""):
        if problem.status == 401 and request.method == "GET" and not request.headers.get("HX-Request"):  # noqa: PLR2004 not signed in
            return web.Response(status=303, headers={"Location": f"/registry/sign-in?next={request.rel_url.raw_path}"})
        template = "problem_toast.html" if request.headers.get("HX-Request") else "problem.html"
        return pages.response(request, Page(template, {"problem": body}, problem.status))
    return web.Response(status=problem.status, body=orjson.dumps(body), content_type="application/problem+json")


@web.middleware
async def admitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets in whom the route names, and nobody else; an undeclared route lets in nobody."""
    route = route_of(request)
    if route is None:
        return await handler(request)
    request[KEY] = _idempotency_key(request)
    token, by_cookie = _token(request)
    now = request.config_dict[ENGINES].clock.now()
    person = request.config_dict[VERIFIER].verify(token, now) if token else None
    if person is not None:
        request[BY] = person
    if route.access.kind == "staff" and person is None:
        raise Problem(401, "problem.401")
    if route.access.kind == "staff" and person and not person.has(*route.access.roles):
        raise Problem(403, "problem.403")
    if request.method not in SAFE and (by_cookie or route.access is PUBLIC):
        _refuse_foreign(request)
    return await handler(request)


def still_signed_in(request: web.Request) -> bool:
    """For what lasts longer than a request: the session is neither expired nor void by now."""
    now = request.config_dict[ENGINES].clock.now()
    return request.config_dict[VERIFIER].verify(_token(request)[0], now) is not None


def _token(request: web.Request) -> tuple[str, bool]:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value, False
    return request.cookies.get(COOKIE, ""), COOKIE in request.cookies


def _idempotency_key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise Problem(422, "problem.fields", {"fields": "Idempotency-Key"}, [{"field": "Idempotency-Key", "reason": "too long"}])
    return key


def _refuse_foreign(request: web.Request) -> None:
    """Cross-site request forgery: browsers say where a request comes from; it has to be from our own pages.

    A request without any of these headers isn't from a browser, and so carries no cookie that it didn't choose to send.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if site is None and (origin is None or urlsplit(origin).netloc == request.host):
        return
    raise Problem(403, "problem.foreign")
