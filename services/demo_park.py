"""The demo's park: names, people, and what happens to them. All of it is made up."""

from dataclasses import dataclass

from shared.contracts.values import Role, Tier

WORKERS = 150
UNIONS = (
    ("zj", "镇江市总工会", Tier.CITY, None),
    ("xq", "新区总工会", Tier.DISTRICT, "zj"),
    ("park", "化工园区工会联合会", Tier.PARK, "xq"),
)
GRIDS = ("第一网格", "第二网格", "第三网格", "第四网格", "第五网格")
FIRM_NAMES = (
    "宏盛建筑 永泰化工 江源新材 恒润树脂 金港物流 双汇涂料 中远装备 长丰农化 瑞和石化 海川助剂 天禾颜料 博远仪表 丰泽环保 华泰管道 新宇气体 利达包装 宝塔催化 润州储运 东方硅业 "
    "明辉电气 安捷检修 正大钾盐 嘉禾香料 茂源橡胶 顺通运输 亿田食品 万邦胶粘 科达阀门 兴业防腐 同乐塑业 康宁医材 飞跃叉车 联创纤维 朝阳劳务 盛世保洁 建安脚手架 大港码头"
).split()
FIRMS = tuple((name, GRIDS[place % len(GRIDS)]) for place, name in enumerate(FIRM_NAMES))
PARK = "/zj/xq/park/"
STAFF = (
    ("wang.min", "王敏", (Role.CASEWORKER,), PARK),
    ("li.qiang", "李强", (Role.CASEWORKER,), PARK),
    ("zhang.hua", "张华", (Role.CASEWORKER,), PARK),
    ("chen.jie", "陈洁", (Role.SUPERVISOR,), PARK),
    ("zhou.yan", "周岩", (Role.SUPERVISOR,), "/zj/xq/"),
    ("wu.gang", "吴刚", (Role.SUPERVISOR,), "/zj/"),
    ("liu.fang", "刘芳", (Role.REGISTRAR,), "/zj/xq/"),
    ("sun.lei", "孙磊", (Role.PUBLISHER,), "/zj/xq/"),
    ("zhao.ning", "赵宁", (Role.OPERATOR, Role.AUDITOR), "/"),
    ("admin", "管理员", tuple(Role), "/"),
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = tuple("伟 芳 娜 敏 静 强 磊 军 洋 勇 艳 杰 涛 明 超 秀英 桂兰 建国 志强 玉梅 海燕 小龙 文斌 春生".split())


@dataclass(frozen=True)
class Story:
    """A worker's words, what else is asked, when it began, and the steps that follow, each so many hours later."""

    hours_ago: float
    words: str
    answers: tuple[str, ...]
    steps: tuple[tuple[float, str], ...] = ()
    english: bool = False


ANSWER = "answer:您好,我已经联系公司人事,他们今天会核对考勤和工资表,我明天上午在这里回复您。"
TOLD = "say:谢谢,我把考勤表的照片也留着。"
TAKEN = ((0.6, "take"), (1.2, ANSWER), (0.8, TOLD))
SETTLED = (*TAKEN, (20, "mediate:企业承认拖欠,同意分两期付清"), (3, "settle"))
PERFORMING = (*SETTLED, (30, "paid"), (2, "press:收到了"))
PAID = (*PERFORMING, (40, "paid"), (5, "press:收到了"))
RESOLVED = (*PAID, (4, "resolve:两期都已付清,职工确认"))
QUICK = (*TAKEN, (22, "message:公司已经补交,请在手机上查一下。"), (3, "say:查到了,谢谢"), (1, "resolve:已补交并确认"))

WAGES = ("三个月没发工资了,一共两万四,我们二十多个人都没拿到", ("我一个人的",))
WAGES_ALONE = ("公司拖欠我两个月工资,一共13600元", ())
OVERTIME = ("天天加班到十点,周末也不休息,没有加班费", ())
INSURANCE = ("干了两年了,公司一直没交社保", ())
INJURY = ("昨天上班手被机器砸伤了,公司不肯报工伤", ())
DISMISSED = ("老板突然把我辞退了,一分钱补偿没有", ())
SAFETY = ("车间粉尘很大,没有防护口罩", ())
CONTRACT = ("进厂八个月了没签合同", ())
DEDUCTED = ("这个月工资被克扣了800元", ())
RIDER = ("站点乱扣单,外卖骑手没处说理", ())
HARASSED = ("班长老是骚扰女工,我不敢说", ())
ENGLISH_WAGES = (
    "My boss has not paid us for three months, 24,000 yuan in total, more than twenty of us",
    ("Mine alone",),
)
TOPICS = (WAGES, WAGES_ALONE, OVERTIME, INSURANCE, INJURY, DISMISSED, SAFETY, CONTRACT, DEDUCTED, RIDER, HARASSED)
IN_ENGLISH = {"不留名": "Without a name", "只让处理人知道": "Only the handler knows", "提交": "Submit"}

_PATHS: tuple[tuple[tuple[float, ...], tuple[tuple[float, str], ...]], ...] = (
    ((0.3, 1.5, 3, 6, 9, 13, 19.5, 21.6), ()),  # nobody has taken it yet
    ((27, 31), ()),  # nobody answered in time: it climbed
    ((2, 5, 8, 20), ((0.5, "take"),)),
    ((5, 12, 30, 44), TAKEN),
    ((50, 62, 75), (*TAKEN, (20, "mediate:双方第一次坐下来谈,差距不大"))),
    ((80, 95), SETTLED),
    ((140, 160, 175), PERFORMING),
    ((210, 230), RESOLVED),
    ((240, 260, 280, 300), (*RESOLVED, (3, "press:非常满意"))),
    ((340, 350, 360, 370, 390, 410), (*RESOLVED, (3, "press:非常满意"), (10, "close"))),
    ((380, 420, 440, 460), (*QUICK, (2, "press:满意"), (20, "close"))),
    ((90, 130), (*TAKEN, (24, "mediate:企业不同意支付"), (2, "fail:企业拒绝,提出的方案低于实际拖欠"))),
    ((100, 120), (*TAKEN, (24, "mediate:企业不同意支付"), (2, "fail:企业拒绝"), (20, "escalate:园区调解不成,请区里支持"))),
    ((150, 190), (*TAKEN, (24, "mediate:企业法人联系不上"), (5, "refer:已转劳动监察,案卷随附"))),
    ((40, 47), (*QUICK, (3, "press:不满意"), (1, "press:重新办理"))),
    ((110, 170), (*TAKEN, (10, "suspend:等劳动能力鉴定结果"))),
    ((70, 180), ((0.4, "take"), (3, "press:看进度"), (0.1, "press:撤回"), (0.1, "press:确定撤回"))),
    ((60, 200), ((0.5, "take"), (2, "reject:这是个人之间的借款,不属于劳动争议。可以拨打 12348 咨询法律援助。"))),
    ((250, 320), (*TAKEN, (20, "message:公司已经安排体检。"))),
)  # fmt: skip


def _stories() -> tuple[Story, ...]:
    stories: list[Story] = []
    for hours, steps in _PATHS:
        for ago in hours:
            number = len(stories)
            english = number % 14 == 11  # noqa: PLR2004 some workers write English
            wants_money = any(step.startswith("settle") or step == "paid" for _, step in steps)
            words, answers = ENGLISH_WAGES if english else TOPICS[number % 2 if wants_money else number % len(TOPICS)]
            stories.append(Story(ago, words, answers, steps, english))
    return tuple(stories)


STORIES = _stories()
POLICIES = (
    (
        "高温津贴怎么领", "六月到九月,在高温下干活的职工每月有高温津贴,单位不能用饮料顶替。没有发的,可以在这里反映。",
        "Heat allowance", "From June to September whoever works in the heat gets a monthly allowance; drinks are no substitute. If it isn't paid, tell us here.",
    ),
    (
        "免费体检报名", "园区工会下月组织职业健康体检,接触粉尘、有机溶剂的职工优先。在这里回复就可以报名。",
        "Free health check", "Next month the park's union offers health checks, first for those who work with dust or solvents. Answer here to sign up.",
    ),
)  # fmt: skip
