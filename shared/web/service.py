"""The app of one service: its routes with everything around them, and the loops that live with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from shared.contracts.registry import SessionsRevoked
from shared.contracts.values import Role
from shared.kernel.repository import Repository
from shared.ports.store import Collection, Conflict, Store, StoreUnavailable
from shared.runtime import dead_letters, lease, metrics
from shared.runtime.catalogue import Catalogue
from shared.runtime.consumer import Consumer, Subscriptions
from shared.runtime.dead_letters import DeadLetters
from shared.runtime.engines import Engines
from shared.runtime.lifecycle import Action, Worker, run_with
from shared.runtime.relay import OutboxRelay
from shared.runtime.settings import Settings
from shared.web import keys, middlewares
from shared.web.access import staff
from shared.web.health import Health
from shared.web.live import Live
from shared.web.pages import LOCALES, Pages
from shared.web.problems import Problem
from shared.web.routes import Routes
from shared.web.sessions import SessionVerifier

REVOCATIONS = Collection("revocations")
PROBE = Collection("health")


@dataclass
class Service:
    """A service under construction: its composition root adds repositories, consumers and timers to it."""

    name: str
    settings: Settings
    engines: Engines
    folder: Path
    app: web.Application = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(LOCALES, self.folder / "locales")
        self.relay = OutboxRelay(self.name, self.engines.store, self.engines.bus, self.engines.clock)
        self.letters = DeadLetters(self.engines.store, self.engines.bus)
        self.live = Live(self.name)
        self.verifier = SessionVerifier(self.engines.session_public_key)
        self.collections: list[Collection] = [dead_letters.COLLECTION, lease.COLLECTION, REVOCATIONS, PROBE]
        self.workers: list[Worker] = [self.relay]
        self.consumers: list[Consumer] = []
        self.preparations: list[Action] = [self._prepare]
        self.app = web.Application(
            middlewares=[middlewares.observed, middlewares.explained, middlewares.admitted], client_max_size=1024 * 1024
        )
        self.app[keys.SERVICE] = self.name
        self.app[keys.SETTINGS] = self.settings
        self.app[keys.ENGINES] = self.engines
        self.app[keys.CATALOGUE] = self.catalogue
        self.app[keys.VERIFIER] = self.verifier
        self.app[keys.PAGES] = Pages(self.catalogue, self.settings, self.folder / "web" / "templates")
        self.app.on_shutdown.append(self._close_live)

    def repositories(self, *repositories: Repository[Any]) -> None:
        """These aggregates live here."""
        for repository in repositories:
            self.collections.append(repository.collection())
            self.relay.watch(repository.name)

    def holds(self, *collections: Collection) -> None:
        """These documents live here beside the aggregates."""
        self.collections += collections

    def consumes(self, subscriptions: Subscriptions, work: Any) -> None:
        """Handles these events; every service also obeys revoked sessions."""
        table = {SessionsRevoked: self._revoke} | dict(subscriptions)
        consumer = Consumer(self.name, table, work, bus=self.engines.bus, clock=self.engines.clock, letters=self.letters)
        self.consumers.append(consumer)
        self.workers.append(consumer)

    def prepares(self, action: Action) -> None:
        """Done once the collections are there, before anything runs."""
        self.preparations.append(action)

    def runs(self, *workers: Worker) -> None:
        """These loops live with the service, after those added before."""
        self.workers += workers

    def serves(self, *tables: Routes, work: Any) -> web.Application:
        """The finished app."""
        self.app[keys.WORK] = work
        self.app[keys.SERVICE_PARTS] = self
        for routes in (*tables, dead_letter_routes(self)):
            routes.add_to(self.app)
        run_with(self.app, self.preparations, self.workers)
        return self.app

    def idle(self) -> bool:
        """Nothing is being published or handled; for tests and the demo, which wait for it."""
        loops = [worker.idle() for worker in self.workers if hasattr(worker, "idle")]
        return all(loops)

    def report_to(self, health: Health) -> None:
        """Adds this service's checks and gauges."""
        for number, worker in enumerate(self.workers):
            health.checks[f"{self.name}.{type(worker).__name__.lower()}.{number}"] = _fault_of(worker)
        health.checks[f"{self.name}.store"] = self._can_write
        health.refreshes.append(self._measure)

    async def _prepare(self) -> None:
        await self.engines.store.prepare(self.collections)
        for stored in await self.engines.store.find(REVOCATIONS.name, limit=100_000):
            self.verifier.revoke(stored.id, SessionsRevoked.model_validate(stored.body).at)

    async def _close_live(self, _app: web.Application) -> None:
        self.live.close()

    async def _revoke(self, event: SessionsRevoked, _cause: Any, _work: Any) -> None:
        self.verifier.revoke(event.staff, event.at)
        stored = await self.engines.store.get(REVOCATIONS.name, event.staff)
        if stored and SessionsRevoked.model_validate(stored.body).at >= event.at:
            return  # a newer one is known: a replayed letter must not open what that one closed
        body = event.model_dump(mode="json")
        await self.engines.store.put(REVOCATIONS.name, event.staff, body, expected=stored.version if stored else 0)

    async def _can_write(self) -> str | None:
        return await probe(self.engines.store, self.engines.clock.now().isoformat())

    async def _measure(self) -> None:
        for consumer in self.consumers:
            metrics.LAG.labels(consumer.group).set(await consumer.lag())


async def probe(store: Store, now: str) -> str | None:
    """Writes a document: only a write shows that writes work."""
    stored = await store.get(PROBE.name, "probe")
    try:
        await store.put(PROBE.name, "probe", {"at": now}, expected=stored.version if stored else 0)
    except StoreUnavailable as error:
        return f"cannot write: {error}"
    except Conflict:
        return None  # two probes at once: both can write
    except Exception as error:  # noqa: BLE001 the check must answer, whatever broke
        return type(error).__name__
    return None


def _fault_of(worker: Worker) -> Callable[[], Any]:
    async def check() -> str | None:
        return worker.fault()

    return check


def dead_letter_routes(service: Service) -> Routes:
    """Looking at dead letters and sending them again: the same in every service."""
    routes = Routes(service.name)

    @routes.get("/dead-letters", staff(Role.OPERATOR), "Records that could not be handled", page=True)
    async def dead_letters_list(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"dead_letters": await service.letters.waiting()})

    @routes.post("/dead-letters/{letter}/replay", staff(Role.OPERATOR), "Handle a dead letter again", page=True)
    async def replay(_request: web.Request, letter: str) -> None:
        consumers: Sequence[Consumer] = [c for c in service.consumers if letter.startswith(c.group + ".")]
        if not consumers or not await consumers[0].replay(letter):
            raise Problem(404, "problem.404")

    return routes
