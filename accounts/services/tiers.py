"""Tiers of accounts and schemes of divisions (R-ACC-13 to 16)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import permissions, tiering
from accounts.models import (
    Account,
    AccountFigures,
    DivisionTierScheme,
    Tier,
    TierChange,
    TierMapping,
    TierScheme,
)
from core import audit, writing
from core.exceptions import DomainError
from core.models import AuditEntry
from teams.models import Unit
from teams.rights import Right


class TierForbidden(DomainError):
    """The tier exists but may not be given to this account."""


def scheme_of(division) -> TierScheme | None:
    """The scheme in force for a division: its own choice, the company's, else the default."""
    if division is not None:
        choice = (
            DivisionTierScheme.objects.filter(division=division).select_related("scheme").first()
            or DivisionTierScheme.objects.filter(division__kind="company")
            .select_related("scheme")
            .first()
        )
        if choice:
            return choice.scheme
    return TierScheme.objects.filter(is_default=True).first()


@transaction.atomic
def change_tier(*, account, tier, reason, actor, version=None, on=None, at=None) -> Account:
    """Move an account to another tier of its division's scheme, with a reason.

    Raises TierForbidden for a tier of another scheme, a tier for accounts without a contract
    once one was signed (R-ACC-13), a tier whose cut-off is reached (R-ACC-16).
    """
    if actor is not None and not permissions.can_change_tier(actor, account):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Say why the tier changes."), field="reason")
    if tier == account.tier:
        raise TierForbidden(
            _("%(account)s is already in tier %(tier)s.") % {"account": account, "tier": tier},
            field="tier",
        )
    check_tier(account, tier)
    previous, on = account.tier, on or timezone.localdate(at)
    writing.edit(
        instance=account,
        values={"tier": tier, "tier_since": on},
        actor=actor,
        action="account.tier_changed",
        reason=reason,
        version=version,
        at=at,
    )
    TierChange.objects.create(
        account=account,
        from_tier=previous,
        to_tier=tier,
        reason=reason,
        changed_by=actor,
        changed_on=on,
    )
    return account


def check_tier(account, tier):
    """Raise TierForbidden if the account may not be in the tier."""
    scheme = scheme_of(account.division)
    if scheme is None or tier.scheme_id != scheme.pk:
        raise TierForbidden(
            _("Tier %(tier)s does not belong to the scheme of this division.") % {"tier": tier},
            field="tier",
        )
    rule = tiering.TierRule(tier.only_without_contract, tier.top_n)
    first_contract_on = (
        AccountFigures.objects.filter(account=account)
        .values_list("first_contract_on", flat=True)
        .first()
    )
    if tiering.contract_forbids(rule, first_contract_on):
        raise TierForbidden(
            _("%(tier)s is for accounts without a contract; the first was signed on %(day)s.")
            % {"tier": tier, "day": first_contract_on},
            field="tier",
        )
    if tier.top_n and tiering.is_full(rule, Account.objects.current().filter(tier=tier).count()):
        raise TierForbidden(
            _("%(tier)s holds at most %(number)d accounts and is full.")
            % {"tier": tier, "number": tier.top_n},
            field="tier",
        )


def _affected(division: Unit):
    """Accounts whose scheme follows this division's choice."""
    accounts = Account.objects.current()
    if division.kind == "company":
        own = DivisionTierScheme.objects.exclude(division=division).values("division")
        return accounts.exclude(division__in=own)
    return accounts.filter(division=division)


def preview_scheme_switch(*, division, scheme) -> list[dict]:
    """For every tier in use: how many accounts move where; `to` is None without a mapping."""
    mapped = mapping_to(scheme)
    counts: dict[Tier, int] = {}
    for account in _affected(division).exclude(tier=None).select_related("tier__scheme"):
        if account.tier.scheme_id != scheme.pk:
            counts[account.tier] = counts.get(account.tier, 0) + 1
    return [
        {"from": tier, "to": mapped.get(tier.pk), "accounts": number}
        for tier, number in sorted(counts.items(), key=lambda pair: pair[0].rank)
    ]


@transaction.atomic
def switch_tier_scheme(*, division, scheme, actor, on=None) -> int:
    """Put a division on another scheme; its accounts move by the tier mapping, those without a
    mapping lose their tier. Returns how many accounts changed."""
    if actor is not None and not actor.has_right(Right.MANAGE_SETTINGS):
        raise PermissionDenied
    choice = DivisionTierScheme.objects.filter(division=division).first()
    before = choice.scheme if choice else scheme_of(division)
    on = on or timezone.localdate()
    DivisionTierScheme.objects.update_or_create(division=division, defaults={"scheme": scheme})
    reason = _("The division changed to %(scheme)s.") % {"scheme": scheme}
    moved = _map_tiers(_affected(division), scheme, reason=reason, actor=actor, on=on)
    audit.record(
        actor=actor,
        action="division.scheme_switched",
        target=division,
        scheme=(before, scheme),
    )
    return moved


@transaction.atomic
def follow_scheme(*, accounts, division, actor, on=None, at=None) -> int:
    """Accounts that came into a division: the tiers of another scheme change by the tier mapping,
    as when the division itself changes its scheme (R-ACC-13 to 16). How many changed."""
    scheme = scheme_of(division)
    if scheme is None:
        return 0
    reason = _("The account came to %(division)s, which uses %(scheme)s.") % {
        "division": division,
        "scheme": scheme,
    }
    on = on or timezone.localdate(at)
    return _map_tiers(accounts.current(), scheme, reason=reason, actor=actor, on=on, at=at)


def take_scheme(account, **how) -> None:
    """`follow_scheme` for one account at hand."""
    same = Account.objects.filter(pk=account.pk)
    if follow_scheme(accounts=same, division=account.division, **how):
        account.refresh_from_db(fields=["tier", "tier_since", "version", "updated_at"])


def mapping_to(scheme) -> dict:
    """{tier id of another scheme: the tier it becomes in this one}."""
    rows = TierMapping.objects.filter(to_scheme=scheme).select_related("to_tier")
    return {row.from_tier_id: row.to_tier for row in rows}


def _map_tiers(accounts, scheme, *, reason, actor, on, at=None) -> int:
    """Give accounts with a tier of another scheme the tier it maps to, else none; each with its
    history. Returns how many changed."""
    mapped, reason = mapping_to(scheme), str(reason)
    moving = accounts.exclude(tier=None).exclude(tier__scheme=scheme).select_related("tier")
    changes, entries, moved = [], [], []
    for account in moving:
        old, account.tier, account.tier_since = account.tier, mapped.get(account.tier_id), on
        account.version += 1
        account.updated_at = at or timezone.now()
        moved.append(account)
        changes.append(
            TierChange(
                account=account,
                from_tier=old,
                to_tier=account.tier,
                reason=reason,
                changed_by=actor,
                changed_on=on,
            )
        )
        entries.append(
            audit.entry(
                actor=actor,
                action="account.tier_changed",
                target=account,
                reason=reason,
                at=at,
                tier=(old, account.tier),
            )
        )
    Account.objects.bulk_update(
        moved, ["tier", "tier_since", "version", "updated_at"], batch_size=500
    )
    TierChange.objects.bulk_create(changes, batch_size=500)
    AuditEntry.objects.bulk_create(entries, batch_size=500)
    return len(moved)
