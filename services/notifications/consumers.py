"""Which events notifications listen to, and what they do then."""

from services.notifications import handlers
from services.notifications.domain.case_messages import TELLINGS
from shared.contracts import bot, grievances, registry
from shared.runtime.consumer import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    registry.WorkerRegistered: handlers.learn_worker,
    registry.UnionRegistered: handlers.learn_union,
    bot.ChatLinked: handlers.learn_chat,
    bot.MessageSent: handlers.note_outcome,
    bot.MessageFailed: handlers.note_outcome,
    bot.MessageUnknown: handlers.note_outcome,
    **dict.fromkeys(TELLINGS, handlers.tell_worker),
    grievances.CaseOpened: handlers.note_case,
    grievances.CaseWithdrawn: handlers.forget_case,
    grievances.CaseClosed: handlers.close_and_tell,
    grievances.CaseRejected: handlers.close_and_tell,
}
