"""What a worker's own words say: category, amount, months, people, employer, danger. Chinese or English.

Only what is really there is returned; whatever is read is shown to the worker for correction.
"""

import re
from dataclasses import dataclass

from services.bot.domain.numerals import NUMBER, narrow, value_of
from shared.contracts.values import AmountOf, Category


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. `amount` is in fen; `more` says that there are more than `people`."""

    category: Category | None = None
    amount: int | None = None
    amount_of: AmountOf | None = None
    months: int | None = None
    people: int | None = None
    more: bool = False
    employer: str | None = None
    danger: bool = False


# The first row that fits wins: what hurts people stands before what costs them money.
CATEGORIES: tuple[tuple[Category, str], ...] = (
    (Category.WORK_INJURY, r"工伤|受伤|摔伤|砸伤|烧伤|烫伤|骨折|断了?(手|脚|腿|指)|[压轧夹砸]断|断.{0,3}(手|指|脚|腿)|职业病|尘肺|injur|hurt at work|broke my|accident"),
    (Category.HARASSMENT_DISCRIMINATION, r"骚扰|摸我|动手动脚|歧视|侮辱|猥亵|怀孕.{0,6}(辞|开|赶)|harass|discriminat|insult"),
    (Category.SAFETY_HEALTH, r"不安全|安全帽|没有防护|有毒|毒气|泄漏|粉尘|中暑|高温|unsafe|toxic|leak|no helmet|fumes|dangerous work"),
    (Category.PLATFORM_WORK, r"骑手|外卖|网约车|快递|派单|封号|扣单|站点|rider|courier|delivery app|platform"),
    (Category.WAGE_ARREARS, r"(?<!没有)(?<!没)(?<!不)[拖欠]欠?.{0,16}(工资|公资|薪|钱)|(工资|公资|薪水|薪|工钱|血汗钱).{0,12}(没|不|未|拖|欠)|(没|不|未)[发给结拿付].{0,8}(工资|公资|薪|钱)|讨薪|欠薪|欠(我|俺|咱|我们|俺们).{0,10}[元块万千]|(not|n't|never|haven't|hasn't).{0,30}paid|unpaid|owe[sd]? (me|us)|wages?.{0,20}(late|missing|owed)|no (pay|wages)"),
    (Category.DISMISSAL, r"辞退|把我开了|开掉我|开了我|开除|解雇|裁员|被裁|赶走|炒鱿鱼|经济补偿|赔偿金|fired|dismiss|laid off|sacked|terminated"),
    (Category.HOURS_OVERTIME, r"加班|超时|休息日|没有休息|倒班|996|overtime|no day off|long hours"),
    (Category.SOCIAL_INSURANCE, r"社保|五险|养老保险|医保|公积金|social (insurance|security)|pension"),
    (Category.CONTRACT, r"合同|contract"),
    (Category.PAY_DISPUTE, r"克扣|扣钱|罚款|扣工资|少发|提成|奖金|绩效|deduct|fined|bonus|commission|underpaid"),
)  # fmt: skip
DANGER = re.compile(
    r"威胁|恐吓|打人|被打|打我|打死|砍|拿刀|杀了?我|报复|扣.{0,4}身份证|限制人身|童工|跑路|失联|着火|起火|爆炸|"
    r"自杀|轻生|不想活|活不下去|跳楼|想死|threat|beat|retaliat|child labou?r|suicid|kill (me|myself|us)|want to die|end my life|"
    r"run away with|ran off|on fire|explo(de|sion)",
    re.IGNORECASE,
)
MONTHS = re.compile(rf"({NUMBER})\s*(?:个半?月|months?\b)|(半年)|({NUMBER})\s*(?:年|years?\b)", re.IGNORECASE)
PEOPLE = re.compile(
    rf"({NUMBER})\s*(多|几|来|余)?\s*(?:个|名|位|号)?(?:人|工人|工友|同事|兄弟|姐妹)|(?:over |more than )?({NUMBER})\s*(\+)?\s*(?:or so )?(?:people|workers|of us|colleagues|coworkers|men|women)",
    re.IGNORECASE,
)
AND_OTHERS = re.compile(
    rf"(?:我和(?:另外|其他)?|me and |and )\s*({NUMBER})\s*(?:个|名|位)?(?:工友|同事|人|others?\b|coworkers|colleagues)",
    re.IGNORECASE,
)
MONEY = re.compile(
    rf"(?P<sign>[¥￥$]|rmb\s*|cny\s*)?(?P<number>{NUMBER})(?![\d])\s*(?P<unit>元|块钱|块|圆|yuan|rmb|kuai|cny)?"
    r"(?!\s*[个名位号天年月日点岁分倍%小]|\s*(?:多|几|来)?\s*个|\s*(?:people|workers|of us|months?|years?|days?|hours?|others?|am|pm)\b)",
    re.IGNORECASE,
)
OWED_BEFORE = re.compile(
    r"(共|每人|每个人|改成|改为|应该是|计|欠|差|薪|工资|公资|钱|有|owed?s?|total|about|around|of|is)\s*(?:了|我|我们|大概|大约|差不多|将近|是|到|me|us|a|:|:)*\s*$",
    re.IGNORECASE,
)
BIG = re.compile(r"[万千萬仟wk]|thousand|hundred|grand", re.IGNORECASE)
PER_MONTH = re.compile(
    r"每个?月|一个月[^,，。拖欠没]{0,3}[\d一二两三四五六七八九]|月薪|底薪|(a|per|each|every) month|monthly",
    re.IGNORECASE,
)
OF_ALL = re.compile(
    r"(大家|我们|所有人|全部人?)(一共|总共|合计|加起来)|(for )?all of us( together)?|altogether for", re.IGNORECASE
)
OF_ME = re.compile(
    r"我(一个人|自己|个人)|我的工资|欠我(?!们)|每人|每个人|owes? me|my (wages|pay|salary)|each of us|mine",
    re.IGNORECASE,
)
FIRM = re.compile(
    r"([一-鿿A-Za-z0-9()()]{2,24}?(?:股份有限公司|有限责任公司|有限公司|公司|集团|厂|化工|建筑|建设|物流|纺织|电子|科技|制造|材料|酒店|餐厅|工地|项目部|劳务|石化))"
)
FIRM_LEAD = re.compile(r"^.*(?:我们在|我在|在|是|叫|给|为|的|里|跟|,|,|了)(?=..)")
FIRM_ENGLISH = re.compile(
    r"\b(?:at|for|by|from|with|called|named)\s+((?:[A-Z][\w&'-]*\s?){1,5}(?:Co\.?|Ltd\.?|Inc\.?|Company|Factory|Chemical|Construction|Logistics|Group)?)"
)
NO_FIRM = re.compile(r"^(老板|我们|公司|工厂|本|这家?|那家?|化工|建筑|工地|一?家?公司|一?个?工地)+$")

TAKEN_BACK = re.compile(
    r"不是[^,,。;;]{1,20}[,,。;;]?\s*(?:而是|应该是|是)|\bnot [^,.;]{1,30}[,;]?\s*(?:but|it is|it's)\b", re.IGNORECASE
)
IDENTIFYING = re.compile(
    r"(?<=我叫)[一-鿿]{2,4}|(?<=我的名字是)[一-鿿]{2,4}|(?<=my name is )[A-Za-z]+(?: [A-Z][a-z]+)*|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)",
    re.IGNORECASE,
)
DENIED = re.compile(r"[,,]?\s*(?:而)?不是[^,,。;;]{1,12}(?=$|[,,。;;])|,?\s*not [^,.;]{1,24}$", re.IGNORECASE)
NAMED: tuple[tuple[Category, str], ...] = (
    (Category.WAGE_ARREARS, r"工资|薪|工钱|wage|salary|pay\b"),
    (Category.WORK_INJURY, r"伤|injury"),
    (Category.SOCIAL_INSURANCE, r"保险|insurance"),
    (Category.SAFETY_HEALTH, r"安全|safety"),
)
ABOUT_MONEY = re.compile(r"金额|钱|元|块|amount|yuan|money", re.IGNORECASE)
MOST_MONTHS = 600
READ_AT_MOST = 1000
"""Characters: who writes more has said the main thing by then, and no pattern gets slow."""
LARGEST = 10**10
"""Yuan: what is larger is no wage."""


def read(text: str) -> Reading:
    """Reads one message."""
    plain = without_what_is_taken_back(text)
    people, more = _people(plain)
    amount = _amount(plain)
    return Reading(
        category=category_of(plain),
        amount=amount,
        amount_of=_amount_of(plain, people) if amount is not None else None,
        months=months_of(plain),
        people=people,
        more=more,
        employer=employer_of(plain),
        danger=bool(DANGER.search(plain)),
    )


def without_what_is_taken_back(text: str) -> str:
    """不是五个月,是六个月: what is no longer said is left out."""
    return DENIED.sub("", TAKEN_BACK.sub("", narrow(text[:READ_AT_MOST])))


def without_identity(text: str) -> str:
    """What was said, without names given as one's own and without phone and identity numbers."""
    return IDENTIFYING.sub("…", narrow(text))


