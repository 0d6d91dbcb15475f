"""`python -m services.grievances`: this service by itself, on the embedded engines."""

from services.alone import run
from services.grievances.app import NAME, create_app
from services.grievances.settings import GrievancesSettings

run(NAME, GrievancesSettings(), create_app)
