"""`python -m services.bot`: this service by itself, on the embedded engines."""

from services.alone import run
from services.bot.app import NAME, create_app
from services.bot.settings import BotSettings

run(NAME, BotSettings(), create_app)
