"""What is read from a worker's words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bot.domain.numerals import value_of
from services.bot.domain.reading import amount_alone, read
from shared.contracts.values import AmountOf, Category

C = Category


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两万四", 24000), ("2万4", 24000), ("1.2万", 12000), ("二十", 20), ("十五", 15), ("三百零五", 305), ("一万零四", 10004),
        ("三千五", 3500), ("24,000", 24000), ("一百二", 120), ("两千", 2000), ("十二万", 120000), ("一亿", 10**8), ("３００", 300),
        ("twenty-four thousand", 24000), ("three", 3), ("two hundred and fifty", 250), ("五", 5), ("8k", 8000),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("老板三个月没发工资了,一共两万四,我们二十多个人都没拿到", {"category": C.WAGE_ARREARS, "amount": 2400000, "months": 3, "people": 20, "more": True, "amount_of": None}),
        ("My boss has not paid us for three months, 24,000 yuan in total, more than twenty of us", {"category": C.WAGE_ARREARS, "amount": 2400000, "months": 3, "people": 20, "more": True}),
        ("宏盛建筑欠我们15个人三个月工资,每人8000", {"category": C.WAGE_ARREARS, "amount": 800000, "people": 15, "employer": "宏盛建筑", "amount_of": AmountOf.MINE}),
        ("一个月三千五,拖了半年", {"amount": 350000, "months": 6, "amount_of": AmountOf.MONTH}),
        ("我在永泰化工上班,昨天被机器砸伤了", {"category": C.WORK_INJURY, "employer": "永泰化工", "amount": None}),
        ("工头跑路了,我和5个工友的钱没拿到", {"people": 6, "danger": True}),
        ("公司不给交社保", {"category": C.SOCIAL_INSURANCE, "amount": None, "employer": None}),
        ("天天加班到十点没有加班费", {"category": C.HOURS_OVERTIME, "amount": None}),
        ("他们威胁要打我", {"danger": True}),
        ("They fired me from Hongsheng Construction without notice", {"category": C.DISMISSAL, "employer": "Hongsheng Construction"}),
        ("外卖站点乱扣单", {"category": C.PLATFORM_WORK}),
        ("今天是2026年3月5日", {"amount": None, "category": None}),
        ("我的电话是13900000001", {"amount": None}),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: dict[str, object]) -> None:
    found = read(text)
    assert {name: getattr(found, name) for name in expected} == expected


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    found = read(text)
    assert found.amount is None or found.amount >= 0
    amount_alone(text)


def test_reading_a_very_long_message_takes_no_time_to_speak_of() -> None:
    import time

    begun = time.process_time()
    for text in ("一" * 5000, "老板欠我们工资" * 700, "1,000" * 1000, "two hundred and " * 300, "我在" * 2500):
        read(text)
    assert time.process_time() - begun < 5
