"""Which events the bot listens to, and what it does then."""

from services.bot import handlers
from shared.contracts import grievances
from shared.contracts.grievances import CaseEvent
from shared.contracts.notifications import MessageRequested
from shared.runtime.consumer import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    MessageRequested: handlers.request_delivery,
    **{
        event: handlers.follow_case
        for event in vars(grievances).values()
        if isinstance(event, type) and issubclass(event, CaseEvent) and event is not CaseEvent
    },
}
