"""Every metric that Fengqiao exposes, in one place. Label sets are bounded; no label holds personal data."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# What was promised to people
CASES_OPEN = Gauge("fengqiao_cases_open", "Cases that are not yet settled, by state.", ["state"])
OLDEST_UNANSWERED = Gauge("fengqiao_oldest_unanswered_seconds", "Age of the oldest report that no person has answered.")
BREACHES = Counter("fengqiao_answer_breaches_total", "Answers that did not come in time, by tier.", ["tier"])
WARNINGS = Counter("fengqiao_answer_warnings_total", "Warnings that an answer is due soon.")
REPORTS = Counter("fengqiao_reports_total", "Reports that became a case, by category.", ["category"])
RESPONSE_TIME = Histogram(
    "fengqiao_response_seconds", "From the report to the first answer by a person.",
    buckets=(300, 900, 3600, 7200, 14400, 28800, 43200, 64800, 86400, 172800),
)  # fmt: skip

# Clocks
TIMER_LATENESS = Histogram(
    "fengqiao_timer_lateness_seconds", "How late due work began.", ["service"], buckets=SECONDS
)  # fmt: skip

# Events
OUTBOX_AGE = Gauge("fengqiao_outbox_oldest_seconds", "Age of the oldest event that is not yet published.", ["service"])
PUBLISHED = Counter("fengqiao_events_published_total", "Events published.", ["service"])
HANDLED = Counter("fengqiao_events_handled_total", "Events handled, by outcome.", ["group", "outcome"])
HANDLING = Histogram("fengqiao_event_handling_seconds", "Time to handle one event.", ["group"], buckets=SECONDS)
LAG = Gauge("fengqiao_consumer_lag_records", "Records that a consumer group has still to commit.", ["group"])
DEAD_LETTERS = Counter("fengqiao_dead_letters_total", "Records set aside because they can't be handled.", ["topic"])
CONSUMER_STOPPED = Gauge("fengqiao_consumer_stopped", "1 when a consumer stopped itself.", ["group"])

# Chat
DIALOGUE_STEPS = Counter("fengqiao_dialogue_steps_total", "Steps of the dialogue that workers reached.", ["step"])
INBOUND = Counter("fengqiao_chat_messages_total", "Messages of workers, by channel.", ["channel"])
DELIVERIES = Counter("fengqiao_deliveries_total", "Messages to workers, by outcome.", ["channel", "outcome"])

# HTTP
REQUESTS = Counter("fengqiao_http_requests_total", "Requests answered.", ["service", "method", "status"])
REQUEST_TIME = Histogram("fengqiao_http_request_seconds", "Time to answer.", ["service"], buckets=SECONDS)
LIVE_PAGES = Gauge("fengqiao_live_pages", "Pages that receive pushed updates now.", ["service"])
