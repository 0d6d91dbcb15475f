"""The dialogue engine: a session and what was given make a session and effects. No I/O, no clock, no texts."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from services.bot.domain import fields, phrases, reading
from services.bot.domain.messages import (
    Button,
    Choice,
    ChooseLanguage,
    Confirm,
    Effect,
    Files,
    Forward,
    Given,
    Rate,
    Reopen,
    Report,
    Say,
    Text,
    Withdraw,
)
from services.bot.domain.numerals import narrow
from services.bot.domain.session import Draft, MyCase, Session, Step
from shared.contracts.values import AmountOf, Language

Advance = tuple[Session, tuple[Effect, ...]]
NOT_PART_OF_THE_STORY = {"employer", "name", "phone", "anonymity"}
DONE = {"resolved", "rated", "closed"}
ENDED = DONE | {"withdrawn", "rejected"}
SCORES = (4, 3, 2, 1)
INSTALMENT = re.compile(r"^\d{1,2}$", re.ASCII)
MOST_FILES = 50


def advance(session: Session, given: Given, cases: Sequence[MyCase] = ()) -> Advance:
    """One step. Whatever is given, the session goes on."""
    match given:
        case Choice(id):
            return _pressed(session, id, cases)
        case Text(text):
            command = phrases.command_in(text)
            if command:
                return _pressed(session, command, cases)
            return _wrote(session, text, cases)
        case Files():
            return _sent(session, given, cases)


def question(session: Session, cases: Sequence[MyCase] = ()) -> Say:
    """What the bot asks at this step."""
    match session.step:
        case Step.DESCRIBE:
            return Say("describe", buttons=_ways(session))
        case Step.SUMMARY if session.draft:
            rows = tuple((f"field.{name}", key, values) for name, key, values in fields.shown(session.draft))
            return Say(
                "summary",
                {"rows": rows},
                (Button("submit", "choice.submit"), Button("change", "choice.change"), *_ways(session)),
            )
        case Step.CHANGE if session.draft:
            names = [f for f in fields.FIELDS if f.step not in {Step.NAME, Step.PHONE} or session.draft.named]
            buttons = tuple(Button(f"change:{field.name}", f"field.{field.name}") for field in names)
            return Say("change", buttons=(*buttons, *_ways(session)))
        case Step.TALK if session.talking:
            return Say("talk", {"number": session.talking}, talk_ways(session.talking))
        case step if step in fields.BY_STEP and session.draft:
            field = fields.BY_STEP[step]
            return Say(f"ask.{field.name}", {}, (*field.buttons(session.draft), *_ways(session)), field.ask)
        case _:
            return _menu(session, cases)


def _menu(session: Session, cases: Sequence[MyCase]) -> Say:
    buttons = [Button("report", "choice.report")]
    if session.draft:
        buttons.insert(0, Button("resume", "choice.resume"))
    if cases:
        buttons.append(Button("cases", "choice.cases", {}))
    other = "language:en" if session.language is Language.ZH else "language:zh_CN"
    return Say("menu", buttons=(*buttons, Button("help", "choice.help"), Button(other, "choice.language")))


def _ways(_: Session) -> tuple[Button, ...]:
    return (Button("back", "choice.back"), Button("cancel", "choice.cancel"), Button("menu", "choice.menu"))


def talk_ways(number: str) -> tuple[Button, ...]:
    """What can be pressed while people talk."""
    ways = (Button(f"timeline:{number}", "choice.timeline"), Button("another", "choice.another"))
    return (*ways, Button("menu", "choice.menu"))


# ── buttons ─────────────────────────────────────────────────────────────────


def _pressed(session: Session, id: str, cases: Sequence[MyCase]) -> Advance:
    turn, _, plain = id.rpartition("#")
    if plain.partition(":")[0] in LASTING:
        return _lasting(session, plain, cases)
    if turn and turn != str(session.turn):
        if id == session.last_choice:
            return session, ()  # a double tap counts once
        return _ask(session, cases, Say("old_button"))
    session = session.model_copy(update={"last_choice": id if turn else ""})
    if plain in COMMANDS:
        return COMMANDS[plain](session, cases)
    return _answered(session, Choice(plain), cases)


def _answered(session: Session, given: Given, cases: Sequence[MyCase]) -> Advance:
    match session.draft, session.step, given:
        case Draft(), Step.SUMMARY, Choice("submit"):
            return _submit(session)
        case Draft(), Step.SUMMARY, Choice("change"):
            return _ask(_to(session, Step.CHANGE), cases)
        case Draft(), Step.CHANGE, Choice(id) if id.startswith("change:"):
            return _change(session, id.removeprefix("change:"), cases)
        case Draft() as draft, step, _ if step in fields.BY_STEP:
            return _filled(session, draft, given, cases)
        case _:
            return _ask(session, cases, Say("old_button") if isinstance(given, Choice) else None)


def _filled(session: Session, draft: Draft, given: Given, cases: Sequence[MyCase]) -> Advance:
    """An answer to the question at hand; or a story told beside it; or one that was not understood."""
    if isinstance(given, Text) and phrases.tells_a_story(session.step, given.text):
        return _add_words(session, draft, given.text, cases)
    field = fields.BY_STEP[session.step]
    if isinstance(given, Text) and fields.SKIP in field.choices(draft) and phrases.does_not_know(given.text):
        given = Choice(fields.SKIP)
    filled = field.read(draft, given)
    if filled is not None:
        return _go_on(session, _with_words(filled, given), cases)
    return _ask(session, cases, Say(f"not_understood.{session.step}"))


def _add_words(session: Session, draft: Draft, text: str, cases: Sequence[MyCase]) -> Advance:
    """Takes in what was said beside the question, then asks it again. Safety goes first."""
    merged = fields.merge(draft, text)
    before = (Say("danger"),) if reading.read(text).danger else ()
    return _go_on(session, merged, cases, *before, Say("heard"))


def _with_words(draft: Draft, given: Given) -> Draft:
    """Keeps the worker's own answer as part of what was said, unless it names the worker."""
    if isinstance(given, Text) and draft.answered[-1] not in NOT_PART_OF_THE_STORY:
        return draft.model_copy(update={"words": f"{draft.words}\n{given.text}".strip()})
    return draft


