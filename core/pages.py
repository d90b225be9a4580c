"""Where the list of a saved view lives: `SavedView.page` is the code of its list."""

from django.urls import NoReverseMatch, reverse

# The list's code -> the name of its page.
LIST_PAGES = {
    "accounts": "accounts:account_list",
    "customer_files": "planning:file_list",
    "documents": "documents:document_list",
    "file_changes": "planning:change_list",
    "registrations": "planning:registration_list",
    "visits": "engagement:visit_list",
    "contacts": "accounts:contact_list",
    "cadence": "engagement:cadence_list",
    "communications": "engagement:communication_list",
    "callbacks": "engagement:callback_list",
    "mailings": "engagement:mailing_list",
    "mailing_recipients": "engagement:mailed_list",
    "contacts_due": "engagement:contact_due_list",
    "opportunities": "opportunities:opportunity_list",
    "expenses": "engagement:expense_list",
    "products": "opportunities:product_list",
    "surveys": "engagement:survey_list",
    "survey_recipients": "engagement:recipient_list",
    "survey_answers": "engagement:response_list",
    "opinions": "engagement:opinion_list",
    "improvements": "engagement:action_list",
}


def list_url(page: str) -> str:
    """The address of a list, "" for an unknown one."""
    try:
        return reverse(LIST_PAGES[page])
    except (KeyError, NoReverseMatch):
        return ""
