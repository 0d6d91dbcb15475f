"""JSON lines on standard error with the chain's correlation id; never personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.kernel.context import correlation


def _add_correlation(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    chain = correlation.get()
    if chain:
        event["correlation"] = chain
    return event


def configure(level: str) -> None:
    """Once, at the start of the process."""
    structlog.configure(
        processors=[
            _add_correlation,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


log: Any = structlog.get_logger()
