"""Words that workers use to steer the talk, in both languages: commands, greetings, "I don't know"."""

import re

from services.bot.domain import reading
from services.bot.domain.session import Step

WORDS: dict[str, frozenset[str]] = {
    "menu": frozenset({"菜单", "主菜单", "menu", "/menu", "/start", "home"}),
    "back": frozenset({"返回", "上一步", "back", "/back"}),
    "cancel": frozenset({"取消", "算了", "不填了", "cancel", "/cancel", "stop"}),
    "cases": frozenset({"进度", "我的诉求", "查进度", "我的案件", "my cases", "my reports", "/cases", "status"}),
    "human": frozenset({"人工", "找人", "转人工", "human", "/human", "agent", "a person please"}),
    "help": frozenset({"帮助", "热线", "电话", "help", "/help", "hotline"}),
    "report": frozenset({"我要反映", "反映", "投诉", "report", "/report"}),
}
SHORT, SHORT_ENGLISH = 16, 60
HUMAN = re.compile(r"真人|人工|找个人|real person|(talk|speak)(ing)? to (a |an )?(human|person|some(body|one))|a human please")
DOES_NOT_KNOW = re.compile(
    r"^\s*(我?也?不(太)?(知道|记得|清楚|晓得|想说|方便说)|忘了|随便|跳过|没有"
    r"|i don'?t (know|remember)|not sure|no idea|skip|rather not).{0,6}$",
    re.IGNORECASE,
)
NOT_A_NAME = re.compile(r"^(?:[\x00-\x7f]{60}|(?=.*[^\x00-\x7f]).{20}).", re.DOTALL)
"""A longer answer without a firm in it tells a story and is no name: 20 characters in Chinese, 60 in English."""
GREETINGS = frozenset({"你好", "您好", "在吗", "hi", "hello", "hey", "谢谢", "thanks", "thank you", "ok", "好的", "嗯"})


def command_in(text: str) -> str | None:
    """The command that these words are, if they are one: menu, back, cancel, cases, human, help, report."""
    plain = text.strip().lower().rstrip("。.!！?？")
    if HUMAN.search(plain) and len(plain) <= (SHORT_ENGLISH if plain.isascii() else SHORT):
        return "human"
    return next((name for name, words in WORDS.items() if plain in words), None)


def does_not_know(text: str) -> bool:
    """True where a question can be skipped with these words."""
    return DOES_NOT_KNOW.search(text) is not None


def is_greeting(text: str) -> bool:
    """True for a hello or a thank-you."""
    return text.strip().lower().rstrip("。.!！") in GREETINGS


def tells_a_story(step: Step, text: str) -> bool:
    """True if this is no answer to a question for a name: danger, or a long sentence."""
    found = reading.read(text)
    naming = step in {Step.EMPLOYER, Step.NAME}
    return found.danger or (naming and found.employer is None and NOT_A_NAME.match(text.strip()) is not None)
