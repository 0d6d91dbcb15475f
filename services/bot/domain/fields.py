"""The report's fields as a table: when each is needed, how it is asked, how its answer is read, how it is shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.bot.domain import reading
from services.bot.domain.messages import Button, Choice, Given, Text
from services.bot.domain.numerals import narrow
from services.bot.domain.session import Draft, Step
from shared.contracts.values import AmountOf, Category
from shared.kernel.identity_numbers import is_mobile_phone
from shared.kernel.money import yuan

SKIP = "skip"
MONEY = {Category.WAGE_ARREARS, Category.PAY_DISPUTE}
LONGEST = 100
LONGEST_STORY = 20_000
CALLED = re.compile(r"^(我叫|我是|我姓|叫我|my name is |i am |i'm |call me )", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """One thing that a report may say. `read` gives the filled draft, or None when the answer was not understood."""

    step: Step
    needed: Callable[[Draft], bool]
    choices: Callable[[Draft], tuple[str, ...]]
    read: Callable[[Draft, Given], Draft | None]
    ask: str | None = None
    changeable: bool = True

    @property
    def name(self) -> str:
        """The field's name in the draft and the catalogue."""
        return str(self.step)

    def buttons(self, draft: Draft) -> tuple[Button, ...]:
        """The answers that can be pressed."""
        return tuple(
            Button(choice, "choice.skip" if choice == SKIP else f"choice.{self.name}.{choice}") for choice in self.choices(draft)
        )


