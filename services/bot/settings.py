"""Settings of the bot."""

from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Settings


class BotSettings(Settings):
    """What workers may send."""

    upload_mb: Annotated[int, Field(ge=1, le=200)] = Field(20, description="Largest file that a worker may send, in MB.")
    text_limit: Annotated[int, Field(ge=100, le=100_000)] = Field(
        5000, description="Longest message that a worker may send, in characters."
    )
