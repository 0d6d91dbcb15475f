"""案件编号: ten characters, unguessable, easy to say on the phone, wrong digits noticed.

Nine characters carry 45 random bits in Crockford's base32 (no I, L, O, U); the tenth is a check character
(weights 2 to 10, modulo 31), which notices any one wrong character but one that differs by 31 in value, and any
swap of neighbours. Written in groups: `7K3M-9QXT-2A`.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
DIGITS = 9
BITS = 5


def new_number() -> str:
    """A number that nobody has: 3.5 × 10^13 of them; a collision is refused where the report is stored."""
    bits = secrets.randbits(BITS * DIGITS)
    return grouped(with_check("".join(ALPHABET[bits >> BITS * place & 31] for place in range(DIGITS))))


def with_check(body: str) -> str:
    """Nine characters and their check character."""
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, start=2))
    return body + ALPHABET[total % 31]


def grouped(plain: str) -> str:
    """Ten characters in groups of four, four and two."""
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:]}"


def read_number(text: str) -> str | None:
    """The number that somebody typed or said, in any case and grouping; None if it can't be one."""
    plain = "".join(character for character in text.upper() if character.isalnum()).translate(MISREAD)
    if len(plain) != DIGITS + 1 or any(character not in ALPHABET for character in plain):
        return None
    return grouped(plain) if with_check(plain[:DIGITS]) == plain else None
