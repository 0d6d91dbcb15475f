"""Pages: jinja templates with the reader's language, zone and roles at hand."""

import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from babel import Locale
from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.contracts.values import Language, Role, moment_from
from shared.kernel.money import yuan
from shared.runtime.catalogue import Catalogue
from shared.runtime.settings import Settings
from shared.web.keys import BY, ENGINES
from shared.web.language import language_of
from shared.web.routes import SAID, Page

HERE = Path(__file__).parent
STATIC = HERE / "static"
LOCALES = HERE / "locales"
LOCALE_OF = {language: Locale.parse(str(language)) for language in Language}
FORMATS = {Language.ZH: "M月d日 HH:mm", Language.EN: "d MMM HH:mm"}
DAYS = {Language.ZH: "y年M月d日", Language.EN: "d MMM y"}
SOON = timedelta(hours=4)
DAYS_FROM = 2


class Pages:
    """Renders the templates of a service and the shared layout."""

    def __init__(self, catalogue: Catalogue, settings: Settings, *folders: Path) -> None:
        self._catalogue, self._settings = catalogue, settings
        self._zone = ZoneInfo(settings.time_zone)
        self._environment = Environment(
            loader=FileSystemLoader([*folders, HERE / "templates"]), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip

    def response(self, request: web.Request, page: Page) -> web.Response:
        """The rendered page."""
        text = self.render(request, page)
        response = web.Response(text=text, content_type="text/html", status=page.status)
        response.headers["Cache-Control"] = "no-store"
        if SAID in request.cookies:
            response.del_cookie(SAID)
        return response

    def render(self, request: web.Request, page: Page) -> str:
        """The HTML."""
        language = language_of(request)
        engines = request.config_dict[ENGINES]
        now = engines.clock.now()
        said = request.cookies.get(SAID, "")
        return self._environment.get_template(page.template).render(
            t=lambda key, **values: self._catalogue.say(language, key, **values),
            language=language,
            languages=list(Language),
            staff=request.get(BY),
            Role=Role,
            now=now,
            demo=engines.demo,
            path=request.path,
            here=request.rel_url.path_qs,
            said=said if self._catalogue.has(said) else "",
            moment=lambda when: self.moment(when, language),
            day=lambda when: str(format_date(when.astimezone(self._zone), DAYS[language], locale=LOCALE_OF[language])),
            chip=lambda due: self._chip(due, now, language),
            yuan=yuan,
            json=lambda value: json.dumps(value, ensure_ascii=False),
            new_key=lambda: secrets.token_urlsafe(12),
            **page.values,
        )

    def moment(self, when: datetime | str, language: Language) -> str:
        """A point in time as the console's readers say it."""
        at = moment_from(when) if isinstance(when, str) else when
        return str(format_datetime(at, FORMATS[language], tzinfo=self._zone, locale=LOCALE_OF[language]))

    def _chip(self, due: datetime, now: datetime, language: Language) -> dict[str, str]:
        """Time left until a deadline: its text, and a state that word and shape tell as well as colour."""
        left = due - now
        state = "breached" if left <= timedelta() else "soon" if left <= SOON else "calm"
        minutes = int(abs(left).total_seconds()) // 60
        days = minutes // (24 * 60)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}"
        text = clock if days < DAYS_FROM else self._catalogue.say(language, "chip.days", days=days)
        return {
            "state": state,
            "text": text,
            "word": self._catalogue.say(language, f"chip.{state}"),
            "due": due.isoformat(),
        }