def _change(session: Session, name: str, cases: Sequence[MyCase]) -> Advance:
    field = next((field for field in fields.FIELDS if field.name == name), None)
    if field is None:
        return _ask(session, cases, Say("old_button"))
    return _ask(_to(session.model_copy(update={"changing": True}), field.step), cases)


def _go_on(session: Session, draft: Draft, cases: Sequence[MyCase], *before: Say) -> Advance:
    """To the next open field, or to the summary."""
    field = fields.next_field(draft)
    step = field.step if field else Step.SUMMARY
    session = session.model_copy(update={"draft": draft, "changing": False})
    return _ask(_to(session, step), cases, *before)


def _submit(session: Session) -> Advance:
    return _to(session, Step.TALK), (Report(),)


def _back(session: Session, cases: Sequence[MyCase]) -> Advance:
    """To the question before, with its answer open again."""
    draft = session.draft
    if draft is None or session.step in {Step.MENU, Step.TALK, Step.DESCRIBE}:
        return _ask(_to(session, Step.MENU), cases)
    if session.step is Step.CHANGE or session.changing:
        return _go_on(session, draft, cases)  # a change that is not made after all
    asked = tuple(name for name in draft.asked if name in draft.answered)
    if not asked:
        return _ask(_to(session, Step.DESCRIBE), cases)
    last = asked[-1]
    draft = draft.clear(last).model_copy(update={"asked": asked[:-1]})
    return _ask(_to(session.model_copy(update={"draft": draft}), Step(last)), cases)


def _cancel(session: Session, cases: Sequence[MyCase]) -> Advance:
    if session.draft is None:
        return _ask(_to(session, Step.MENU), cases)
    kept = _to(session, Step.MENU)
    return _ask(kept, cases, Say("cancelled", {}, (Button("discard", "choice.discard"),)))


