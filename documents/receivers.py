"""Following accounts: what is written about one goes with it to its next manager at once."""

from documents.services.following import follow_subjects


def follow_account(sender, account, **kwargs):
    follow_subjects(account=account)
