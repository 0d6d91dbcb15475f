"""What may go wrong by rule. Each carries a sentence's key, so that it is said in the reader's language."""

from typing import Any


class DomainError(Exception):
    """A rule says no. `code` names the sentence in the catalogues, `values` fill it. Nothing was changed."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(f"{code} {values}" if values else code)
        self.code = code
        self.values = values


class NotAllowed(DomainError):
    """This action isn't possible here, now, or for this person; the code says why."""


class NotFound(DomainError):
    """There is no such thing, or the asker may not know of it."""


class NotValid(DomainError):
    """A value can't be right: which field, and why."""

    def __init__(self, field: str, code: str, **values: Any) -> None:
        super().__init__(code, **values)
        self.field = field
