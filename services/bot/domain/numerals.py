"""Numbers as people write them: 两万四, 2万4, 1.2万, 二十多, 24,000, twenty-four thousand."""

import re

DIGITS = {
    character: value
    for value, characters in enumerate(("零〇", "一壹", "二两俩贰", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for character in characters
}
UNITS = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "k": 1000,
    "万": 10_000,
    "萬": 10_000,
    "w": 10_000,
    "亿": 100_000_000,
}
MYRIAD = 10_000
WORDS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: value * 10
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000, "million": 1_000_000}

ARABIC = r"\d+(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
CHINESE = rf"(?:(?:{ARABIC}|[{''.join(DIGITS)}])[{''.join(UNITS)}]|[{''.join(DIGITS)}{''.join(UNITS)[:6]}])(?:{ARABIC}|[{''.join(DIGITS)}{''.join(UNITS)}])*"
ENGLISH = rf"(?:(?:{'|'.join(sorted(WORDS, key=len, reverse=True))}|an?)(?:[\s-]+(?:and\s+)?)?)?(?:(?:{'|'.join([*WORDS, *SCALES])})(?:[\s-]+(?:and\s+)?(?={'|'.join([*WORDS, *SCALES])}))?)+"
NUMBER = rf"(?:{CHINESE}|{ARABIC}|\b{ENGLISH}\b)"
TOKEN = re.compile(rf"({ARABIC})|([{''.join(DIGITS)}])|([{''.join(UNITS)}])", re.IGNORECASE)
FULL_WIDTH = {ord(wide): ord(narrow) for wide, narrow in zip("０１２３４５６７８９，．", "0123456789,.", strict=True)}


def narrow(text: str) -> str:
    """Full-width digits as ordinary ones."""
    return text.translate(FULL_WIDTH)


def value_of(text: str) -> float | None:
    """The number that a text matched by NUMBER means; None if it means none."""
    plain = narrow(text).strip().lower()
    if re.search("[a-z]{2}", plain):
        return _english(plain)
    return _mixed(plain)


def _mixed(text: str) -> float | None:
    total = section = 0.0
    pending: float | None = None
    unit_before = 1
    for arabic, digit, unit in TOKEN.findall(text):
        if unit:
            size = UNITS[unit]
            if size >= MYRIAD:
                total = (total + section + (pending or 0 if pending is not None or section else 1)) * size
                section = 0.0
            else:
                section += (1 if pending is None else pending) * size
            pending, unit_before = None, size
        elif digit and DIGITS[digit] == 0:
            unit_before = 1  # 一万零四: the four are fours
        else:
            value = float(arabic.replace(",", "").replace("，", "")) if arabic else float(DIGITS[digit])
            pending = pending * 10 + value if pending is not None and digit else value
    if pending is not None:
        shorthand = unit_before >= 100 and pending < 10  # noqa: PLR2004 两万四 is 24,000
        section += pending * unit_before / 10 if shorthand else pending
    return total + section


def _english(text: str) -> float | None:
    total = current = 0.0
    for word in re.findall(r"[a-z]+", text):
        if word in WORDS:
            current += WORDS[word]
        elif word in SCALES:
            current = max(current, 1) * SCALES[word]
            if SCALES[word] > 100:  # noqa: PLR2004 a hundred still collects
                total, current = total + current, 0
    return total + current or None
