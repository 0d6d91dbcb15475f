"""The words that events share: plain values, checked where they enter."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints


def as_text(moment: datetime) -> str:
    """UTC with microseconds always written, so that the text sorts as the time does."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


Moment = Annotated[AwareDatetime, PlainSerializer(as_text, return_type=str, when_used="json")]
"""A point in time; in JSON always UTC with microseconds."""

CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}$")]
"""案件编号, for example `7K3M-9QXT-2A`; see `shared.kernel.case_number`."""

Fen = Annotated[int, Field(ge=0, le=10**15)]
"""Money in fen (分), a hundredth of a yuan: never a float."""

Sealed = Annotated[str, StringConstraints(pattern=r"^sealed\.[a-z0-9]+\.[A-Za-z0-9_-]+$")]
"""Personal data under AES-256-GCM with the id of its key; see `shared.kernel.sealing`."""

BlindIndex = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
"""A keyed hash by which equal personal data are found without being readable."""

UnionPath = Annotated[str, StringConstraints(pattern=r"^/([a-z0-9-]+/)*$", max_length=500)]
"""A place in the union tree: the ids from the root down, for example `/city/district/park/`."""


class Value(BaseModel):
    """An immutable part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Category(StrEnum):
    """案由, what a grievance is about."""

    WAGE_ARREARS = "wage_arrears"
    CONTRACT = "contract"
    DISMISSAL = "dismissal"
    HOURS_OVERTIME = "hours_overtime"
    SOCIAL_INSURANCE = "social_insurance"
    WORK_INJURY = "work_injury"
    SAFETY_HEALTH = "safety_health"
    PAY_DISPUTE = "pay_dispute"
    HARASSMENT_DISCRIMINATION = "harassment_discrimination"
    PLATFORM_WORK = "platform_work"
    OTHER = "other"


class Tier(StrEnum):
    """层级, where a dispute is settled: the lowest that can."""

    ENTERPRISE = "enterprise"
    PARK = "park"
    DISTRICT = "district"
    CITY = "city"

    @property
    def above(self) -> "Tier | None":
        """The tier to which a case climbs from this one; None at the top."""
        tiers = list(Tier)
        place = tiers.index(self) + 1
        return tiers[place] if place < len(tiers) else None


class AmountOf(StrEnum):
    """What an amount that a worker names stands for."""

    MINE = "mine"
    ALL = "all"
    MONTH = "month"


class Language(StrEnum):
    """A language that chat and console speak, as a locale."""

    ZH = "zh_CN"
    EN = "en"


class EmploymentForm(StrEnum):
    """就业形态, with the new employment forms."""

    EMPLOYEE = "employee"
    DISPATCHED = "dispatched"
    COURIER = "courier"
    RIDER = "rider"
    DRIVER = "driver"
    OTHER = "other"


class Membership(StrEnum):
    """会员状态."""

    NONE = "none"
    APPLIED = "applied"
    ACTIVE = "active"
    TRANSFERRING = "transferring"
    RETAINED = "retained"
    LEFT = "left"


class Role(StrEnum):
    """What a staff account may do; always granted for a place in the union tree."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    REGISTRAR = "registrar"
    PUBLISHER = "publisher"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Grant(Value):
    """A role, limited to the union at `path` and all below it."""

    role: Role
    path: UnionPath


class Claim(Value):
    """诉求, one thing that the worker asks for, with the numbers as the worker gave them."""

    category: Category
    amount: Fen | None = None
    amount_of: AmountOf | None = None
    months: Annotated[int, Field(ge=0, le=600)] | None = None


class Evidence(Value):
    """证据, a file that the worker sent: found by its hash, its name sealed."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    media_type: str
    size: Annotated[int, Field(ge=0)]
    name: Sealed


class Instalment(Value):
    """A part of what the employer agreed to pay, and by when."""

    amount: Fen
    due_on: Moment


class Audience(Value):
    """Whom a policy concerns. An empty field limits nothing."""

    union_path: UnionPath = "/"
    grids: tuple[str, ...] = ()
    forms: tuple[EmploymentForm, ...] = ()
    categories: tuple[Category, ...] = ()


def moment_from(text: str) -> datetime:
    """The moment that `as_text` wrote."""
    return datetime.fromisoformat(text)


ShortText = Annotated[str, AfterValidator(str.strip), StringConstraints(min_length=1, max_length=200)]
"""A name or a title."""
