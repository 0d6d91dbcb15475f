"""Schemathesis calls every documented operation with whatever its schema allows, and with what it doesn't: never a 5xx."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from services.cli import openapi_document
from shared.contracts.values import Grant, Role
from shared.kernel.staff import Staff
from shared.web.sessions import SessionSigner
from tests.support.program import Program

schema = schemathesis.openapi.from_dict(openapi_document())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, str, str]]:
    program = Program(tmp_path_factory.mktemp("fuzz") / "data")
    done = threading.Thread(target=lambda: asyncio.run(program.start()))
    done.start()
    done.join()
    signer = SessionSigner((program.folder / "keys/session.pem").read_bytes())
    boss = Staff(id="boss", name="b", grants=tuple(Grant(role=role, path="/") for role in Role))
    import json
    import urllib.request

    request = urllib.request.Request(
        f"{program.base}/bot/chat/sessions", data=b"{}", headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        chat = json.loads(answer.read())["token"]
    yield program, signer.sign(boss, datetime.now(UTC)), chat
    program.stop()


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.timeout(300)
def test_no_call_at_all_is_answered_with_a_5xx(case: schemathesis.Case, running: tuple[Program, str, str]) -> None:
    program, staff, chat = running
    if case.operation.path.endswith("/sign-out"):
        return  # it would end the session that the other calls need
    if case.query and "wait" in case.query:
        case.query["wait"] = 0  # the call would be held for so many seconds
    token = chat if "/chat/" in case.operation.path else staff
    case.call_and_validate(
        base_url=program.base, headers={"Authorization": f"Bearer {token}"}, timeout=20,
        checks=[checks.not_a_server_error],
    )  # fmt: skip
