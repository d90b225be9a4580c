"""Entering and editing an opportunity, its products and its owner."""

from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.models import company
from core.money import to_base
from core.normalise import search_index
from core.numbering import take_numbers
from core.periods import month_of
from opportunities import permissions
from opportunities.models import Milestone, Opportunity, OpportunityLine, OpportunityStatus
from opportunities.services.contracts import record_contract_dates

# What an edit may touch; owner too, for those who lead the deal. Status and milestone have
# services of their own.
EDITABLE = frozenset(
    {
        "account",
        "amount",
        "currency",
        "expected_close_on",
        "kind",
        "name",
        "next_step",
        "next_step_on",
        "notes",
        "opened_on",
        "owner",
    }
)
# Corrections of a closed deal; on an open one they are refused.
OF_CLOSED = frozenset({"closed_on", "lost_reason"})
# On entry also these, because deals are recorded after the fact and carried over.
ON_ENTRY = (EDITABLE - {"owner"}) | OF_CLOSED | {
    "created_by",
    "milestone",
    "milestone_since",
    "number",
    "status",
}


class UnknownAccount(DomainError):
    """The account is not one the person may put a deal on; the same words for hidden and absent."""

    def __init__(self):
        super().__init__(_("Choose an account from the list."), field="account")


@transaction.atomic
def create_opportunity(
    *, actor, name, owner=None, account=None, lines=(), at=None, **fields
) -> Opportunity:
    """Enter a deal. Its owner is `owner`, else the person entering it; without an amount the
    lines give it. `lines` are dicts of product, quantity and unit_price."""
    _only(fields, ON_ENTRY)
    owner = owner or actor
    if actor is not None:
        if not permissions.can_create_opportunity(actor) or not permissions.can_give_to(
            actor, owner
        ):
            raise PermissionDenied
        refuse_hidden_account(actor, account)
    today = timezone.localdate(at)
    fields.setdefault("opened_on", min(today, fields.get("closed_on") or today))
    fields.setdefault("milestone_since", fields.get("closed_on") or today)
    fields.setdefault("created_by", actor)
    if fields.get("status") == OpportunityStatus.WON:
        fields.setdefault("milestone", Milestone.SIGNED)
    deal = Opportunity(
        name=name, account=account, owner=owner, owner_unit=owner.unit, **fields
    )
    if "currency" not in fields:
        deal.currency_id = currency_for(owner)
    if deal.amount is None:
        deal.amount = lines_total(lines, deal.currency_id)
    deal.number = deal.number or take_number()
    fill_derived(deal, on=deal.closed_on or today)
    writing.create(instance=deal, actor=actor, action="opportunity.created", at=at)
    for line in lines:
        _add_line(deal, line, at)
    if deal.status == OpportunityStatus.WON:
        record_contract_dates(deal.account_id)
    return deal


@transaction.atomic
def update_opportunity(
    *, opportunity, values, actor, version=None, reason="", at=None
) -> Opportunity:
    """Change the facts of a deal (EDITABLE; the dates and the reason of a closed one too)."""
    closed = opportunity.status != OpportunityStatus.OPEN
    _only(values, EDITABLE | OF_CLOSED)
    if not closed and OF_CLOSED & set(values):
        raise DomainError(_("An open opportunity has no closing date."), field="closed_on")
    values = _authorised(opportunity, dict(values), actor)
    before = opportunity.account_id
    values |= _derived(opportunity, values, at)
    writing.edit(
        instance=opportunity,
        values=values,
        actor=actor,
        action="opportunity.edited",
        version=version,
        reason=reason,
        at=at,
    )
    if opportunity.status == OpportunityStatus.WON and {"account", "closed_on"} & set(values):
        record_contract_dates(before, opportunity.account_id)
    return opportunity


def change_owner(*, opportunity, owner, actor, reason="", version=None, at=None) -> Opportunity:
    """Give a deal to a colleague; its department line follows."""
    return update_opportunity(
        opportunity=opportunity,
        values={"owner": owner},
        actor=actor,
        version=version,
        reason=reason,
        at=at,
    )


@transaction.atomic
def edit_opportunity(*, opportunity, values, lines, actor, version=None) -> Opportunity:
    """Facts and products in one go, as the form has them."""
    update_opportunity(opportunity=opportunity, values=values, actor=actor, version=version)
    return set_lines(opportunity=opportunity, lines=lines, actor=actor)


@transaction.atomic
def set_lines(*, opportunity, lines, actor, version=None, at=None) -> Opportunity:
    """Replace the products of a deal. An amount that was the lines' total follows them."""
    if actor is not None and not permissions.can_edit_opportunity(actor, opportunity):
        raise PermissionDenied
    old = [vars_of(line) for line in opportunity.lines.select_related("product")]
    same = old == [{"quantity": Decimal(1), "unit_price": None} | line for line in lines]
    currency = opportunity.currency_id
    values = {}
    if not same and opportunity.amount in (None, lines_total(old, currency)):
        values = {"amount": lines_total(lines, currency)}
        values |= _derived(opportunity, values, at)
    both = [_said(line) for line in old], [_said(line) for line in lines]
    writing.edit(
        instance=opportunity,
        values=values,
        actor=actor,
        action="opportunity.lines_set",
        version=version,
        at=at,
        told={} if same else {"lines": both},
    )
    if not same:
        opportunity.lines.all().delete()
        for line in lines:
            _add_line(opportunity, line, at)
    return opportunity


