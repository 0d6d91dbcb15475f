"""Identifiers that carry a check: citizen's identity number, firm's credit code, mobile phone."""

import re
from datetime import date

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PHONE = re.compile(r"^1[3-9]\d{9}$", re.ASCII)


def is_citizen_id(text: str) -> bool:
    """公民身份号码 by GB 11643: 17 digits with a real date of birth, and a check modulo 11."""
    if not re.fullmatch(r"\d{17}[\dX]", text, re.ASCII):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, text, strict=False))
    return ID_CHECKS[total % 11] == text[17]


def is_credit_code(text: str) -> bool:
    """统一社会信用代码 by GB 32100: 17 characters, weights 3^i modulo 31, and a check."""
    if len(text) != 18 or any(character not in CREDIT_ALPHABET for character in text):  # noqa: PLR2004 the standard's length
        return False
    return text[17] == credit_check(text[:17])


def credit_check(body: str) -> str:
    """The check character of 17 characters of a credit code."""
    total = sum(pow(3, place, 31) * CREDIT_ALPHABET.index(character) for place, character in enumerate(body))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def citizen_check(body: str) -> str:
    """The check character of 17 digits of an identity number."""
    return ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, body, strict=True)) % 11]


def is_mobile_phone(text: str) -> bool:
    """A mobile number of the mainland: eleven digits, 1 then 3 to 9. From memory of the numbering plan."""
    return bool(PHONE.match(text))
