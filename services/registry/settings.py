"""Settings of the registry."""

from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Settings


class RegistrySettings(Settings):
    """Rosters and sign-in."""

    roster_mb: Annotated[int, Field(ge=1, le=2000)] = Field(300, description="Largest roster that may be imported, in MB.")
    sign_in_attempts: Annotated[int, Field(ge=1, le=1000)] = Field(
        10, description="Failed sign-ins for one account or from one address within 15 minutes before a pause."
    )
