"""Settings of casework."""

from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Settings


class GrievancesSettings(Settings):
    """Warnings before the public promise breaks, and the quieter clocks after it was kept."""

    warn_at: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (0.5, 0.75, 0.9), description="Fractions of the hours to answer at which the owner is warned, as JSON."
    )
    update_days: Annotated[int, Field(ge=1, le=90)] = Field(
        7, description="Days after which a case in work wants news for the worker (our practice, not law)."
    )
    closing_days: Annotated[int, Field(ge=1, le=90)] = Field(
        7, description="Days after which a resolved case that nobody rated or reopened is closed."
    )
