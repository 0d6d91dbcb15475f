"""The command line: `fengqiao`."""

import asyncio
import contextlib
import errno
import gc
import json
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import uvloop
from aiohttp import web
from pydantic import ValidationError
from rich.progress import MofNCompleteColumn, Progress

from shared.runtime import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from services.remote import Remote

VERSION = "0.1.0"
WRONG = 2
STOP_SECONDS = 2.0


def fail(sentence: str) -> NoReturn:
    """One sentence on standard error: what is wrong and what to do; exit code 2."""
    click.echo(f"fengqiao: {sentence}", err=True)
    sys.exit(WRONG)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION)
@click.pass_context
def main(context: click.Context) -> None:
    """Fengqiao (枫桥): union casework, from a worker's first words to a settled case."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command()
@click.option("--demo", is_flag=True, help="Fill an empty data folder with a believable park.")
def up(*, demo: bool) -> None:
    """Run everything in one process: chat, console, metrics."""
    begun = time.perf_counter()
    settings = _settings()
    logs.configure(settings.bot.log_level)
    listener = _listen(settings.bot.host, settings.bot.port)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listener, demo=demo, begun=begun))


def _settings() -> Any:
    from services.together import AllSettings  # noqa: PLC0415 a command that needs no service starts at once

    try:
        return AllSettings.read()
    except ValidationError as error:
        first = error.errors()[0]
        name = "FENGQIAO_" + str(first["loc"][0]).upper()
        fail(f"{name} is wrong: {first['msg'].removeprefix('Value error, ')} (it is {first['input']!r}).")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(f"Port {port} is in use. Stop what uses it, or choose another with FENGQIAO_PORT.")
        fail(f"Can't listen on {host}:{port} ({error.strerror}). Choose others with FENGQIAO_HOST and FENGQIAO_PORT.")
    return listener


async def _serve(settings: Any, listener: socket.socket, *, demo: bool, begun: float) -> None:
    from services import demo as park  # noqa: PLC0415
    from services.together import compose  # noqa: PLC0415
    from shared.adapters.clocks import MovableClock  # noqa: PLC0415
    from shared.adapters.embedded import FolderUnusable, embedded_engines  # noqa: PLC0415

    folder = settings.bot.data
    filling = demo and park.is_to_be_filled(folder)
    clock, stopping = MovableClock(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    try:
        async with contextlib.AsyncExitStack() as stack:
            engines_for = await stack.enter_async_context(embedded_engines(folder, clock, demo=filling or park.is_demo(folder)))
            parts = compose(settings, engines_for)
            runner = web.AppRunner(parts.app, access_log=None, shutdown_timeout=STOP_SECONDS)
            await runner.setup()
            settle_memory()
            stack.push_async_callback(runner.cleanup)
            if filling:
                await park.fill(folder, parts, clock, click.echo)
            site = web.SockSite(runner, listener)
            await site.start()
            await _announce(settings, parts, begun)
            await stopping.wait()
            click.echo("Stopping…")
    except FolderUnusable as error:
        fail(str(error))


def settle_memory() -> None:
    """What is loaded by now stays: the collector need not look at it again, nor at every few hundred new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _here(settings: Any) -> str:
    """The address by which this machine reaches it."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 a comparison
    return f"http://{host}:{settings.port}"


async def _announce(settings: Any, parts: Any, begun: float) -> None:
    from services.registry.handlers import issue_welcome  # noqa: PLC0415
    from shared.web.keys import WORK  # noqa: PLC0415

    key = await issue_welcome(parts.registry[WORK])
    base = settings.bot.public_url.rstrip("/") or _here(settings.bot)
    click.echo(f"""Fengqiao is ready ({time.perf_counter() - begun:.1f} s).

  Chat      {base}/
  Console   {base}/registry/welcome/{key}   (one-time sign-in link)
  Metrics   {base}/metrics
  Data      {settings.bot.data.absolute()}

Ctrl-C stops it.""")


@main.command()
def asyncapi() -> None:
    """Print the AsyncAPI document of the events."""
    from shared.contracts import asyncapi as contract  # noqa: PLC0415
    from shared.contracts import topics  # noqa: PLC0415

    topics.all_topics()
    click.echo(json.dumps(contract.document(VERSION), ensure_ascii=False, indent=2))


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the HTTP APIs."""
    click.echo(json.dumps(openapi_document(), ensure_ascii=False, indent=2))


def openapi_document() -> dict[str, Any]:
    """One document for all services."""
    import services.bot.api as bot  # noqa: PLC0415
    import services.grievances.api as grievances  # noqa: PLC0415
    import services.notifications.api as notifications  # noqa: PLC0415
    import services.registry.api as registry  # noqa: PLC0415
    from shared.web import openapi as document  # noqa: PLC0415

    return document.document([module.routes for module in (bot, grievances, registry, notifications)], VERSION)


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Import a roster (CSV) into the Fengqiao that runs."""
    _ask(lambda remote: _import(remote, file))


async def _import(remote: "Remote", file: Path) -> None:
    roster: dict[str, Any] = {}
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task(file.name, total=None)
        async for roster in remote.import_roster(file):
            bar.update(task, total=roster["rows"] or None, completed=roster["done"])
    for item in roster["rejections"]:
        click.echo(f"line {item['row']}: {item['field']}: {item['reason']}")
    if roster["state"] == "refused":
        fail(f"{file.name} is no roster: {roster['reason']}.")
    figures = ", ".join(f"{roster[name]} {name}" for name in ("added", "changed", "same", "rejected"))
    click.echo(f"{roster['rows']} rows: {figures}.")


@main.command("dead-letters")
@click.option("--replay", "letter", metavar="ID", help="Handle this one again.")
def dead_letters(letter: str | None) -> None:
    """List the records that could not be handled, or replay one."""
    _ask(lambda remote: remote.replay(letter) if letter else _list_letters(remote))


async def _list_letters(remote: "Remote") -> None:
    letters = await remote.dead_letters()
    for letter in letters:
        click.echo(f"{letter['id']}  {letter['at']}  {letter['error']}: {letter['reason']}")
    click.echo(f"{len(letters)} dead letters." if letters else "No dead letters.")


def _ask(action: "Callable[[Remote], Coroutine[Any, Any, None]]") -> None:
    from services.remote import Remote, Unreachable  # noqa: PLC0415

    settings = _settings().bot
    try:
        asyncio.run(action(Remote(_here(settings), settings.data)))
    except Unreachable as error:
        fail(str(error))
