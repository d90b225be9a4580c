"""Importing accounts and contacts."""

from accounts.importers.accounts import AccountImporter
from accounts.importers.contacts import ContactImporter

__all__ = ["AccountImporter", "ContactImporter"]
