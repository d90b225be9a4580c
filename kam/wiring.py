"""What lower floors use of higher ones, by dotted path: settings.KAM_… (architecture.md)."""

from django.utils.translation import gettext_lazy as _

KAM_IMPORTERS = [
    "teams.importers.UnitImporter",
    "teams.importers.UserImporter",
    "accounts.importers.AccountImporter",
    "accounts.importers.ContactImporter",
    "opportunities.importers.ProductImporter",
    "opportunities.importers.OpportunityImporter",
]
# What people may be told of: the lists of kinds of all apps (notifications.kinds).
KAM_NOTICE_KINDS = [
    "notifications.notices.KINDS",
    "opportunities.notices.KINDS",
    "documents.notices.KINDS",
    "flows.notices.KINDS",
    "planning.notices.KINDS",
    "engagement.notices.KINDS",
    "engagement.notices.surveys.KINDS",
    "engagement.notices.mailings.KINDS",
]
# What documents and flows can be about: one adapter class per kind (core.subjects).
KAM_SUBJECTS = [
    "accounts.subjects.AccountSubject",
    "documents.subjects.DocumentSubject",
    "planning.subjects.RegistrationSubject",
    "engagement.survey_subjects.SurveySubject",
    "engagement.survey_subjects.SurveyResponseSubject",
    "engagement.survey_subjects.ImprovementSubject",
    "engagement.survey_subjects.MailingSubject",
    "opportunities.subjects.ProductSubject",
    "engagement.subjects.VisitSubject",
    "engagement.expense_subject.ExpenseClaimSubject",
    "engagement.callback_subject.CallbackSubject",
]
KAM_SEARCH = [
    "accounts.search.search_accounts",
    "accounts.search.search_contacts",
    "opportunities.search.search_opportunities",
    "engagement.expense_search.search_expenses",
    "engagement.search.search_visits",
    "engagement.callback_search.search_callbacks",
]
# Columns that the apps above add to the list of accounts.
KAM_ACCOUNT_COLUMNS = [
    "kpi.account_columns.OPEN_AMOUNT",
    "kpi.account_columns.WON_THIS_YEAR",
    "engagement.account_columns.LAST_VISIT",
    "engagement.account_columns.NEXT_VISIT",
]
# What a hand-over of a leaver moves besides accounts and contacts.
KAM_HANDOVER = [
    {
        "code": "opportunities",
        "label": _("opportunities"),
        "preview": "opportunities.services.preview_deals",
        "hand_over": "opportunities.services.hand_over_deals",
    },
    {
        "code": "visits",
        "label": _("visits"),
        "preview": "engagement.services.preview_visits",
        "hand_over": "engagement.services.hand_over_visits",
    },
    {
        "code": "callbacks",
        "label": _("callbacks"),
        "preview": "engagement.services.callback_upkeep.preview_callbacks",
        "hand_over": "engagement.services.callback_upkeep.hand_over_callbacks",
    },
    {
        "code": "work_items",
        "label": _("work items"),
        "preview": "flows.services.preview_work",
        "hand_over": "flows.services.hand_over_work",
    },
    {
        "code": "opinions",
        "label": _("opinions"),
        "preview": "engagement.services.opinions.preview_opinions",
        "hand_over": "engagement.services.opinions.hand_over_opinions",
    },
    {
        "code": "improvements",
        "label": _("improvement actions"),
        "preview": "engagement.services.improvements.preview_actions",
        "hand_over": "engagement.services.improvements.hand_over_actions",
    },
]
# Tables whose rows are written once: triggers refuse every change (core.history_triggers).
KAM_SEALED = ["flows_flowevent", "engagement_callbackreport"]
# What a merge does with every table that refers to the merged record (accounts/services/merging).
_MERGE_GENERIC = {
    "core.AuditEntry.target": "keep",
    "core.AuditEntry.parent": "keep",
    "core.Star.target": "move_unique",
    "documents.Attachment.subject": "move",
    "documents.Comment.subject": "move",
    "documents.Document.subject": "move",
    "documents.ReadGrant.subject": "move_unique",
    "documents.FillGrant.subject": "move_unique",
    "notifications.Notification.subject": "move",
    "flows.FlowRun.subject": "move",
    "flows.WorkItem.subject": "move",
}
KAM_MERGE = {
    "accounts.Account": _MERGE_GENERIC
    | {
        "accounts.Account.parent": "move",
        "accounts.Account.merged_into": "keep",
        "accounts.AccountFormerName.account": "move_unique",
        "accounts.AccountSite.account": "move_unique",
        "accounts.AccountTrait.account": "move_unique",
        "accounts.TierChange.account": "move",
        "accounts.CreditChange.account": "move",
        "accounts.AccountAssignment.account": "accounts.services.merging.merge_assignments",
        "accounts.ServedAccount.account": "move_unique",
        "accounts.AccountFigures.account": "accounts.services.merging.merge_figures",
        "accounts.ContactRole.account": "accounts.services.merging.merge_contact_roles",
        "documents.Attachment.account": "move",
        "documents.Comment.account": "move",
        "documents.Document.account": "move",
        "flows.FlowRun.account": "move",
        "flows.WorkItem.account": "move",
        "engagement.CadenceLapse.account": "move_unique",
        "engagement.Callback.account": "engagement.services.callback_upkeep.merge_callbacks",
        "engagement.Communication.account": "move",
        "engagement.MailingRecipient.account": "move",
        "engagement.ProgrammeSlot.account": "move_unique",
        "engagement.ImprovementAction.account": "engagement.services.merging.merge_improvements",
        "engagement.Opinion.account": "move",
        "engagement.SurveyInvitation.account": "move",
        "engagement.SurveyResponse.account": "move",
        "engagement.SurveyScore.account": "move",
        "engagement.Visit.account": "move",
        "engagement.ExpenseClaim.account": "move",
        "opportunities.Opportunity.account": "move",
        "planning.ControlPointDone.account": "move",
        "planning.CustomerFile.account": "move_unique",
        "planning.FileChange.account": "move",
        "planning.Registration.account": "planning.services.merging.merge_registrations",
    },
    "accounts.Contact": _MERGE_GENERIC
    | {
        "accounts.Contact.merged_into": "keep",
        "accounts.ContactRole.contact": "accounts.services.merging.merge_contact_roles",
        "engagement.CallbackContact.contact": "move_unique",
        "engagement.Communication.contact": "move",
        "engagement.MailingRecipient.contact": "engagement.services.merging.merge_mailed",
        "engagement.Opinion.contact": "move",
        "engagement.SurveyInvitation.contact": "engagement.services.merging.merge_invitations",
        "engagement.VisitContact.contact": "move_unique",
    },
}
# What the floors above accounts hold about a contact: how it is exported, and how it is removed.
KAM_PERSONAL_DATA = [
    {
        "export": "engagement.services.personal.export_communications",
        "erase": "engagement.services.personal.erase_communications",
    },
    {
        "export": "engagement.services.mailing_privacy.export_mailings",
        "erase": "engagement.services.mailing_privacy.erase_mailings",
    },
    {
        "export": "engagement.services.survey_privacy.export_surveys",
        "erase": "engagement.services.survey_privacy.erase_surveys",
    },
    {
        "export": "engagement.services.personal.export_callbacks",
        "erase": "engagement.services.personal.erase_callbacks",
    },
    {
        "export": "engagement.services.personal.export_visits",
        "erase": "engagement.services.personal.erase_visits",
    },
]
# Apps whose library/*.yaml files are loaded by `manage.py load_library`, in this order.
KAM_LIBRARIES = [
    "core.library_rows.CORE",
    "teams.library_rows.TEAMS",
    "accounts.library_rows.ACCOUNTS",
    "documents.library_rows.DOCUMENTS",
    "flows.library_rows.FLOWS",
    "engagement.library_rows.ENGAGEMENT",
]