def category_named(text: str) -> Category | None:
    """What a short answer names without telling a story: 工资, 合同, wages."""
    return next((category for category, pattern in NAMED if re.search(pattern, text, re.IGNORECASE)), None)


def category_of(text: str) -> Category | None:
    """What it is mainly about."""
    return next((category for category, pattern in CATEGORIES if re.search(pattern, text, re.IGNORECASE)), None)


def _amount(text: str) -> int | None:
    found = [(match, value_of(match["number"])) for match in MONEY.finditer(text)]
    sure = [
        value for match, value in found
        if value and (match["sign"] or match["unit"] or BIG.search(match["number"]) or OWED_BEFORE.search(text[: match.start()]))
    ]  # fmt: skip
    likely = [value for value in sure if value < LARGEST]
    return round(max(likely) * 100) if likely else None


def amount_alone(text: str) -> int | None:
    """The amount in fen when a message is the answer to "how much?": any number will do."""
    plain = narrow(text[:READ_AT_MOST])
    found = _amount(plain)
    if found is not None:
        return found
    values = [value_of(match) for match in re.findall(NUMBER, plain, re.IGNORECASE)]
    known = [value for value in values if value]
    return round(known[0] * 100) if len(known) == 1 and known[0] < LARGEST else None


def count_alone(text: str) -> int | None:
    """The whole number when a message is the answer to "how many?"."""
    values = [value_of(match) for match in re.findall(NUMBER, narrow(text[:READ_AT_MOST]), re.IGNORECASE)]
    known = [value for value in values if value is not None]
    return int(known[0]) if len(known) == 1 and known[0] < 10**6 else None