def _discard(session: Session, cases: Sequence[MyCase]) -> Advance:
    return _ask(_to(session.model_copy(update={"draft": None}), Step.MENU), cases, Say("discarded"))


def _start(session: Session, cases: Sequence[MyCase]) -> Advance:
    session = session.model_copy(update={"draft": Draft(), "talking": None, "quiet": False})
    return _ask(_to(session, Step.DESCRIBE), cases)


def _resume(session: Session, cases: Sequence[MyCase]) -> Advance:
    if session.draft is None:
        return _start(session, cases)
    if not session.draft.words and not session.draft.answered:
        return _ask(_to(session, Step.DESCRIBE), cases)
    draft = fields.merge(session.draft, session.pending) if session.pending else session.draft
    return _go_on(session.model_copy(update={"pending": ""}), draft, cases, Say("resumed"))


def _to_menu(session: Session, cases: Sequence[MyCase]) -> Advance:
    session = session.model_copy(update={"talking": None, "quiet": False})
    return _ask(_to(session, Step.MENU), cases)


def _help(session: Session, cases: Sequence[MyCase]) -> Advance:
    return _ask(session, cases, Say("help"))


def _human(session: Session, cases: Sequence[MyCase]) -> Advance:
    """A person: the caseworker of an open case, else the way to one."""
    open_ones = [case for case in cases if case.state not in ENDED]
    if open_ones:
        return _talk(session, open_ones[0].number)
    return _ask(session, cases, Say("human"))


def _list_cases(session: Session, cases: Sequence[MyCase]) -> Advance:
    if not cases:
        return _ask(session, cases, Say("no_cases"))
    lines = tuple(Say("case_line", {"case": case}, _case_buttons(case)) for case in cases)
    return session, lines


def _case_buttons(case: MyCase) -> tuple[Button, ...]:
    ways = [Button(f"timeline:{case.number}", "choice.timeline")]
    if case.state in {*DONE, "rejected"}:
        ways.append(Button(f"reopen:{case.number}", "choice.reopen"))
    elif case.state not in ENDED:
        ways += [Button(f"talk:{case.number}", "choice.talk"), Button(f"withdraw:{case.number}", "choice.withdraw")]
    return tuple(ways)


def _anew(session: Session, cases: Sequence[MyCase]) -> Advance:
    """Another matter than the draft's: the draft goes, the words begin a new one."""
    words = session.pending
    session = session.model_copy(update={"draft": None, "pending": ""})
    return _describe(_to(session, Step.DESCRIBE), words, cases) if words else _start(session, cases)


COMMANDS: dict[str, Callable[[Session, Sequence[MyCase]], Advance]] = {
    "menu": _to_menu,
    "back": _back,
    "cancel": _cancel,
    "discard": _discard,
    "report": _start,
    "another": _start,
    "resume": _resume,
    "anew": _anew,
    "cases": _list_cases,
    "help": _help,
    "human": _human,
}


# ── buttons that stay good ──────────────────────────────────────────────────


def _lasting(session: Session, id: str, cases: Sequence[MyCase]) -> Advance:
    name, *rest = id.split(":")
    number = rest[0] if rest else ""
    if name == "language":
        chosen = Language(number) if number in set(Language) else session.language
        session = session.model_copy(update={"language": chosen})
        return _ask(session, cases, Say("language"), first=(ChooseLanguage(),))
    case = next((case for case in cases if case.number == number), None)
    if case is None:
        return _ask(session, cases, Say("no_such_case"))
    return LASTING[name](session, case, rest[1:])


def _timeline(session: Session, case: MyCase, _: Sequence[str]) -> Advance:
    return session, (Say("timeline", {"case": case}, _case_buttons(case)),)


def _talk_to(session: Session, case: MyCase, _: Sequence[str]) -> Advance:
    return _talk(session, case.number)


def _talk(session: Session, number: str) -> Advance:
    session = session.model_copy(update={"talking": number, "quiet": False})
    return _ask(_to(session, Step.TALK), ())


