"""The chain that a piece of work belongs to: one worker's message, through every service."""

from contextvars import ContextVar

correlation: ContextVar[str] = ContextVar("correlation", default="")
causation: ContextVar[str] = ContextVar("causation", default="")