def _amount_of(text: str, people: int | None) -> AmountOf | None:
    if PER_MONTH.search(text):
        return AmountOf.MONTH
    if OF_ALL.search(text):
        return AmountOf.ALL
    if OF_ME.search(text) or people in {None, 1}:
        return AmountOf.MINE
    return None


def months_of(text: str) -> int | None:
    """How many months; half a year is six."""
    match = next((found for found in MONTHS.finditer(text) if not PER_MONTH.match(text, found.start())), None)
    if match is None:
        return None
    months, half, years = match.groups()
    value = 6 if half else value_of(months) if months else (value_of(years) or 0) * 12
    return int(value) if value and value <= MOST_MONTHS else None


def _people(text: str) -> tuple[int | None, bool]:
    others = AND_OTHERS.search(text)
    if others and (count := value_of(others[1])):
        return int(count) + 1, False
    match = PEOPLE.search(text)
    if match is None:
        return None, False
    value = value_of(match[1] or match[3])
    more = bool(match[2] or match[4] or re.match(r"over|more", match[0], re.IGNORECASE))
    return (int(value), more) if value and value < 10**6 else (None, False)


def employer_of(text: str) -> str | None:
    """The firm that is named, if one is."""
    for match in FIRM.finditer(text):
        name = FIRM_LEAD.sub("", match[1]).strip()
        if len(name) > 2 and not NO_FIRM.match(name):  # noqa: PLR2004 公司 alone names nobody
            return name
    english = FIRM_ENGLISH.search(text)
    return english[1].strip() if english else None
