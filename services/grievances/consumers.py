"""Which events casework listens to, and what it does then."""

from services.grievances import handlers
from shared.contracts import bot, grievances, registry
from shared.runtime.consumer import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    bot.GrievanceReported: handlers.open_case,
    bot.WorkerMessaged: handlers.hear_worker,
    bot.EvidenceAdded: handlers.add_evidence,
    bot.RatingGiven: handlers.rate,
    bot.ReopeningAsked: handlers.reopen,
    bot.PaymentConfirmed: handlers.confirm_payment,
    bot.ReportWithdrawn: handlers.withdraw,
    registry.EmployerRegistered: handlers.learn_employer,
    registry.UnionRegistered: handlers.learn_union,
    registry.AccountOpened: handlers.learn_staff,
    registry.WorkerRegistered: handlers.learn_worker,
    grievances.AnswerDueSoon: handlers.alert,
    grievances.CaseBreached: handlers.alert,
    grievances.CaseEscalated: handlers.alert,
    grievances.InstalmentDisputed: handlers.alert,
    grievances.InstalmentMissed: handlers.alert,
    grievances.CaseReopened: handlers.alert,
    grievances.CaseResponded: handlers.count_response,
}
