"""Numbers, seals, money, and what an aggregate has handled."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.bot import ReportWithdrawn
from shared.contracts.envelope import Envelope
from shared.contracts.values import Grant, Role, as_text, moment_from
from shared.kernel.aggregate import Handled
from shared.kernel.case_number import ALPHABET, DIGITS, grouped, new_number, read_number, with_check
from shared.kernel.identity_numbers import is_citizen_id, is_credit_code, is_mobile_phone
from shared.kernel.money import fen_from_yuan, yuan
from shared.kernel.sealing import CannotUnseal, Sealer
from shared.kernel.staff import Staff

MOMENTS = st.datetimes(timezones=st.just(UTC))
BODY = st.text(ALPHABET, min_size=DIGITS, max_size=DIGITS)
SEALER = Sealer({"k1": b"1" * 32, "k2": b"2" * 32}, "k2", b"i" * 32)


def test_the_standards_own_examples_are_valid() -> None:
    assert is_citizen_id("11010519491231002X")
    assert is_credit_code("91350100M000100Y43")
    assert is_mobile_phone("13900000000")


@pytest.mark.parametrize(
    "wrong", ["110105194912310021", "11010519491331002X", "", "１１０１０５19491231002X", "11010519491231002x "]
)
def test_a_wrong_identity_number_is_noticed(wrong: str) -> None:
    assert not is_citizen_id(wrong)


@pytest.mark.parametrize("wrong", ["91350100M000100Y44", "91350100M000100Y4", "9135010OM000100Y43", "", "91350100I000100Y43"])
def test_a_wrong_credit_code_is_noticed(wrong: str) -> None:
    assert not is_credit_code(wrong)


def test_a_new_number_reads_back_in_any_writing() -> None:
    number = new_number()
    assert read_number(number) == number
    assert read_number(number.lower().replace("-", " ")) == number


@given(BODY, st.integers(0, 8), st.sampled_from(ALPHABET[:31]))
def test_one_wrong_character_of_a_number_is_noticed(body: str, place: int, other: str) -> None:
    good = with_check(body)
    wrong = good[:place] + other + good[place + 1 :]
    if wrong != good and {good[place], other} != {"0", "Z"}:
        assert read_number(wrong) is None


@given(BODY, st.integers(0, 7))
def test_two_swapped_neighbours_of_a_number_are_noticed(body: str, place: int) -> None:
    good = with_check(body)
    wrong = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
    if wrong != good and {good[place], good[place + 1]} != {"0", "Z"}:
        assert read_number(wrong) != grouped(wrong)


@given(st.text(max_size=300), st.sampled_from(["name", "phone"]))
def test_what_is_sealed_opens_for_its_purpose_only(text: str, purpose: str) -> None:
    sealed = SEALER.seal(text, purpose)
    assert SEALER.open(sealed, purpose) == text
    with pytest.raises(CannotUnseal):
        SEALER.open(sealed, purpose + "x")
    if len(text) > 3:
        assert text not in sealed


def test_a_changed_seal_does_not_open() -> None:
    sealed = SEALER.seal("13900000000", "phone")
    with pytest.raises(CannotUnseal):
        SEALER.open(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), "phone")
    with pytest.raises(CannotUnseal):
        SEALER.open(sealed.replace("sealed.k2", "sealed.k1"), "phone")
    with pytest.raises(CannotUnseal):
        SEALER.open(sealed.replace("sealed.k2", "sealed.k9"), "phone")


def test_blind_indexes_are_equal_for_equal_texts_of_one_purpose_only() -> None:
    assert SEALER.index("13900000000", "phone") == SEALER.index("13900000000", "phone")
    assert SEALER.index("13900000000", "phone") != SEALER.index("13900000000", "name")


@given(st.integers(0, 10**12))
def test_money_reads_back(fen: int) -> None:
    assert fen_from_yuan(yuan(fen)) == fen


@pytest.mark.parametrize("wrong", ["", "abc", "1.234", "-5", "1e5", "١٢", "1.2.3", "=1+1"])
def test_what_is_no_amount_is_none(wrong: str) -> None:
    assert fen_from_yuan(wrong) is None


@given(MOMENTS, MOMENTS)
def test_moments_as_text_sort_as_time_does(one: datetime, two: datetime) -> None:
    assert (as_text(one) < as_text(two)) == (one < two)
    assert moment_from(as_text(one)) == one


def envelope(sequence: int, *, replay: bool = False) -> Envelope:
    event = ReportWithdrawn(at=datetime(2026, 1, 1, tzinfo=UTC), number="0000-0000-00")
    wrapped = Envelope.of(event, subject="user", sequence=sequence, correlation="c")
    return wrapped.model_copy(update={"replay": replay})


def test_an_event_is_handled_once_and_a_replayed_dead_letter_too() -> None:
    handled = Handled()
    handled.note(envelope(1))
    handled.note(envelope(3))
    assert handled.has(envelope(1))
    assert handled.has(envelope(2))
    assert not handled.has(envelope(4))
    assert not handled.has(envelope(2, replay=True))
    handled.note(envelope(2, replay=True))
    assert handled.has(envelope(2, replay=True))


def test_keys_of_commands_are_forgotten_after_a_day() -> None:
    handled, now = Handled(), datetime(2026, 1, 1, tzinfo=UTC)
    handled.note_key("a", now)
    handled.note_key("b", now + timedelta(hours=23))
    assert handled.has_key("a")
    handled.note_key("c", now + timedelta(hours=25))
    assert not handled.has_key("a")
    assert handled.has_key("b")


def test_a_role_reaches_its_place_and_below_and_no_neighbour() -> None:
    person = Staff(id="x", name="x", grants=(Grant(role=Role.CASEWORKER, path="/city/park/"),))
    assert person.reaches("/city/park/", Role.CASEWORKER)
    assert person.reaches("/city/park/u1/", Role.CASEWORKER)
    assert not person.reaches("/city/", Role.CASEWORKER)
    assert not person.reaches("/city/park2/", Role.CASEWORKER)
    assert not person.reaches("/city/park/", Role.SUPERVISOR)


def test_an_envelope_is_a_cloudevent_and_reads_back() -> None:
    original = envelope(7)
    wire = original.to_wire()
    assert wire["specversion"] == "1.0"
    assert wire["sequence"] == "7"
    assert all(key.islower() and key.isalnum() for key in wire)
    import orjson

    assert Envelope.from_bytes(orjson.dumps(wire)) == original


def test_the_fast_wire_form_is_the_envelopes_own() -> None:
    event = ReportWithdrawn(at=datetime(2026, 1, 1, tzinfo=UTC), number="0000-0000-00")
    place = {"subject": "u", "sequence": 3, "correlation": "c", "causation": "d"}
    assert Envelope.wire_of(event, **place) == Envelope.of(event, **place).to_wire()
