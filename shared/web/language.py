"""Which language a reader wants: their own choice, else their browser's, else the setting."""

from aiohttp import web

from shared.contracts.values import Language
from shared.web.keys import SETTINGS

COOKIE = "fengqiao_language"


def language_of(request: web.Request) -> Language:
    """The reader's language."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in set(Language):
        return Language(chosen)
    for part in request.headers.get("Accept-Language", "").split(","):
        wanted = part.partition(";")[0].strip().lower()
        if wanted.startswith("zh"):
            return Language.ZH
        if wanted.startswith("en"):
            return Language.EN
    return request.config_dict[SETTINGS].language
