"""The chat page: one front end of the chat's API."""

from aiohttp import web

from services.bot.api import settings_of
from shared.contracts.values import Language
from shared.web.access import PUBLIC
from shared.web.keys import CATALOGUE
from shared.web.language import language_of
from shared.web.routes import Page, Routes

routes = Routes("bot")


def chat_page(request: web.Request) -> Page:
    """The page in the reader's language, with the words that its script needs."""
    catalogue, language = request.config_dict[CATALOGUE], language_of(request)
    words = {
        key.removeprefix("page."): catalogue.text(language, key) for key in catalogue.keys(language) if key.startswith("page.")
    }
    other = Language.EN if language is Language.ZH else Language.ZH
    return Page("chat.html", {"words": words, "other": other, "upload_mb": settings_of(request).upload_mb})


@routes.page("/chat", PUBLIC)
async def chat(request: web.Request) -> Page:
    return chat_page(request)
