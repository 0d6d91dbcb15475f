"""The bot service on given engines."""

from pathlib import Path

from aiohttp import web

from services.bot import api
from services.bot.consumers import SUBSCRIPTIONS
from services.bot.domain.outgoing import Outgoing
from services.bot.handlers import Work
from services.bot.lanes import Dispatcher, Lanes, deliver_to_web
from services.bot.repository import INBOX, MY_CASES, TRANSCRIPTS, ConversationRepository, Inbox, OutgoingRepository
from services.bot.settings import BotSettings
from services.bot.speech import Speech
from services.bot.web import views
from shared.runtime.engines import Engines
from shared.web.health import Health
from shared.web.service import Service

NAME = "bot"
STATIC = Path(__file__).parent / "web" / "static"


def create_app(settings: BotSettings, engines: Engines, health: Health) -> web.Application:
    """Workers' chats: the dialogue, the inbox, the ledger of what goes out, and the web chat."""
    service = Service(NAME, settings, engines, Path(__file__).parent)
    conversations = ConversationRepository(engines.store, service.relay)
    outgoing = OutgoingRepository(engines.store, service.relay)
    work = Work(
        conversations=conversations, inbox=Inbox(engines.store), outgoing=outgoing, speech=Speech(service.catalogue),
        sealer=engines.sealer, clock=engines.clock, live=service.live, answer_hours=settings.answer_hours,
    )  # fmt: skip
    lanes, dispatcher = Lanes(work), Dispatcher(work, engines.replica, lambda row: deliver_to_web(row, work))

    def wake(row: Outgoing) -> None:
        if row.waiting:
            dispatcher.wake()

    conversations.on_saved = lambda chat: service.live.tell("line", {}, channel=chat.id)
    outgoing.on_saved = wake
    service.repositories(conversations, outgoing)
    service.holds(INBOX, TRANSCRIPTS, MY_CASES)
    service.app[api.LANES] = lanes
    service.consumes(SUBSCRIPTIONS, work)
    service.runs(lanes, dispatcher)
    service.report_to(health)
    service.app.router.add_static("/static", STATIC)
    return service.serves(api.routes, views.routes, work=work)
