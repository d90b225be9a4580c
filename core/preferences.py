"""What a person sets for themselves."""

from django.db import transaction

from core import audit


@transaction.atomic
def set_language(*, user, language: str) -> None:
    """Remember the language a person reads in; "" follows the browser again."""
    before = user.language
    if before == language:
        return
    user.language = language
    user.save(update_fields=["language"])
    audit.record(actor=user, action="user.language_set", target=user, language=(before, language))
