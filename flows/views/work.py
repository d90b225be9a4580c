"""My work (我的工作): the inbox, acted on in place, and the pages of one item."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.dialogs import carried_out, dialog, done, next_url, posted
from core.exceptions import DomainError
from documents.models import DocumentTemplate
from documents.permissions import can_fill
from documents.services import start_document
from flows import forms, pages, permissions, selectors, services
from flows.models import FlowSettings, WorkItem


def get_item(request, pk) -> WorkItem:
    """An item the person sees, finished ones too. Who was asked for it and no longer sees it is
    told who was faster (409); anything else is 404."""
    related = ("run__version", "run__template", "step_run", "account", "assignee", "done_by")
    items = WorkItem.objects.select_related(*related)
    item = items.visible_to(request.user).filter(pk=pk).first()
    if item is None:
        services.refuse_late(get_object_or_404(items.was_asked(request.user), pk=pk), request.user)
        raise Http404
    return item


@require_GET
def my_work(request):
    """What waits for me in order of time left, what I started, what my people are late with."""
    user, now = request.user, timezone.now()
    count = selectors.inbox_count(user)
    pager = Paginator(range(min(count, selectors.CAP)), selectors.PAGE)
    page = pager.get_page(request.GET.get("page"))
    items = selectors.inbox(user, skip=page.start_index() - 1 if count else 0)
    return render(
        request,
        "flows/my_work.html",
        {
            "cards": [pages.Card(item, user, now) for item in items],
            "page": page,
            "count": selectors.Capped(count),
            "started": pages.started(selectors.started_by(user), now),
            "late": list(selectors.late_below(user, now)),
            "undo": pages.latest_undo(user, FlowSettings.current().undo_minutes, now),
            "now": now,
        },
    )


@require_GET
def item_detail(request, pk):
    """A step's item is shown on the page of its run, a free one on its own."""
    item = get_item(request, pk)
    if item.run_id:
        if item.done_by_id != request.user.pk and services.is_late(item, request.user):
            messages.info(request, str(services.what_became(item)))
        return redirect("flows:run_detail", item.run_id)
    return render(
        request, "flows/item_detail.html", {"card": pages.Card(item, request.user), "item": item}
    )


def _holding(request, pk) -> WorkItem:
    """An item the person may answer now; one that another answered meanwhile is 409, a visible
    one that is not theirs 403."""
    item = get_item(request, pk)
    if not pages.Card(item, request.user).mine:
        services.refuse_late(item, request.user)
        raise PermissionDenied
    return item


def _back(request, item) -> str:
    return next_url(request, reverse("flows:my_work"))


@require_http_methods(["GET", "POST"])
def item_answer(request, pk):
    """Give an outcome: a button where no words are needed, else a small form."""
    item = _holding(request, pk)
    card = pages.Card(item, request.user)
    first = {"version": item.version}
    if outcome := request.GET.get("outcome"):
        form = forms.AnswerForm(posted(request), initial=first | {"outcome": outcome})
    else:
        form = forms.ChoiceForm(posted(request), choices=card.choices, initial=first)
    if request.method == "POST" and form.is_valid():

        def act():
            services.complete(item=item, actor=request.user, **form.cleaned_data)

        if carried_out(form, act):
            _say_done(request, item)
            return done(request, _back(request, item))
    chosen = request.GET.get("outcome")
    name = next((choice.name for choice in card.choices if choice.code == chosen), _("Answer it"))
    return dialog(
        request,
        title=f"{name}：{item.title}" if pages.language() == "zh" else f"{name}: {item.title}",
        form=form,
        submit=name,
        text=item.about,
        cancel=_back(request, item),
    )


def _say_done(request, item) -> None:
    """Says so, with a way back for the minutes of the settings where there is one."""
    item = get_item_again(item)
    undo = reverse("flows:item_take_back", args=[item.pk]) if services.takes_back(item) else ""
    messages.success(request, _("Done: %(title)s") % {"title": item.title}, extra_tags=undo)


def get_item_again(item) -> WorkItem:
    """As it is after the answer, also where the person no longer sees it."""
    return WorkItem.objects.select_related("run__version", "step_run__parent").get(pk=item.pk)


@require_POST
def item_fill(request, pk, code):
    """Go on with a form that the step offers, or begin it; a complete one is shown."""
    item = _holding(request, pk)
    form = next((one for one in pages.forms_of(item, request.user) if one.code == code), None)
    if form is None:
        raise Http404
    document = form.document
    if document is None:
        try:
            document = start_document(
                template=DocumentTemplate.objects.get(code=code),
                actor=request.user,
                subject_type=item.subject_type,
                subject_id=item.subject_id,
            )
        except DomainError as refused:
            messages.error(request, str(refused))
            return redirect("flows:item_detail", item.pk)
    if can_fill(request.user, document):
        return redirect("documents:document_fill", document.pk)
    return redirect(document)


