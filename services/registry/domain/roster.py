"""A roster file: its encoding, its columns, and what is wrong with a row. Pure: bytes in, rows out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from services.registry.domain.people import Rejection
from shared.contracts.values import EmploymentForm, Membership
from shared.kernel.identity_numbers import is_citizen_id, is_mobile_phone

ENCODINGS = ("utf-8-sig", "gb18030")
COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "name", "职工姓名"),
    "citizen_id": ("身份证号", "身份证号码", "公民身份号码", "id_number", "citizen_id", "id"),
    "phone": ("手机", "手机号", "手机号码", "电话", "phone", "mobile"),
    "employer": ("单位", "单位代码", "用人单位", "统一社会信用代码", "employer", "credit_code"),
    "form": ("用工形式", "就业形态", "form", "employment_form"),
    "membership": ("会籍", "会员状态", "membership"),
}
REQUIRED = ("name", "citizen_id", "employer")
FORMS = {
    "": EmploymentForm.EMPLOYEE, "职工": EmploymentForm.EMPLOYEE, "合同工": EmploymentForm.EMPLOYEE,
    "派遣": EmploymentForm.DISPATCHED, "劳务派遣": EmploymentForm.DISPATCHED, "快递员": EmploymentForm.COURIER,
    "外卖员": EmploymentForm.RIDER, "骑手": EmploymentForm.RIDER, "网约车司机": EmploymentForm.DRIVER,
    "货车司机": EmploymentForm.DRIVER, "其他": EmploymentForm.OTHER,
}  # fmt: skip
MEMBERSHIPS = {
    "": Membership.ACTIVE, "在册": Membership.ACTIVE, "会员": Membership.ACTIVE, "非会员": Membership.NONE,
    "申请": Membership.APPLIED, "转接中": Membership.TRANSFERRING, "保留": Membership.RETAINED, "退会": Membership.LEFT,
}  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 200


class NotARoster(Exception):
    """The file as a whole can't be read; `code` names the sentence, `values` fill it."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be right; `number` is the line's place in the file, the header being 1."""

    number: int
    name: str
    citizen_id: str
    phone: str
    employer: str
    form: EmploymentForm
    membership: Membership


def text_of(data: bytes) -> str:
    """The file's text: UTF-8, or GB18030 as spreadsheets in China write it. Raises NotARoster."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotARoster("roster.not_csv")
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotARoster("roster.encoding")


def rows_of(text: str) -> Iterator[Row | Rejection]:
    """Rows in the order of the file. Raises NotARoster for a header that lacks a column."""
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(lines, [])
        places = _places(header)
        seen: dict[str, int] = {}
        for number, cells in enumerate(lines, start=2):
            if any(cell.strip() for cell in cells):
                yield _row(number, cells, places, seen)
    except csv.Error as error:
        raise NotARoster("roster.broken", line=str(lines.line_num), why=str(error)) from error


def _places(header: list[str]) -> dict[str, int]:
    known = {name: column for column, names in COLUMNS.items() for name in names}
    places = {known[cell.strip().lower()]: place for place, cell in enumerate(header) if cell.strip().lower() in known}
    missing = [COLUMNS[column][0] for column in REQUIRED if column not in places]
    if missing:
        raise NotARoster("roster.columns", missing="、".join(missing), found="、".join(cell[:30] for cell in header)[:200] or "—")
    return places


def _row(number: int, cells: list[str], places: dict[str, int], seen: dict[str, int]) -> Row | Rejection:
    values = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    wrong = _what_is_wrong(values)
    if wrong:
        return Rejection(row=number, field=wrong[0], reason=wrong[1])
    citizen_id = values["citizen_id"].upper()
    if citizen_id in seen:
        return Rejection(row=number, field="citizen_id", reason="roster.duplicate")
    seen[citizen_id] = number
    return Row(
        number, values["name"], citizen_id, values.get("phone", ""), values["employer"],
        _form(values.get("form", "")) or EmploymentForm.OTHER, _membership(values.get("membership", "")) or Membership.NONE,
    )  # fmt: skip


def _what_is_wrong(values: dict[str, str]) -> tuple[str, str] | None:
    for column, value in values.items():
        if value.startswith(FORMULA):
            return column, "roster.formula"
        if len(value) > LONGEST_CELL:
            return column, "roster.too_long"
    for column in REQUIRED:
        if not values[column]:
            return column, "roster.empty"
    checks = (
        ("citizen_id", is_citizen_id(values["citizen_id"].upper()), "roster.citizen_id"),
        ("phone", not values.get("phone") or is_mobile_phone(values["phone"]), "roster.phone"),
        ("form", _form(values.get("form", "")) is not None, "roster.form"),
        ("membership", _membership(values.get("membership", "")) is not None, "roster.membership"),
    )
    return next(((column, reason) for column, fine, reason in checks if not fine), None)


def _form(text: str) -> EmploymentForm | None:
    return FORMS.get(text) or (EmploymentForm(text.lower()) if text.lower() in set(EmploymentForm) else None)


def _membership(text: str) -> Membership | None:
    return MEMBERSHIPS.get(text) or (Membership(text.lower()) if text.lower() in set(Membership) else None)
