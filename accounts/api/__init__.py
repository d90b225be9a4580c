"""Accounts and contacts over the API."""

from accounts.api.accounts import AccountViewSet, AccountWriteSerializer
from accounts.api.contacts import ContactViewSet
from accounts.api.references import label

__all__ = ["AccountViewSet", "AccountWriteSerializer", "ContactViewSet", "label"]
