"""Settings that every service reads from the environment (`FENGQIAO_…`)."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contracts.values import Language


def known_zone(name: str) -> str:
    """The name, if the time zone database has it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name} is no time zone; Asia/Shanghai is one") from error
    return name


def known_level(name: str) -> str:
    """A level of the log, in capitals."""
    if name.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("choose DEBUG, INFO, WARNING or ERROR")
    return name.upper()


class Settings(BaseSettings):
    """What a newcomer meets first, and what holds for all services."""

    model_config = SettingsConfigDict(env_prefix="FENGQIAO_", extra="ignore")

    port: Annotated[int, Field(ge=1, le=65535)] = Field(8080, description="TCP port of the chat, console and metrics.")
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all, behind a TLS gateway.")
    data: Path = Field(Path("data"), description="Folder that holds everything: database, files, keys.")
    public_url: str = Field("", description="Address that people reach it by, when that differs; https makes cookies secure.")
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        "Asia/Shanghai", description="Zone of the console, and of workers whose own zone is unknown."
    )
    language: Language = Field(Language.ZH, description="Language for whoever has chosen none: zh_CN or en.")
    log_level: Annotated[str, AfterValidator(known_level)] = Field("WARNING", description="Least level that is logged.")
    answer_hours: Annotated[float, Field(gt=0, le=240)] = Field(
        24, description="Hours until a person answers, from the worker's own submission (Fengqiao practice: 24)."
    )
