"""`python -m services.notifications`: this service by itself, on the embedded engines."""

from services.alone import run
from services.notifications.app import NAME, create_app
from services.notifications.settings import NotificationsSettings

run(NAME, NotificationsSettings(), create_app)
