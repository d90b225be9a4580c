"""Records that a form may refer to: which of them a person sees, and how they are called."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from core.subjects import subjects
from teams.models import User

OPTIONS = {
    "account": "accounts:account_options",
    "contact": "accounts:contact_options",
    "person": "accounts:people_options",
    "product": "opportunities:product_options",
}
HIDDEN = _("(not yours to see)")


def records(kind: str, user):
    """The records of a kind that this person may see, archived ones too."""
    if kind == "account":
        return Account.objects.visible_to(user)
    if kind == "contact":
        return Contact.objects.visible_to(user)
    if kind == "person":
        return User.objects.all()
    return subjects()[kind].visible_to(user)


def options_url(kind: str) -> str:
    return reverse(OPTIONS[kind])


def label_of(record) -> str:
    return getattr(record, "label", None) or str(record)


def labels(pairs, user) -> dict[tuple[str, int], str]:
    """{(kind, id): label} of those the person sees; one query a kind."""
    wanted: dict[str, set[int]] = {}
    for kind, pk in pairs:
        wanted.setdefault(kind, set()).add(pk)
    return {
        (kind, record.pk): label_of(record)
        for kind, ids in wanted.items()
        for record in records(kind, user).filter(pk__in=ids)
    }
