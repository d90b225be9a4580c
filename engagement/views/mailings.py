"""Mailings: write one, look who gets it and who does not, let it go, follow it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.contact_lists import CONTACTS
from accounts.models import Account, Contact, ContactRole
from core.dialogs import (
    carried_out,
    conflicts_of,
    dialog,
    done,
    next_url,
    posted,
    refuse,
    status_of,
)
from core.exceptions import DomainError, StaleVersion
from core.fields import VersionedForm
from core.formats import number
from core.lists import Listing
from core.lists.listing import chosen_rows
from engagement.forms import mailings as forms
from engagement.lists.mailings import MAILED, MAILINGS, recipient_cell, state_cell
from engagement.models import (
    OPEN_STATES,
    Mailing,
    MailingChannel,
    MailingRecipient,
    MailingSettings,
    MailingState,
)
from engagement.notices.mailings import releasers
from engagement.permissions import mailings as permissions
from engagement.selectors import mailings as selectors
from engagement.services import mailings as services
from notifications.models import SmsGateway

SHOWN = 12
PLACEHOLDERS = (
    ("name", gettext_lazy("name of the contact")),
    ("salutation", gettext_lazy("their salutation")),
    ("account", gettext_lazy("name of the account")),
    ("manager", gettext_lazy("name of the account manager")),
    ("manager_phone", gettext_lazy("phone of the account manager")),
)


def mailing_of(request, pk) -> Mailing:
    rows = Mailing.objects.visible_to(request.user).select_related("owner", "unit", "released_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def mailing_list(request):
    create = {}
    if permissions.can_send(request.user):
        create = {"label": _("New mailing"), "url": reverse("engagement:mailing_create")}
    rows = Mailing.objects.visible_to(request.user)
    return Listing(MAILINGS, request, rows).respond(create=create)


@require_GET
def mailing_export(request):
    return Listing(MAILINGS, request, Mailing.objects.visible_to(request.user)).export()


@require_GET
def mailed_list(request):
    return Listing(MAILED, request, MailingRecipient.objects.visible_to(request.user)).respond()


@require_GET
def mailed_export(request):
    return Listing(MAILED, request, MailingRecipient.objects.visible_to(request.user)).export()


# ---------- a new one ----------


def _visible_contacts(request):
    return Contact.objects.visible_to(request.user).filter(merged_into=None)


def _narrowed(form, user):
    """The contacts with a present role at the accounts that were chosen."""
    roles = ContactRole.objects.on(timezone.localdate()).filter(
        account__in=form.narrowed(Account.objects.visible_to(user).current()).values("pk")
    )
    if levels := form.chosen_levels():
        roles = roles.filter(level__in=levels)
    return Contact.objects.visible_to(user).current().filter(pk__in=roles.values("contact"))


@require_http_methods(["GET", "POST"])
def mailing_create(request):
    """From the list of contacts (ids, then `step`), or with a choice of accounts."""
    user, step = request.user, request.POST.get("step", "")
    if not permissions.can_send(user):
        raise PermissionDenied
    home = next_url(request, reverse("engagement:mailing_list"))
    chosen = None
    if "ids" in request.POST or request.GET.get("all"):
        chosen = chosen_rows(CONTACTS, request, _visible_contacts(request))
    elif request.method == "POST" and not step:
        messages.info(request, _("Tick the contacts to write to first."))
        return redirect(home)
    data = request.POST if step else None
    form = forms.NewMailingForm(data, user=user, ticked=chosen is not None)
    if step == "text":
        form = _with_text(form, request, user, chosen)
    elif step == "make" and form.is_valid():
        made = []

        def make():
            contacts = chosen if chosen is not None else _narrowed(form, user)
            made.append(services.create_mailing(actor=user, contacts=contacts, **form.values()))

        if carried_out(form, make):
            messages.success(request, _("The draft is kept. Look who gets it, then send it."))
            return redirect(made[0])
    ids = list(chosen.values_list("pk", flat=True)) if chosen is not None else None
    context = {
        "form": form,
        "title": _("New mailing"),
        "ids": ids or [],
        "counted": CONTACTS.counted % {"n": len(ids), "count": len(ids)} if ids else "",
        "names": list(chosen.order_by("name")[:5]) if chosen is not None else [],
        "narrow": list(form.whom.fields) if form.whom else [],
        "next": home,
        "steps": _steps("words"),
        **_help(),
    }
    status = status_of(form) if step == "make" else 200
    return render(request, "engagement/mailing_form.html", context, status=status)


def _with_text(form, request, user, chosen):
    """The form with the text of a template; what was entered beside it stays."""
    form.is_valid()
    template = form.cleaned_data.get("template")
    data = request.POST.copy()
    if template is not None:
        for name in ("channel", *forms.TEXTS):
            data[name] = getattr(template, name)
        data["name"] = data.get("name") or template.name
    fresh = forms.NewMailingForm(data, user=user, ticked=chosen is not None)
    fresh.is_valid()
    fresh.errors.clear()
    return fresh


def _help() -> dict:
    return {
        "placeholders": [(f"{{{name}}}", said) for name, said in PLACEHOLDERS],
        "no_gateway": not SmsGateway.current().is_ready,
    }


def _steps(here: str) -> list[dict]:
    names = [
        ("words", _("whom and what")),
        ("look", _("look who gets it")),
        ("release", _("released")),
        ("sending", _("being sent")),
        ("ended", _("ended")),
    ]
    at = [code for code, _label in names].index(here)
    return [
        {"label": label, "state": "done" if i < at else "now" if i == at else ""}
        for i, (_code, label) in enumerate(names)
    ]


STATION = {
    MailingState.DRAFT: "look",
    MailingState.WAITING: "release",
    MailingState.SCHEDULED: "sending",
    MailingState.SENDING: "sending",
    MailingState.SENT: "ended",
}


@require_http_methods(["GET", "POST"])
def mailing_edit(request, pk):
    mailing = mailing_of(request, pk)
    if not permissions.can_run(request.user, mailing):
        raise PermissionDenied
    form = forms.MailingForm(posted(request), mailing=mailing)

    def change():
        services.update_mailing(
            mailing=mailing,
            values=form.values(),
            actor=request.user,
            version=form.cleaned_data["version"],
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, change):
        messages.success(request, _("Saved."))
        return done(request, mailing.get_absolute_url())
    context = {
        "form": form,
        "title": _("Edit %(name)s") % {"name": mailing},
        "mailing": mailing,
        "next": mailing.get_absolute_url(),
        "conflicts": conflicts_of(form),
        **_help(),
    }
    return render(request, "engagement/mailing_form.html", context, status=status_of(form))


# ---------- its page ----------


@require_GET
def mailing_detail(request, pk):
    return _page(request, mailing_of(request, pk))


def _page(request, mailing, *, form=None, refusal=None, status=200):
    user, house = request.user, MailingSettings.current()
    figures = selectors.figures_of(mailing, user)
    asked = request.GET.get("as", "")
    recipient = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    own, second = permissions.can_run(user, mailing), permissions.can_release(user, mailing)
    crowd = figures.reached > house.release_above
    rows = selectors.recipients_of(mailing, user)
    context = {
        "mailing": mailing,
        "state": state_cell(mailing),
        "steps": _steps(STATION[mailing.state]) if mailing.state in STATION else [],
        "figures": figures,
        "preview": selectors.preview(mailing, user, recipient),
        "readers": list(rows.filter(left_out="")[:SHOWN]),
        "rows": [(row, recipient_cell(row)) for row in rows[:SHOWN]],
        "may_run": own,
        "may_release": second and mailing.state == MailingState.WAITING,
        "may_stop": (own or second) and mailing.state in OPEN_STATES,
        "is_draft": mailing.state == MailingState.DRAFT,
        "is_ahead": mailing.state in (MailingState.WAITING, MailingState.SCHEDULED),
        "moving": selectors.is_moving(mailing),
        "crowd": crowd and house.release_above,
        "releasers": releasers(mailing)[:3] if crowd and own else [],
        "no_gateway": mailing.channel == MailingChannel.SMS and not SmsGateway.current().is_ready,
        "send_form": form or forms.SendForm(initial={"version": mailing.version}),
        "refusal": refusal,
        **_progress(mailing, figures),
    }
    return render(request, "engagement/mailing_detail.html", context, status=status)


def _progress(mailing, figures) -> dict:
    return {
        "url": reverse("engagement:mailing_progress", args=[mailing.pk]),
        "said": _("%(done)s of %(reached)s messages")
        % {"done": number(figures.done), "reached": number(figures.reached)},
        "percent": figures.percent,
        "running": selectors.is_moving(mailing),
    }


@require_GET
def mailing_progress(request, pk):
    """The bar alone, asked for while it is sent; the whole page once more when it has ended."""
    mailing = mailing_of(request, pk)
    figures = selectors.figures_of(mailing, request.user)
    response = render(request, "components/progress.html", _progress(mailing, figures))
    if not selectors.is_moving(mailing):
        response["HX-Refresh"] = "true"
    return response


# ---------- what is done with it ----------


@require_POST
def mailing_send(request, pk):
    """Now, or at the time entered."""
    mailing = mailing_of(request, pk)
    if not permissions.can_run(request.user, mailing):
        raise PermissionDenied
    form = forms.SendForm(request.POST)
    if not form.is_valid():
        return _page(request, mailing, form=form, status=422)
    try:
        services.send(
            mailing=mailing,
            actor=request.user,
            send_at=form.cleaned_data["send_at"] if request.POST.get("do") == "later" else None,
            version=form.cleaned_data["version"],
        )
    except DomainError as refusal:
        return _refused(request, pk, refusal, form)
    waits = mailing.state == MailingState.WAITING
    said = _("It waits for its release.") if waits else _("It is on its way.")
    messages.success(request, said)
    return redirect(mailing)


def _refused(request, pk, refusal, form=None) -> HttpResponse:
    """Beside its field where the page has one, else over the page."""
    status = 409 if isinstance(refusal, StaleVersion) else 422
    mailing = mailing_of(request, pk)
    if form is not None and refusal.field in form.fields:
        refuse(form, refusal)
        return _page(request, mailing, form=form, status=status)
    return _page(request, mailing, refusal=refusal, status=status)


@require_POST
def mailing_move(request, pk):
    """Release it, take it back, stop it, drop it."""
    mailing = mailing_of(request, pk)
    form = forms.MoveForm(request.POST)
    if not form.is_valid():
        raise Http404
    do, reason = form.cleaned_data["do"], form.cleaned_data["reason"]
    more = {"reason": reason} if do in ("take_back", "refuse", "stop") else {}
    call = {
        "release": services.release,
        "take_back": services.take_back,
        "refuse": services.take_back,
        "stop": services.stop,
        "drop": services.drop,
    }[do]
    try:
        call(
            mailing=mailing,
            actor=request.user,
            version=form.cleaned_data["version"],
            **more,
        )
    except DomainError as refusal:
        return _refused(request, pk, refusal)
    messages.success(request, _("Done."))
    return redirect(mailing)


@require_http_methods(["GET", "POST"])
def mailed_leave_out(request, pk):
    """Off the list of a draft, or back on it."""
    rows = MailingRecipient.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("mailing", "contact", "account"), pk=pk)
    if not permissions.can_run(request.user, row.mailing):
        raise PermissionDenied
    back = bool(row.left_out)
    form = VersionedForm(posted(request), initial={"version": row.version})
    home = next_url(request, f"{reverse('engagement:mailed_list')}?mailing={row.mailing_id}")

    def change():
        services.leave_out(
            recipient=row,
            actor=request.user,
            back=back,
            version=form.cleaned_data["version"],
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, change):
        messages.success(request, _("Done."))
        return done(request, home)
    title = _("Put %(name)s back on the list") if back else _("Leave %(name)s out")
    return dialog(
        request,
        form=form,
        title=title % {"name": row.contact.name},
        text=row.mailing.name,
        submit=_("Put back") if back else _("Leave out"),
        cancel=home,
    )