@transaction.atomic
def archive_opportunity(*, opportunity, reason, actor, version=None) -> Opportunity:
    """Take a deal out of lists and figures. Nothing is deleted; it can be restored."""
    if actor is not None and not permissions.can_lead_opportunity(actor, opportunity):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Say why the opportunity is archived."), field="reason")
    return _keep(opportunity, timezone.now(), actor, "opportunity.archived", reason, version)


@transaction.atomic
def restore_opportunity(*, opportunity, actor, version=None) -> Opportunity:
    if actor is not None and not permissions.can_lead_opportunity(actor, opportunity):
        raise PermissionDenied
    return _keep(opportunity, None, actor, "opportunity.restored", "", version)


def refuse_hidden_account(actor, account):
    if account is not None and not permissions.can_attach_account(actor, account):
        raise UnknownAccount


def take_number() -> str:
    """The next free number; numbers that an import brought along are skipped."""
    prefix = company().opportunity_number_prefix
    while True:
        [number] = take_numbers(code="opportunity", prefix=prefix, width=6)
        if not Opportunity.objects.filter(number=number).exists():
            return number


def currency_for(owner) -> str:
    """Code of the currency that new deals of this person are entered in."""
    division = owner.unit and owner.unit.division
    return (division and division.currency_id) or company().currency_id


def lines_total(lines, currency: str) -> Decimal | None:
    """Quantity times price over all lines; None while there are none or a price is unknown."""
    total = Decimal(0)
    for line in lines:
        price = price_of(line, currency)
        if price is None:
            return None
        total += price * Decimal(line.get("quantity") or 1)
    return total.quantize(Decimal("0.01")) if lines else None


def price_of(line, currency: str) -> Decimal | None:
    """The line's own price, else the product's list price where it is in the same currency."""
    if line.get("unit_price") is not None:
        return Decimal(line["unit_price"])
    product = line["product"]
    return product.list_price if product.currency_id == currency else None


def vars_of(line: OpportunityLine) -> dict:
    return {"product": line.product, "quantity": line.quantity, "unit_price": line.unit_price}


def fill_derived(deal, *, on):
    """Columns computed from others; every writer of deals calls it (imports too)."""
    deal.amount_base, deal.rate_date = to_base(
        amount=deal.amount, currency=deal.currency_id, on=on
    )
    deal.closed_month = month_of(deal.closed_on) if deal.closed_on else None
    deal.search_index = search_index(deal.name, deal.number)


def _authorised(opportunity, values, actor):
    """The values this actor may set. An owner or account that stays the same is no change."""
    for name in ("owner", "account"):
        if name in values and values[name] == getattr(opportunity, name):
            del values[name]
    if actor is None:
        return values
    if not permissions.can_edit_opportunity(actor, opportunity):
        raise PermissionDenied
    if "owner" in values and not permissions.can_lead_opportunity(actor, opportunity):
        raise PermissionDenied
    refuse_hidden_account(actor, values.get("account"))
    return values


def _derived(opportunity, values, at):
    """What follows from the values: base amount, owner's department, month, search index."""
    derived = {}
    if "owner" in values:
        if not values["owner"].is_active:
            raise DomainError(_("Choose a colleague who is still here."), field="owner")
        derived["owner_unit"] = values["owner"].unit
    if "name" in values:
        derived["search_index"] = search_index(values["name"], opportunity.number)
    if values.get("closed_on"):
        derived["closed_month"] = month_of(values["closed_on"])
    priced = ("amount", "currency", "closed_on")
    now = [getattr(opportunity, name) for name in priced]
    then = [values.get(name, old) for name, old in zip(priced, now, strict=True)]
    if then != now:
        amount, currency, on = then
        on = on or timezone.localdate(at)
        derived["amount_base"], derived["rate_date"] = to_base(
            amount=amount, currency=currency.pk, on=on
        )
    return derived


def _keep(opportunity, archived_at, actor, action, reason, version):
    writing.edit(
        instance=opportunity,
        values={"archived_at": archived_at},
        actor=actor,
        action=action,
        reason=reason,
        version=version,
    )
    if opportunity.status == OpportunityStatus.WON:
        record_contract_dates(opportunity.account_id)
    return opportunity


def _add_line(opportunity, line, at=None):
    row = OpportunityLine(opportunity=opportunity, **line)
    row.quantity = row.quantity or Decimal(1)
    row.full_clean()
    if at is not None:
        row.created_at = row.updated_at = at
    row.save(force_insert=True)
    return row


def _said(line) -> str:
    """A line as history shows it: no price but the one agreed for this deal."""
    quantity = f"{Decimal(line.get('quantity') or 1).normalize():f}"
    price = line.get("unit_price")
    return f"{line['product'].code} {quantity}" + ("" if price is None else f" × {price:,.2f}")


def _only(values, allowed):
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
