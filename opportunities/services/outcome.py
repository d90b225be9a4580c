"""How a deal goes on and how it ends: milestones, won, lost, reopened."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.models import Channel
from core.money import to_base
from core.periods import month_of
from opportunities import permissions, progress
from opportunities.models import Milestone, Opportunity, OpportunityStatus
from opportunities.services.contracts import record_contract_dates

FACTS = {"amount": _("the amount"), "account": _("the account")}


class NotReady(DomainError):
    """What is missing before the deal may go there; `missing` links to where it is entered."""


class WrongStatus(DomainError):
    """The action does not fit an open, won or lost deal."""


@transaction.atomic
def move_milestone(
    *, opportunity, milestone, actor, on=None, version=None, at=None
) -> Opportunity:
    """Move a deal to another milestone, forward or back. Open deals stay before `signed`, won
    ones at or after it; a lost one is reopened first."""
    _may_edit(actor, opportunity)
    if opportunity.status == OpportunityStatus.LOST:
        raise WrongStatus(_("It is lost. Reopen it first."))
    if milestone not in progress.milestones_for(opportunity.status):
        if opportunity.status == OpportunityStatus.WON:
            raise WrongStatus(_("It is won. Reopen it first."))
        page = reverse("opportunities:opportunity_win", args=[opportunity.pk])
        raise NotReady(
            _("Signed means won: enter the day of signing."),
            missing=[*_missing(opportunity, actor), (_("the day of signing"), page)],
        )
    return writing.edit(
        instance=opportunity,
        values={"milestone": Milestone(milestone), "milestone_since": on or timezone.localdate()}
        if milestone != opportunity.milestone
        else {},
        actor=actor,
        action="opportunity.milestone_moved",
        version=version,
        at=at,
    )


@transaction.atomic
def win(
    *, opportunity, closed_on, actor, amount=None, version=None, today=None, at=None
) -> Opportunity:
    """The contract is signed (签约). Needs the amount and, but for imports, the account."""
    _may_edit(actor, opportunity)
    _may_close(opportunity, closed_on, today or timezone.localdate())
    amount = opportunity.amount if amount is None else amount
    missing = _missing(opportunity, actor, amount=amount)
    if missing:
        raise NotReady(_("It cannot be won yet."), missing=missing)
    base, rate_date = to_base(amount=amount, currency=opportunity.currency_id, on=closed_on)
    writing.edit(
        instance=opportunity,
        values={
            "status": OpportunityStatus.WON,
            "milestone": Milestone.SIGNED,
            "milestone_since": closed_on,
            "amount": amount,
            "amount_base": base,
            "rate_date": rate_date,
            "closed_on": closed_on,
            "closed_month": month_of(closed_on),
        },
        actor=actor,
        action="opportunity.won",
        version=version,
        at=at,
    )
    record_contract_dates(opportunity.account_id)
    return opportunity


@transaction.atomic
def lose(
    *, opportunity, closed_on, reason, actor, version=None, today=None, at=None
) -> Opportunity:
    """The deal is lost (丢单), and why. Its milestone shows how far it came."""
    _may_edit(actor, opportunity)
    _may_close(opportunity, closed_on, today or timezone.localdate())
    if not reason.strip():
        raise DomainError(_("Say why it was lost."), field="reason")
    return writing.edit(
        instance=opportunity,
        values={
            "status": OpportunityStatus.LOST,
            "closed_on": closed_on,
            "closed_month": month_of(closed_on),
            "lost_reason": reason.strip(),
        },
        actor=actor,
        action="opportunity.lost",
        version=version,
        reason=reason.strip(),
        at=at,
    )


@transaction.atomic
def reopen(*, opportunity, reason, actor, version=None, today=None, at=None) -> Opportunity:
    """Work on a closed deal again. A won one goes back to the last milestone before signing."""
    _may_edit(actor, opportunity)
    if opportunity.status == OpportunityStatus.OPEN:
        raise WrongStatus(_("It is open already."))
    if not reason.strip():
        raise DomainError(_("Say why it is reopened."), field="reason")
    milestone = progress.after_reopening(opportunity.milestone)
    values = {
        "status": OpportunityStatus.OPEN,
        "closed_on": None,
        "closed_month": None,
        "lost_reason": "",
    }
    if milestone != opportunity.milestone:
        values |= {
            "milestone": Milestone(milestone),
            "milestone_since": today or timezone.localdate(),
        }
    writing.edit(
        instance=opportunity,
        values=values,
        actor=actor,
        action="opportunity.reopened",
        version=version,
        reason=reason.strip(),
        at=at,
    )
    record_contract_dates(opportunity.account_id)
    return opportunity


def missing_to_win(opportunity) -> list[tuple]:
    """(what is missing, where it is entered) for cards and pages."""
    return _missing(opportunity, None)


def _may_edit(actor, opportunity):
    if actor is not None and not permissions.can_edit_opportunity(actor, opportunity):
        raise PermissionDenied


def _may_close(opportunity, closed_on, today):
    if opportunity.status != OpportunityStatus.OPEN:
        raise WrongStatus(_("It is closed already. Reopen it first."))
    if closed_on > today:
        raise DomainError(_("The day lies in the future."), field="closed_on")
    if opportunity.opened_on and closed_on < opportunity.opened_on:
        raise DomainError(
            _("It cannot be closed before it was opened on %(day)s.")
            % {"day": opportunity.opened_on},
            field="closed_on",
        )


def _missing(opportunity, actor, amount=...):
    names = progress.missing_to_win(
        amount=opportunity.amount if amount is ... else amount,
        has_account=opportunity.account_id is not None,
        account_needed=getattr(actor, "channel", "") != Channel.IMPORT,
    )
    if not names:
        return []
    page = reverse("opportunities:opportunity_edit", args=[opportunity.pk])
    return [(FACTS[name], f"{page}#id_{name}") for name in names]
