"""Makes what documents can be made from the code: diagrams, tables of settings and metrics, golden schemas.

`python -m docs.make` writes them; `--check` writes nothing and fails if one is not as the code would make it.
"""

import json
import sys
from pathlib import Path

from prometheus_client import Metric
from pydantic_settings import BaseSettings

from services.bot.consumers import SUBSCRIPTIONS as BOT
from services.bot.settings import BotSettings
from services.grievances.consumers import SUBSCRIPTIONS as GRIEVANCES
from services.grievances.domain.life import LIFE, Clock
from services.grievances.settings import GrievancesSettings
from services.notifications.consumers import SUBSCRIPTIONS as NOTIFICATIONS
from services.notifications.settings import NotificationsSettings
from services.registry.settings import RegistrySettings
from shared.contracts import asyncapi
from shared.contracts.event import all_events
from shared.contracts.topics import topic_of
from shared.runtime import metrics

ROOT = Path(__file__).parents[1]
MADE = "<!-- Made by `make docs` from the code. -->\n\n"
SETTINGS: tuple[type[BaseSettings], ...] = (BotSettings, GrievancesSettings, NotificationsSettings, RegistrySettings)
CONSUMERS = {"bot": BOT, "grievances": GRIEVANCES, "notifications": NOTIFICATIONS}


def case_life() -> str:
    """The table of transitions, and its picture."""
    rows = ["| in | action | by | only if | then | starts | stops |", "| --- | --- | --- | --- | --- | --- | --- |"]
    arrows = ["stateDiagram-v2", "    [*] --> submitted"]
    for row in LIFE:
        stops = "all" if row.stops == frozenset(Clock) else ", ".join(sorted(row.stops))
        rows.append(
            f"| {', '.join(sorted(row.states))} | {row.action} | {', '.join(sorted(row.by))} | {row.guard} | "
            f"{row.then or 'as it was'} | {', '.join(sorted(row.starts))} | {stops} |"
        )
        if row.then:
            arrows += [f"    {state} --> {row.then}: {row.action}" for state in sorted(row.states) if state is not row.then]
    picture = "\n".join(["```mermaid", *arrows, "```"])
    return f"# The life of a case\n\n{MADE}" + "\n".join(rows) + f"\n\n{picture}\n"


def topic_table() -> str:
    """Who says what to whom."""
    topics: dict[str, list[str]] = {}
    readers: dict[str, set[str]] = {}
    for event in all_events():
        topic = topic_of(event.event_type)
        summary = (event.__doc__ or "").strip().splitlines()[0]
        topics.setdefault(topic, []).append(f"| `{event.event_type}` | {event.version} | {summary} |")
        for service, table in CONSUMERS.items():
            if event in table:
                readers.setdefault(topic, set()).add(service)
    arrows = ["flowchart LR"]
    for topic in sorted(topics):
        source = topic.partition(".")[0]
        arrows.append(f"    {source} --> {topic}[({topic})]")
        arrows += [f"    {topic} --> {reader}" for reader in sorted(readers.get(topic, ()))]
    text = [f"# Topics and events\n\n{MADE}```mermaid", *arrows, "```"]
    for topic, events in sorted(topics.items()):
        text += [f"\n## {topic}\n", "| event | version | meaning |", "| --- | --- | --- |", *events]
    return "\n".join(text) + "\n"


def settings_table() -> str:
    """Every setting with its default and meaning."""
    rows: dict[str, str] = {}
    for settings in SETTINGS:
        for name, field in settings.model_fields.items():
            default = field.default if not isinstance(field.default, tuple) else json.dumps(field.default)
            rows[name] = f"| `FENGQIAO_{name.upper()}` | `{default}` | {field.description} |"
    head = ["| variable | default | meaning |", "| --- | --- | --- |"]
    return f"# Settings\n\n{MADE}" + "\n".join([*head, *(rows[name] for name in sorted(rows))]) + "\n"


def metrics_table() -> str:
    """Every metric."""
    head = ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |"]
    found = []
    for value in vars(metrics).values():
        if hasattr(value, "describe") and not isinstance(value, type):
            described: Metric = next(iter(value.describe()))
            labels = ", ".join(value._labelnames)  # noqa: SLF001 the library keeps the names there
            name = described.name + ("_total" if described.type == "counter" else "")
            found.append(f"| `{name}` | {described.type} | {labels} | {described.documentation} |")
    return f"# Metrics\n\n{MADE}" + "\n".join([*head, *sorted(found)]) + "\n"


def made() -> dict[Path, str]:
    """Every made file and its text."""
    files = {
        ROOT / "docs/diagrams/case-life.md": case_life(),
        ROOT / "docs/diagrams/topics.md": topic_table(),
        ROOT / "docs/settings.md": settings_table(),
        ROOT / "docs/metrics.md": metrics_table(),
    }
    for event in all_events():
        path = ROOT / f"tests/golden/{event.event_type}.{event.version}.json"
        if not path.exists():  # a golden file that exists is never made anew: a published version never changes
            files[path] = json.dumps(asyncapi.schema_of(event), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return files


def main() -> None:
    """Writes, or checks."""
    stale = {path: text for path, text in made().items() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv:
        if stale:
            sys.exit("Not as the code makes them; run `make docs`: " + ", ".join(str(path.relative_to(ROOT)) for path in stale))
        return
    for path, text in stale.items():
        path.write_text(text)
        print(f"made {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