def _rate(session: Session, case: MyCase, rest: Sequence[str]) -> Advance:
    score = int(rest[0]) if rest and rest[0] in {"1", "2", "3", "4"} else None
    if score is None or case.state != "resolved":
        return session, (Say("rated_already", {}, (Button(f"reopen:{case.number}", "choice.reopen"),)),)
    buttons = (Button(f"reopen:{case.number}", "choice.reopen"), Button("menu", "choice.menu"))
    return session, (Rate(case.number, score), Say("rated.well" if score > 1 else "rated.badly", {}, buttons))


def _reopen(session: Session, case: MyCase, _: Sequence[str]) -> Advance:
    if case.state not in {*DONE, "rejected"}:
        return session, (Say("open_already", {"number": case.number}, talk_ways(case.number)),)
    session = session.model_copy(update={"talking": case.number, "quiet": False})
    return _to(session, Step.TALK), (
        Reopen(case.number),
        Say("reopening", {"number": case.number}, talk_ways(case.number)),
    )


def _paid(session: Session, case: MyCase, rest: Sequence[str]) -> Advance:
    if len(rest) != 2 or not INSTALMENT.match(rest[0]) or rest[1] not in {"yes", "no"}:  # noqa: PLR2004 instalment and answer
        return session, (Say("old_button"),)
    received = rest[1] == "yes"
    return session, (Confirm(case.number, int(rest[0]), received), Say("payment.yes" if received else "payment.no"))


def _withdraw(session: Session, case: MyCase, rest: Sequence[str]) -> Advance:
    if case.state in ENDED:
        return session, (Say("ended_already", {"number": case.number}),)
    if not rest:
        buttons = (Button(f"withdraw:{case.number}:yes", "choice.withdraw_yes"), Button("menu", "choice.keep"))
        return session, (Say("withdraw_sure", {"number": case.number}, buttons),)
    session = session.model_copy(update={"talking": None})
    return _to(session, Step.MENU), (Withdraw(case.number), Say("withdrawn", {"number": case.number}))


LASTING: dict[str, Callable[[Session, MyCase, Sequence[str]], Advance]] = {
    "timeline": _timeline,
    "talk": _talk_to,
    "rate": _rate,
    "reopen": _reopen,
    "paid": _paid,
    "withdraw": _withdraw,
    "language": _timeline,  # handled before a case is looked for
}


# ── words and files ─────────────────────────────────────────────────────────


def _wrote(session: Session, text: str, cases: Sequence[MyCase]) -> Advance:
    if not text.strip():
        return _ask(session, cases, Say("empty"))
    if session.talking and session.step is Step.TALK:
        return _forward(session, Forward(session.talking, text))
    if session.draft and session.step in {*fields.BY_STEP, Step.SUMMARY}:
        correcting = session.step is Step.SUMMARY
        return _correct(session, session.draft, text, cases) if correcting else _answered(session, Text(text), cases)
    if session.step is Step.MENU and session.draft and session.draft.words and not phrases.is_greeting(text):
        ways = (Button("resume", "choice.resume"), Button("anew", "choice.anew"), Button("menu", "choice.menu"))
        return _to(session.model_copy(update={"pending": text}), Step.MENU), (Say("draft_or_new", {}, ways),)
    if session.step is Step.MENU and phrases.is_greeting(text):
        return _ask(session, cases, Say("hello"))
    return _describe(session, text, cases)


def _correct(session: Session, draft: Draft, text: str, cases: Sequence[MyCase]) -> Advance:
    """Words at the summary change it; words that change nothing are said to be so."""
    corrected = fields.correct(draft, text)
    safety = (Say("danger"),) if corrected.danger and not draft.danger else ()
    if draft.named is False and reading.without_identity(text) != narrow(text):
        return _ask(session, cases, *safety, Say("kept_anonymous"))
    if fields.shown(corrected) == fields.shown(draft):
        return _ask(session.model_copy(update={"draft": corrected}), cases, *safety, Say("not_understood.summary"))
    return _go_on(session, corrected, cases, *safety)


