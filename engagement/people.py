"""Who of ours is asked to do something at an account."""

from accounts.models import Account
from accounts.subjects import AccountSubject

ORDER = ("manager", "chief", "department_head")


def person_for(account, role: str):
    """Who fills the role, else the next who looks after the account and sees it; or None."""
    adapter = AccountSubject()
    for name in (role, *(one for one in ORDER if one != role)):
        person = adapter.person(account, name)
        if person is not None and person.is_active and _sees(person, account):
            return person
    return None


def _sees(person, account) -> bool:
    return Account.objects.visible_to(person).filter(pk=account.pk).exists()
