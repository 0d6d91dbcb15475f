"""Every refusal is an RFC 9457 problem with a sentence in the reader's language, and names the field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from shared.contracts.values import Language
from shared.kernel.errors import DomainError, NotAllowed, NotFound, NotValid
from shared.ports.bus import BusUnavailable
from shared.ports.store import Conflict, Duplicate, StoreUnavailable
from shared.runtime.catalogue import Catalogue

FIRST_FIELDS = 20


@dataclass
class Problem(Exception):
    """A refusal: HTTP status, catalogue key, and the fields with their reasons."""

    status: int
    code: str
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)

    def body(self, catalogue: Catalogue, language: Language) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": f"urn:fengqiao:problem:{self.code}",
            "title": catalogue.say(language, f"problem.{self.status}"),
            "status": self.status,
            "detail": self.sentence(catalogue, language),
            **({"errors": self.errors} if self.errors else {}),
        }

    def sentence(self, catalogue: Catalogue, language: Language) -> str:
        """What went wrong and what to do, for a person."""
        key = self.code if catalogue.has(self.code) else f"problem.{self.status}"
        return catalogue.say(language, key, **self.values)


STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 409),
    (NotValid, 422),
    (DomainError, 409),
)


def problem_from(error: Exception) -> Problem | None:
    """The problem that a known error means; None for a defect."""
    return next((make(error) for kind, make in MEANINGS if isinstance(error, kind)), None)


def _not_valid(error: Any) -> Problem:
    return Problem(422, error.code, error.values, [{"field": error.field, "reason": error.code}])


def _by_rule(error: Any) -> Problem:
    return Problem(next(status for kind, status in STATUS if isinstance(error, kind)), error.code, error.values)


def _wrong_fields(error: Any) -> Problem:
    return Problem(422, "problem.fields", {"fields": _names(error)}, _reasons(error))


MEANINGS: tuple[tuple[type[Exception], Callable[[Any], Problem]], ...] = (
    (Problem, lambda error: cast("Problem", error)),
    (NotValid, _not_valid),
    (DomainError, _by_rule),
    (ValidationError, _wrong_fields),
    (Duplicate, lambda error: Problem(409, "problem.duplicate", {"what": error.index})),
    (Conflict, lambda _: Problem(409, "problem.conflict")),
    (StoreUnavailable, lambda _: Problem(503, "problem.unavailable")),
    (BusUnavailable, lambda _: Problem(503, "problem.unavailable")),
)


def _reasons(error: ValidationError) -> list[dict[str, str]]:
    return [{"field": _place(item["loc"]), "reason": item["msg"]} for item in error.errors(include_input=False)][:FIRST_FIELDS]


def _names(error: ValidationError) -> str:
    return "; ".join(f"{reason['field']}: {reason['reason']}" for reason in _reasons(error)[:3])


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"
