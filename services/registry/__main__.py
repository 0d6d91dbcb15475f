"""`python -m services.registry`: this service by itself, on the embedded engines."""

from services.alone import run
from services.registry.app import NAME, create_app
from services.registry.settings import RegistrySettings

run(NAME, RegistrySettings(), create_app)