def _describe(session: Session, text: str, cases: Sequence[MyCase]) -> Advance:
    """The worker's own words begin a report, or add to one."""
    draft = fields.merge(session.draft or Draft(), text)
    said = [Say("understood", {"draft": draft})] if draft.answered else [Say("heard")]
    if draft.danger:
        said.insert(0, Say("danger"))
    return _go_on(session, draft, cases, *said)


def _sent(session: Session, files: Files, cases: Sequence[MyCase]) -> Advance:
    if session.talking and session.step is Step.TALK:
        return _forward(session, Forward(session.talking, files.text, files.evidence))
    draft = session.draft or Draft()
    draft = draft.model_copy(update={"evidence": (*draft.evidence, *files.evidence)[-MOST_FILES:]})
    thanks = Say("evidence_kept", {"count": len(files.evidence)})
    if files.text.strip():
        return _go_on(session, fields.merge(draft, files.text), cases, thanks)
    session = session.model_copy(update={"draft": draft})
    if session.step in {Step.MENU, Step.TALK}:
        session = _to(session, Step.DESCRIBE)
    return _ask(session, cases, thanks)


def _forward(session: Session, forward: Forward) -> Advance:
    """Passed on; said once, then the bot keeps quiet while people talk."""
    safety = (Say("danger"),) if forward.text and reading.read(forward.text).danger else ()
    if session.quiet:
        return session, (forward, *safety)
    session = session.model_copy(update={"quiet": True})
    key = "passed_on.files" if forward.evidence else "passed_on"
    return session, (forward, *safety, Say(key, {"number": forward.number}, talk_ways(forward.number)))


# ── small parts ─────────────────────────────────────────────────────────────


def _to(session: Session, step: Step) -> Session:
    draft = session.draft
    if draft and step in fields.BY_STEP:
        name = str(step)
        draft = draft.model_copy(update={"asked": (*(known for known in draft.asked if known != name), name)})
    return session.model_copy(update={"step": step, "turn": session.turn + 1, "draft": draft})


def _ask(session: Session, cases: Sequence[MyCase], *before: Say | None, first: tuple[Effect, ...] = ()) -> Advance:
    """Says what is to be said, then asks the question of the step."""
    return session, (*first, *(say for say in before if say), question(session, cases))


def reported(session: Session, number: str) -> Session:
    """The report is in: what the worker writes now goes to its case."""
    return session.model_copy(update={"draft": None, "talking": number, "quiet": False, "step": Step.TALK})


def rejected(session: Session) -> Session:
    """The case is over for now: what the worker writes begins something new."""
    return (
        session.model_copy(update={"talking": None, "quiet": False, "step": Step.MENU}) if session.step is Step.TALK else session
    )


def approached(session: Session, number: str) -> Session:
    """A caseworker wrote: unless the worker is in the middle of a report, answers go to the case."""
    if session.draft is not None and session.step not in {Step.MENU, Step.TALK}:
        return session
    return session.model_copy(update={"talking": number, "quiet": True, "step": Step.TALK})


def ways_for(template: str, number: str | None, values: dict[str, Any]) -> tuple[Button, ...]:
    """The buttons below a message that others asked for."""
    if number is None:
        return ()
    match template:
        case "case.resolved":
            return tuple(Button(f"rate:{number}:{score}", f"choice.score.{score}") for score in SCORES)
        case "case.paid":
            part = values["part"]
            return (
                Button(f"paid:{number}:{part - 1}:yes", "choice.paid_yes"),
                Button(f"paid:{number}:{part - 1}:no", "choice.paid_no"),
            )
        case "case.closed" | "case.rejected":
            return (Button(f"reopen:{number}", "choice.reopen"),)
        case _:
            return (Button(f"timeline:{number}", "choice.timeline"),)


def month_total(draft: Draft) -> int | None:
    """Months times the monthly amount, in fen, where the worker gave both; the arithmetic that is shown."""
    if draft.amount_of is AmountOf.MONTH and draft.amount and draft.months:
        return draft.amount * draft.months
    return None