def _category(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice(id) if id in set(Category):
            return draft.fill("category", category=Category(id))
        case Text(text):
            found = reading.category_of(text) or reading.category_named(text)
            return draft.fill("category", category=found) if found else None
        case _:
            return None
    return None


def _amount(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("amount", amount=None)
        case Text(text):
            amount = reading.amount_alone(text)
            if amount is None:
                return None
            said = reading.read(text).amount_of
            known = said if said is AmountOf.MONTH or (draft.people or 1) == 1 else draft.amount_of
            return draft.fill("amount", amount=amount, amount_of=known)
        case _:
            return None
    return None


def _amount_of(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice(id) if id in set(AmountOf):
            return draft.fill("amount_of", amount_of=AmountOf(id))
        case Text(text):
            found = reading.read(f"{text} 1元").amount_of if reading.OF_ALL.search(text) else None
            mine = AmountOf.MINE if reading.OF_ME.search(text) or text.strip() in {"我的", "我一个人", "mine", "me"} else None
            return draft.fill("amount_of", amount_of=found or mine) if found or mine else None
        case _:
            return None
    return None


def _months(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("months", months=None)
        case Text(text):
            months = reading.months_of(text) or reading.count_alone(text)
            return draft.fill("months", months=months) if months and months <= reading.MOST_MONTHS else None
        case _:
            return None
    return None


def _people(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("people", people=None, more=False)
        case Text(text):
            found = reading.read(text)
            people = found.people or reading.count_alone(text)
            return draft.fill("people", people=people, more=found.more) if people else None
        case _:
            return None
    return None


def _employer(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("employer", employer=None)
        case Text(text) if 0 < len(text.strip()) <= LONGEST:
            return draft.fill("employer", employer=reading.employer_of(text) or text.strip())
        case _:
            return None
    return None


def _anonymity(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("anonymous"):
            return draft.fill("anonymity", named=False, name=None, phone=None)
        case Choice("named"):
            return draft.fill("anonymity", named=True)
        case Text(text):
            plain = text.strip().lower()
            if any(word in plain for word in ("不留名", "匿名", "不想", "anonym", "no name")):
                return draft.fill("anonymity", named=False, name=None, phone=None)
            if any(word in plain for word in ("留名", "实名", "告诉", "可以", "named", "name is")):
                return draft.fill("anonymity", named=True)
        case _:
            return None
    return None


def _name(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("name", name=None)
        case Text(text) if 0 < len(text.strip()) <= LONGEST:
            return draft.fill("name", name=CALLED.sub("", text.strip()) or text.strip())
        case _:
            return None
    return None


def _phone(draft: Draft, given: Given) -> Draft | None:
    match given:
        case Choice("skip"):
            return draft.fill("phone", phone=None)
        case Text(text):
            digits = "".join(character for character in narrow(text) if character.isdigit()).removeprefix("86")
            return draft.fill("phone", phone=digits) if is_mobile_phone(digits) else None
        case _:
            return None
    return None


def _skip(_: Draft) -> tuple[str, ...]:
    return (SKIP,)


def _shared_amount(draft: Draft) -> bool:
    return draft.amount is not None and (draft.people or 1) > 1


def _about_money(draft: Draft) -> bool:
    return draft.category in MONEY


FIELDS: tuple[Field, ...] = (
    Field(Step.CATEGORY, lambda _: True, lambda _: tuple(Category), _category),
    Field(Step.MONTHS, lambda draft: draft.category is Category.WAGE_ARREARS, _skip, _months),
    Field(Step.AMOUNT, _about_money, _skip, _amount),
    Field(Step.AMOUNT_OF, _shared_amount, lambda _: tuple(AmountOf), _amount_of),
    Field(Step.PEOPLE, lambda _: False, _skip, _people),
    Field(Step.EMPLOYER, lambda _: True, _skip, _employer),
    Field(Step.ANONYMITY, lambda _: True, lambda _: ("anonymous", "named"), _anonymity),
    Field(Step.NAME, lambda draft: bool(draft.named), _skip, _name),
    Field(Step.PHONE, lambda draft: bool(draft.named), _skip, _phone, ask="contact"),
)  # fmt: skip
BY_STEP = {field.step: field for field in FIELDS}


def filled(draft: Draft, name: str) -> bool:
    """True if the field needs no question any more."""
    return name in draft.answered


def next_field(draft: Draft) -> Field | None:
    """The first field that is needed and open; None when the report is complete."""
    return next((field for field in FIELDS if field.needed(draft) and not filled(draft, field.name)), None)


def merge(draft: Draft, text: str) -> Draft:
    """Adds what a message says to the draft; what was settled by an answer stays unless it is said anew."""
    found = reading.read(text)
    words = f"{draft.words}\n{text}".strip()[-LONGEST_STORY:]
    draft = draft.model_copy(update={"words": words, "danger": draft.danger or found.danger})
    values = {"category": found.category, "amount": found.amount, "months": found.months, "employer": found.employer}
    for name, value in values.items():
        if value is not None and (name != "category" or draft.category is None):
            draft = draft.fill(name, **{name: value})
    if found.people is not None:
        draft = draft.fill("people", people=found.people, more=found.more)
    if found.amount_of is not None and not (
        found.amount_of is AmountOf.MINE and (draft.people or 1) > 1 and not reading.OF_ME.search(text)
    ):
        draft = draft.fill("amount_of", amount_of=found.amount_of)
    return draft


def correct(draft: Draft, text: str) -> Draft:
    """What a message at the summary changes; here even the category may be said anew."""
    said = reading.without_what_is_taken_back(text)
    category = reading.category_of(said) or reading.category_named(said)
    corrected = merge(draft, text)
    if corrected.amount == draft.amount and (amount := reading.amount_alone(said)) and reading.ABOUT_MONEY.search(said):
        corrected = corrected.fill("amount", amount=amount)
    return corrected.fill("category", category=category) if category else corrected


def shown(draft: Draft) -> list[tuple[str, str, dict[str, object]]]:
    """The summary's lines: the field, a key of the catalogue, and its values."""
    rows: list[tuple[str, str, dict[str, object]]] = [("category", f"choice.category.{draft.category}", {})]
    if draft.amount is not None:
        rows.append(("amount", f"summary.amount.{draft.amount_of or 'open'}", {"amount": yuan(draft.amount)}))
    if draft.months:
        rows.append(("months", "summary.months", {"months": draft.months}))
    if draft.people and (draft.people > 1 or draft.more):
        rows.append(("people", "summary.people.more" if draft.more else "summary.people", {"people": draft.people}))
    rows.append(("employer", "summary.text" if draft.employer else "summary.unknown", {"text": draft.employer or ""}))
    if draft.evidence:
        rows.append(("evidence", "summary.files", {"count": len(draft.evidence)}))
    rows.append(
        (
            "anonymity",
            "summary.named" if draft.named else "summary.anonymous",
            {"name": draft.name or "", "phone": draft.phone or ""},
        )
    )
    return rows
