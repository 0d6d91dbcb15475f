"""Settings of notifications."""

from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Settings


class NotificationsSettings(Settings):
    """How fast policies go out."""

    in_flight: Annotated[int, Field(ge=1, le=10_000)] = Field(
        300, description="Messages of one policy that may wait for their outcome at a time."
    )
