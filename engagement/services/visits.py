"""Planning visits (R-ENG-01, R-ENG-02): plan, change, move, cancel."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ContactRole
from core import writing
from core.exceptions import DomainError, StaleVersion, SteeredStatus
from core.models import company
from core.numbering import take_numbers
from core.subjects import adapter_of
from engagement.models import (
    AHEAD_STATUSES,
    Visit,
    VisitColleague,
    VisitContact,
    VisitKind,
    VisitStatus,
)
from engagement.notices import reminders
from engagement.permissions import visits as permissions
from engagement.services import visit_flow
from flows import services as flows
from flows.services.starting import bound_template

PREFIX = "VIS-"
WORDS = frozenset({"agenda", "place", "purpose", "site"})
FUNDS = frozenset({"budget", "currency", "kind"})
PEOPLE = frozenset({"contacts", "colleagues"})
EDITABLE = WORDS | FUNDS
# While somebody decides on the plan or on the funds, it stays what they were shown.
DECIDED_ON = (VisitStatus.PLAN_SUBMITTED, VisitStatus.APPLIED)


class NotAhead(DomainError):
    """The visit took place, or will not."""


@transaction.atomic
def plan_visit(
    *,
    account,
    actor,
    purpose,
    starts_at,
    ends_at,
    owner=None,
    kind=VisitKind.SINGLE,
    agenda="",
    site=None,
    place="",
    budget=None,
    currency=None,
    contacts=(),
    colleagues=(),
    series=None,
    hand_in=False,
    at=None,
) -> Visit:
    """Plan a visit; its flow begins at once (which one says the binding).

    `contacts` are people of the account, `colleagues` go along with `owner` (the actor where left
    out). `hand_in` answers the step of the plan as well. `at` is when it was planned.
    """
    owner = owner or actor
    _refuse_planning(account, owner, actor)
    visit = Visit(
        number=take_numbers(code="visit", prefix=PREFIX)[0],
        account=account,
        owner=owner,
        purpose=purpose,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        agenda=agenda,
        site=_site_of(account, site),
        place=place,
        series=series,
        created_by=actor,
        **_funds(budget, currency),
    )
    writing.create(instance=visit, actor=actor, action="visit.planned", parent=account, at=at)
    _set_contacts(visit, contacts)
    _set_colleagues(visit, colleagues)
    visit_flow.begin(visit, actor=actor, now=at)
    visit_flow.refresh_figures(account.pk)
    if hand_in:
        submit_plan(visit=visit, actor=actor, at=at)
    return visit


def _refuse_planning(account, owner, actor):
    if owner is None:
        raise DomainError(_("Say who visits."), field="owner")
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."), field="account")
    if actor is not None:
        seen = Account.objects.visible_to(actor).filter(pk=account.pk).exists()
        if not (seen and permissions.can_plan(actor, account)):
            raise PermissionDenied
        if not permissions.can_plan_for(actor, account, owner):
            raise DomainError(_("You plan visits of your own at this account."), field="owner")
    _refuse_owner(account, owner)


def _refuse_owner(account, owner):
    if not owner.is_active:
        raise DomainError(_("This colleague has left."), field="owner")
    if not Account.objects.visible_to(owner).filter(pk=account.pk).exists():
        raise DomainError(_("%(user)s does not see this account.") % {"user": owner}, field="owner")


def _site_of(account, site):
    if site is not None and site.account_id != account.pk:
        raise DomainError(_("Choose a site of this account."), field="site")
    return site


def _funds(budget, currency) -> dict:
    if budget is None:
        return {"budget": None, "currency": None}
    return {"budget": budget, "currency": currency or company().currency}


@transaction.atomic
def submit_plan(*, visit, actor, version=None, at=None) -> Visit:
    """Answer the step of the plan, as whoever plans it."""
    _refuse_strangers(visit, actor)
    if version is not None and int(version) != visit.version:
        raise StaleVersion(visit)
    if visit.status != VisitStatus.DRAFT:
        raise NotAhead(_("The plan has been handed in already."))
    visit_flow.answer(visit, actor=actor, now=at)
    return visit


@transaction.atomic
def update_visit(*, visit, values, actor, version=None, at=None) -> Visit:
    """Change what is planned: EDITABLE and PEOPLE. Time is moved by `move_visit`.

    Funds and kind are fixed once the visit may be held; before that another flow may be meant
    for it, which then begins. The status is refused: SteeredStatus.
    """
    _refuse_strangers(visit, actor)
    if "status" in values:
        raise SteeredStatus(visit)
    unknown = set(values) - EDITABLE - PEOPLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    _refuse_held(visit)
    plain = {name: value for name, value in values.items() if name in EDITABLE}
    plain = _checked(visit, plain)
    told = _people(visit, values)
    writing.edit(
        instance=visit,
        values=plain,
        actor=actor,
        action="visit.edited",
        version=version,
        parent=visit.account,
        at=at,
        told=told,
    )
    _follow(visit, actor, at)
    return visit


def _checked(visit, values) -> dict:
    if "site" in values:
        _site_of(visit.account, values["site"])
    if {"budget", "currency"} & set(values):
        budget = values.get("budget", visit.budget)
        values |= _funds(budget, values.get("currency", visit.currency))
    changed = {name for name, value in values.items() if getattr(visit, name) != value}
    if visit.status in DECIDED_ON and changed - {"agenda"}:
        raise DomainError(_("It is being decided on: the plan stays as it is until then."))
    agreed = visit.status != VisitStatus.DRAFT and visit_flow.waits_for_holding(visit)
    if changed & FUNDS and agreed:
        raise DomainError(
            _("The visit may be held already; its funds and kind stay as they were agreed."),
            field="budget",
        )
    return values


def _people(visit, values) -> dict:
    """How many people go, for history: names of customers are not kept there."""
    told = {}
    if "contacts" in values:
        before = visit.contacts.count()
        if _set_contacts(visit, values["contacts"]):
            told["contacts"] = (before, visit.contacts.count())
    if "colleagues" in values:
        before = [str(row.user) for row in visit.colleagues.select_related("user")]
        if _set_colleagues(visit, values["colleagues"]):
            told["colleagues"] = (before, [str(user) for user in values["colleagues"]])
    return told


def _set_contacts(visit, contacts) -> bool:
    """Whether anything changed. Who is met must work there; the level is that of today."""
    wanted = {contact.pk: contact for contact in contacts}
    held = dict(visit.contacts.values_list("contact", "pk"))
    new = [pk for pk in wanted if pk not in held]
    roles = ContactRole.objects.on(timezone.localdate()).filter(account=visit.account)
    levels = dict(roles.filter(contact__in=new).values_list("contact", "level"))
    for pk in new:
        if pk not in levels or wanted[pk].archived_at is not None:
            raise DomainError(
                _("%(person)s does not work at this account.") % {"person": wanted[pk]},
                field="contacts",
            )
    gone = [held[pk] for pk in held if pk not in wanted]
    VisitContact.objects.filter(pk__in=gone).delete()
    VisitContact.objects.bulk_create(
        VisitContact(visit=visit, contact_id=pk, level=levels[pk]) for pk in new
    )
    return bool(new or gone)


def _set_colleagues(visit, colleagues) -> bool:
    wanted = {user.pk: user for user in colleagues if user.pk != visit.owner_id}
    held = dict(visit.colleagues.values_list("user", "pk"))
    new = [pk for pk in wanted if pk not in held]
    for pk in new:
        if not wanted[pk].is_active:
            raise DomainError(_("This colleague has left."), field="colleagues")
    gone = [held[pk] for pk in held if pk not in wanted]
    VisitColleague.objects.filter(pk__in=gone).delete()
    VisitColleague.objects.bulk_create(VisitColleague(visit=visit, user_id=pk) for pk in new)
    return bool(new or gone)


def _follow(visit, actor, at):
    """The flow after a change: another may be meant for it, while the plan is a draft."""
    run = visit_flow.run_of(visit)
    if run is None:
        return
    if visit.status == VisitStatus.DRAFT:
        try:
            meant = bound_template(adapter_of(visit), visit)
        except flows.NoFlow:
            meant = run.template
        if meant.pk != run.template_id:
            flows.restart(run=run, actor=actor, now=at)
            visit_flow.choose(visit, actor=actor, now=at)
            return
    flows.follow_subject(run=run, actor=actor, now=at)
    visit.refresh_from_db()


@transaction.atomic
def move_visit(*, visit, starts_at, reason, actor, ends_at=None, version=None, at=None) -> Visit:
    """Another time; the length stays where no end is given. What waits for it moves with it."""
    _refuse_strangers(visit, actor)
    _refuse_held(visit)
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    ends_at = ends_at or starts_at + (visit.ends_at - visit.starts_at)
    if (starts_at, ends_at) == (visit.starts_at, visit.ends_at):
        return visit
    reminders.overtake(visit.pk, visit.starts_at, starts_at)
    writing.edit(
        instance=visit,
        values={"starts_at": starts_at, "ends_at": ends_at, "reason": reason.strip()},
        actor=actor,
        action="visit.moved",
        version=version,
        parent=visit.account,
        reason=reason.strip(),
        at=at,
    )
    run = visit_flow.run_of(visit)
    if run is not None:
        flows.follow_subject(run=run, actor=actor, now=at)
    visit_flow.refresh_figures(visit.account_id)
    return visit


@transaction.atomic
def cancel_visit(*, visit, reason, actor, version=None, at=None) -> Visit:
    """Give a visit up. Its flow ends as cancelled and gives it the status."""
    _refuse_strangers(visit, actor)
    _refuse_held(visit)
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    if version is not None and int(version) != visit.version:
        raise StaleVersion(visit)
    run = visit_flow.run_of(visit)
    if run is None:
        visit_flow.cancel_without_flow(visit, reason.strip(), actor=actor, now=at)
    else:
        flows.cancel(run=run, actor=actor, reason=reason.strip(), now=at)
        visit.refresh_from_db()
    return visit


def _refuse_strangers(visit, actor):
    if actor is not None and not permissions.can_change(actor, visit):
        raise PermissionDenied


def _refuse_held(visit):
    if visit.status not in AHEAD_STATUSES:
        raise NotAhead(
            _("This visit is %(status)s: its plan is not changed any more.")
            % {"status": visit.get_status_display()}
        )
