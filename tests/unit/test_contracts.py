"""Published events never change; documents are valid by the public validators; every word is in both languages."""

import json
import re
import string
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.cli import VERSION, openapi_document
from shared.contracts import asyncapi, topics
from shared.contracts.event import Event, all_events
from shared.contracts.values import Language
from shared.runtime.catalogue import Catalogue
from shared.web.pages import LOCALES

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden"
ROOMS = ("bot", "grievances", "registry", "notifications")
EVENTS = [event for topic in topics.all_topics() for event in all_events() if event.event_type.rpartition(".")[0] == topic.name]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_the_schema_of_a_published_event_is_what_it_was(event: type[Event]) -> None:
    """A new event: run `make docs`, which writes its golden file; a changed one gets a new version instead."""
    golden = GOLDEN / f"{event.event_type}.{event.version}.json"
    assert json.loads(golden.read_text()) == asyncapi.schema_of(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_every_event_says_what_it_means(event: type[Event]) -> None:
    assert event.__doc__
    assert event.__doc__ != Event.__doc__


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(openapi_document()).validate()


def test_the_asyncapi_document_is_valid_by_the_published_schema() -> None:
    schema = json.loads((GOLDEN / "asyncapi-3.0.0.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(asyncapi.document(VERSION))


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_stands_in_both_languages_with_the_same_values(room: str) -> None:
    catalogue = Catalogue(LOCALES, ROOT / f"services/{room}/locales")
    zh, en = catalogue.keys(Language.ZH), catalogue.keys(Language.EN)
    assert zh == en
    for key in zh:
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(catalogue.text(language, key)) if name} for language in Language
        ]
        assert fields[0] == fields[1], key
        assert catalogue.text(Language.ZH, key).strip()


@pytest.mark.parametrize("room", ROOMS)
def test_every_key_that_a_page_names_is_in_the_catalogue(room: str) -> None:
    catalogue = Catalogue(LOCALES, ROOT / f"services/{room}/locales")
    for template in (ROOT / f"services/{room}/web/templates").glob("*.html"):
        for key in re.findall(r"\bt\('([a-z_0-9.]+[a-z_0-9])'[,)]", template.read_text()):
            assert catalogue.has(key), f"{template.name}: {key}"


def test_every_refusal_of_the_code_has_its_sentence() -> None:
    for room in ROOMS:
        catalogue = Catalogue(LOCALES, ROOT / f"services/{room}/locales")
        for source in (ROOT / f"services/{room}").rglob("*.py"):
            for key in re.findall(r'"((?:refused|roster(?!\.html)|chat_refused|search)\.[a-z_.]+[a-z_])"', source.read_text()):
                assert catalogue.has(key), f"{source.name}: {key}"
