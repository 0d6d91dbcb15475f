"""Yuan as people write them, from fen."""

FEN_DIGITS = 2


def yuan(fen: int) -> str:
    """`2400000` is `24,000`; `150` is `1.50`."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def fen_from_yuan(text: str) -> int | None:
    """The fen that a typed amount means, `24,000.5` for example; None if it is no amount."""
    plain = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removesuffix("元")
    whole, dot, rest = plain.partition(".")
    if (
        not whole.isascii()
        or not whole.isdigit()
        or (dot and not (rest.isascii() and rest.isdigit() and len(rest) <= FEN_DIGITS))
    ):
        return None
    return int(whole) * 100 + int((rest + "00")[:2])
