"""Following accounts: runs and work about one go with it to its next manager at once."""

from flows.services.handover import follow_subjects


def follow_account(sender, account, **kwargs):
    follow_subjects(account=account)