@require_http_methods(["GET", "POST"])
def item_delegate(request, pk):
    title = _("Hand it to a colleague")
    return _hand(request, _holding(request, pk), forms.HandForm, services.delegate, title)


@require_http_methods(["GET", "POST"])
def item_sign(request, pk):
    """Ask a colleague as well, before or after me (加签)."""
    item = _holding(request, pk)
    if not item.run_id:
        return redirect("flows:item_detail", pk)

    def add(*, to, **values):
        services.add_signer(signer=to, **values)

    title = _("Ask a colleague as well")
    return _hand(request, item, forms.SignerForm, add, title)


@require_http_methods(["GET", "POST"])
def item_reassign(request, pk):
    def give(*, note, **values):
        services.reassign(reason=note, **values)

    item = get_item(request, pk)
    if not permissions.can_reassign(request.user, item):
        raise PermissionDenied
    title = _("Give it to another colleague")
    return _hand(request, item, forms.ReassignForm, give, title)


def _hand(request, item, form_class, service, title):
    form = form_class(posted(request), initial={"version": item.version})
    if request.method == "POST" and form.is_valid():

        def act():
            service(item=item, actor=request.user, **form.cleaned_data)

        if carried_out(form, act):
            messages.success(request, _("Handed on."))
            return done(request, _back(request, item))
    return dialog(
        request, title=title, form=form, submit=title, text=item.about, cancel=_back(request, item)
    )


@require_http_methods(["GET", "POST"])
def item_return(request, pk):
    """Back to a step that was done before, for a reason (退回)."""
    item = _holding(request, pk)
    if not item.run_id:
        return redirect("flows:item_detail", pk)
    first = {"version": item.version}
    form = forms.ReturnForm(posted(request), steps=pages.back_steps(item), initial=first)
    if request.method == "POST" and form.is_valid():

        def act():
            services.return_to(item=item, actor=request.user, **form.cleaned_data)

        if carried_out(form, act):
            messages.success(request, _("Sent back."))
            return done(request, _back(request, item))
    return dialog(
        request,
        title=_("Send it back"),
        form=form,
        submit=_("Send back"),
        text=item.about,
        cancel=_back(request, item),
    )


def _with_reason(request, item, service, title, submit):
    form = forms.ReasonForm(posted(request), initial={"version": item.version})
    if request.method == "POST" and form.is_valid():

        def act():
            service(item=item, actor=request.user, **form.cleaned_data)

        if carried_out(form, act):
            return done(request, _back(request, item))
    return dialog(
        request, title=title, form=form, submit=submit, text=item.about, cancel=_back(request, item)
    )


@require_http_methods(["GET", "POST"])
def item_suspend(request, pk):
    """Stop the clock while the customer has to move."""
    item = _holding(request, pk)
    return _with_reason(request, item, services.suspend, _("Stop the clock"), _("Stop"))


@require_http_methods(["GET", "POST"])
def item_excuse(request, pk):
    item = get_item(request, pk)
    if not permissions.can_excuse(request.user, item):
        raise PermissionDenied
    return _with_reason(request, item, services.excuse, _("Excuse the delay"), _("Excuse"))


def _at_once(request, item, service, text):
    """A button without words: done or refused, then back to where the person was."""
    try:
        service(item=item, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, text)
    return HttpResponseRedirect(_back(request, item))


@require_POST
def item_claim(request, pk):
    return _at_once(request, _holding(request, pk), services.claim, _("It is yours now."))


@require_POST
def item_resume(request, pk):
    return _at_once(request, _holding(request, pk), services.resume, _("The clock runs again."))


@require_POST
def item_take_back(request, pk):
    item = get_item(request, pk)
    if item.done_by_id != request.user.pk:
        raise PermissionDenied
    return _at_once(request, item, services.take_back, _("Taken back."))


@require_http_methods(["GET", "POST"])
def item_create(request):
    """Give somebody something to do that belongs to no flow."""
    form = forms.ItemForm(posted(request), user=request.user, initial={"assignee": request.user.pk})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def act():
            services.make_item(
                actor=request.user,
                title_zh=values["title"],
                assignee=values["assignee"],
                subject=values["account"],
                due_at=form.due_at(),
                note=values["note"],
            )

        if carried_out(form, act):
            messages.success(request, _("Entered."))
            return done(request, reverse("flows:my_work"))
    return dialog(
        request,
        title=_("Something to do"),
        form=form,
        submit=_("Enter it"),
        cancel=reverse("flows:my_work"),
    )
