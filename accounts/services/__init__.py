"""Every write to accounts and contacts. One function, one business action, one transaction."""

from accounts.services.accounts import (
    DuplicateAccount,
    archive_account,
    create_account,
    move_in_group,
    override_classification,
    register_account,
    restore_account,
    update_account,
)
from accounts.services.assignments import (
    assign,
    end_assignment,
    end_service,
    serve_account,
    transfer_account,
)
from accounts.services.bulk import bulk_update, preview_bulk_update
from accounts.services.contacts import (
    add_role,
    archive_contact,
    change_employer,
    create_contact,
    end_role,
    note_contact,
    update_contact,
    update_role,
    withdraw_consent,
)
from accounts.services.credit import set_credit_grade
from accounts.services.figures import record_figures
from accounts.services.handover import hand_over, preview_handover
from accounts.services.merging import merge_accounts, merge_contacts, preview_merge
from accounts.services.personal_data import anonymise_contact, export_person
from accounts.services.sites import add_site, set_trait, update_site
from accounts.services.tiers import (
    TierForbidden,
    change_tier,
    preview_scheme_switch,
    switch_tier_scheme,
)

__all__ = [
    "DuplicateAccount",
    "TierForbidden",
    "add_role",
    "add_site",
    "anonymise_contact",
    "archive_account",
    "archive_contact",
    "assign",
    "bulk_update",
    "change_employer",
    "change_tier",
    "create_account",
    "create_contact",
    "end_assignment",
    "end_role",
    "end_service",
    "export_person",
    "hand_over",
    "merge_accounts",
    "merge_contacts",
    "move_in_group",
    "note_contact",
    "override_classification",
    "preview_bulk_update",
    "preview_handover",
    "preview_merge",
    "preview_scheme_switch",
    "record_figures",
    "register_account",
    "restore_account",
    "serve_account",
    "set_credit_grade",
    "set_trait",
    "switch_tier_scheme",
    "transfer_account",
    "update_account",
    "update_contact",
    "update_role",
    "update_site",
    "withdraw_consent",
]
