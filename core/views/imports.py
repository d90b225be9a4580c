"""The way of a file into the database: upload, columns, dry run, writing, result, undo."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.dialogs import posted
from core.exceptions import DomainError
from core.formats import number
from core.htmx import is_partial, toast
from core.importing import engine, forms, selectors, services, sheets
from core.importing.guard import ENCODINGS, FileRefused
from core.models import BUSY, ImportBatch, ImportMapping, ImportState, RowAction

LIST = 100
STEPS = (
    gettext_lazy("Choose a file"),
    gettext_lazy("Match columns"),
    gettext_lazy("Dry run and correct"),
    gettext_lazy("Write"),
)


def importer_only(view):
    """The pages of imports are for people with the right to import."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs):
        if not request.user.has_right("import_data"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _batch(request, pk) -> ImportBatch:
    batch = get_object_or_404(
        ImportBatch.objects.visible_to(request.user).select_related("started_by"), pk=pk
    )
    if batch.kind not in engine.importers():
        raise Http404
    return batch


def _steps(now: int) -> list[dict]:
    state = ["done"] * now + ["now"] + [""] * (len(STEPS) - now - 1)
    return [{"label": label, "state": s} for label, s in zip(STEPS, state, strict=False)]


def _common(batch: ImportBatch, now: int) -> dict:
    importer = engine.importers()[batch.kind]
    return {"batch": batch, "importer": importer, "steps": _steps(now), "plan": _plan(batch)}


def _plan(batch: ImportBatch) -> dict:
    counts = dict.fromkeys(RowAction.values, 0) | batch.counts.get("plan", {})
    counts["ready"] = counts["create"] + counts["update"]
    return counts


# ----------------------------------------------------------------------------------- list and start


@require_safe
@importer_only
def import_list(request: HttpRequest) -> HttpResponse:
    batches = ImportBatch.objects.visible_to(request.user).select_related("started_by")
    before = request.GET.get("before", "")
    if before.isdigit():
        batches = batches.filter(pk__lt=int(before))
    rows = list(batches.order_by("-pk")[: LIST + 1])
    labels = {kind: importer.label for kind, importer in engine.importers().items()}
    for batch in rows:
        batch.kind_label = labels.get(batch.kind, batch.kind)
        batch.said = batch.counts.get("done") or batch.counts.get("plan") or {}
    context = {
        "batches": rows[:LIST],
        "older": rows[LIST - 1].pk if len(rows) > LIST else None,
        "mappings": ImportMapping.objects.visible_to(request.user).select_related("owner"),
    }
    return render(request, "core/import_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@importer_only
def import_create(request: HttpRequest) -> HttpResponse:
    form = forms.UploadForm(posted(request), request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            _refuse_large(upload)
            batch = services.create_batch(
                kind=form.cleaned_data["kind"],
                mode=form.cleaned_data["mode"],
                file_name=upload.name,
                content=upload.read(),
                user=request.user,
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("core:import_detail", batch.pk)
    kinds = [i for i in engine.importers().values() if i.open_to(request.user)]
    context = {"form": form, "steps": _steps(0), "limits": engine.limits(), "kinds": kinds}
    status = 422 if form.errors else 200
    return render(request, "core/import_create.html", context, status=status)


def _refuse_large(upload):
    """Before the bytes are read into memory."""
    limit = engine.limits().megabytes
    if upload.size > limit * 1_000_000:
        raise FileRefused("too_big", limit=limit)


@require_safe
@importer_only
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty sheet with every title the importer knows."""
    importer = engine.importers().get(kind)
    if importer is None:
        raise Http404
    if not importer.open_to(request.user):
        raise PermissionDenied
    return _download(sheets.as_xlsx(sheets.template_rows(kind, request.user)), f"{kind}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    types = {"csv": "text/csv; charset=utf-8"}
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(content, content_type=types.get(name.rpartition(".")[2], workbook))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# ------------------------------------------------------------------------------------------- detail


@require_safe
@importer_only
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the step where the import stands."""
    batch = _batch(request, pk)
    if batch.state in BUSY:
        return render(request, "core/import_progress.html", _progress(batch))
    if batch.state == ImportState.CHECKED:
        return render(request, "core/import_check.html", _check_context(request, batch))
    if batch.state == ImportState.UPLOADED:
        return render(request, "core/import_columns.html", _columns_context(request, batch))
    return render(request, "core/import_result.html", _result_context(batch))


def _progress(batch: ImportBatch) -> dict:
    said = {
        ImportState.CHECKING: _("The dry run is under way."),
        ImportState.RUNNING: _("%(done)s of %(all)s rows are worked off.")
        % {"done": number(batch.done), "all": number(batch.row_count)},
        ImportState.UNDOING: _("The import is being taken back."),
    }
    if batch.resumed:
        again = _("A worker was interrupted; the import went on where it stopped.")
        said = {state: f"{text} {again}" for state, text in said.items()}
    return {
        **_common(batch, 2 if batch.state == ImportState.CHECKING else 3),
        "url": reverse("core:import_progress", args=[batch.pk]),
        "said": said.get(batch.state, ""),
        "percent": 100 * batch.done / max(batch.row_count, 1),
        "running": batch.state in BUSY,
    }


@require_safe
@importer_only
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone; sends the browser on when there is nothing left to wait for."""
    batch = _batch(request, pk)
    if batch.state in BUSY:
        return render(request, "components/progress.html", _progress(batch))
    url = reverse("core:import_detail", args=[pk])
    if is_partial(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _result_context(batch: ImportBatch) -> dict:
    done = dict.fromkeys(RowAction.values, 0) | batch.counts.get("done", {})
    return {
        **_common(batch, 4),
        "done": done,
        "left": done["error"] + done["duplicate"],
        "written": done["create"] + done["update"],
        "kept": [{**row, "why": services.NOTES.get(row["row"].note, "")}
                 for row in selectors.kept_rows(batch)],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------ columns


def _columns_context(request, batch: ImportBatch, form=None) -> dict:
    importer = engine.importers()[batch.kind]
    fields = importer.fields_for(request.user)
    saved = ImportMapping.objects.visible_to(request.user).filter(kind=batch.kind)
    return {
        **_common(batch, 1),
        "columns": selectors.mapped_columns(batch),
        "constants": selectors.constants(batch),
        "fields": fields,
        "form": form or forms.ColumnsForm(batch=batch, fields=fields, initial={"mode": batch.mode}),
        "mapped": len([c for c in selectors.mapped_columns(batch) if c["field"]]),
        "factors": selectors.FACTOR_CHOICES,
        "encodings": ENCODINGS.items() if not batch.file_name.lower().endswith("xlsx") else (),
        "sheets": batch.counts.get("sheets", []),
        "saved": [(m.name, m.name) for m in saved],
        "may_share": request.user.has_right("share_views"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@importer_only
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column goes where; also from the dry run, to change it."""
    batch = _batch(request, pk)
    if batch.state not in (ImportState.UPLOADED, ImportState.CHECKED):
        return redirect("core:import_detail", pk)
    fields = engine.importers()[batch.kind].fields_for(request.user)
    form = forms.ColumnsForm(posted(request), batch=batch, fields=fields)
    if request.method != "POST":
        return render(request, "core/import_columns.html", _columns_context(request, batch))
    if form.is_valid():
        try:
            _take_columns(request, batch, form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("core:import_detail", pk)
    context = _columns_context(request, batch, form)
    return render(request, "core/import_columns.html", context, status=422)


def _take_columns(request, batch, cleaned):
    services.set_mapping(
        batch=batch, user=request.user, mapping=cleaned["mapping"], mode=cleaned["mode"]
    )
    if cleaned["save_as"]:
        services.save_mapping(
            batch=batch, user=request.user, name=cleaned["save_as"], shared=cleaned["share"]
        )
    services.check_batch(batch=batch, user=request.user)


@require_POST
@importer_only
def import_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file in another way, or take a mapping kept before."""
    batch = _batch(request, pk)
    form = forms.ReadForm(request.POST)
    try:
        if name := request.POST.get("use", "")[:80]:
            mapping = services.find_mapping(kind=batch.kind, name=name, user=request.user)
            services.set_mapping(batch=batch, user=request.user, mapping=mapping)
        elif form.is_valid():
            services.read_again(batch=batch, user=request.user, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("core:import_columns", pk)


# ------------------------------------------------------------------------------------------ dry run


def _check_context(request, batch: ImportBatch) -> dict:
    after = request.GET.get("after", "")
    everything = request.GET.get("columns") == "all"
    page = selectors.sheet(batch, after=int(after) if after.isdigit() else 0, everything=everything)
    bad = [line for line in page["lines"] if line.bad]
    return {
        **_common(batch, 2),
        "sheet": page,
        "everything": everything,
        "one": bad[0] if bad else None,
        "groups": selectors.alike(batch),
        "duplicates": selectors.duplicates(batch),
        "columns": selectors.mapped_columns(batch),
        "fixed": _corrected(batch),
    }


def _corrected(batch: ImportBatch) -> int:
    """How many lines somebody corrected here."""
    return batch.rows.filter(~Q(corrected={})).count()


@require_POST
@importer_only
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the dry run (again)."""
    batch = _batch(request, pk)
    return _then(request, batch, services.check_batch)


@require_POST
@importer_only
def import_cell(request: HttpRequest, pk: int) -> HttpResponse:
    """One corrected cell; answers with its line for htmx."""
    batch = _batch(request, pk)
    form = forms.CellForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    row = services.correct_cell(batch=batch, user=request.user, **form.cleaned_data)
    if not is_partial(request):
        return redirect("core:import_detail", pk)
    if request.POST.get("one"):
        return render(request, "core/import_check.html#one", _check_context(request, batch))
    codes = [code for code in request.POST.get("columns", "").split(",") if code]
    line = selectors.one_line(batch, row, codes)
    context = {**_common(batch, 2), "line": line, "codes": ",".join(codes), "oob": True,
               "fixed": _corrected(batch), "notes": request.POST.get("notes") == "1"}  # fmt: skip
    return render(request, "core/import_check.html#line", context)


@require_POST
@importer_only
def import_alike(request: HttpRequest, pk: int) -> HttpResponse:
    """The same bad value, changed wherever it stands."""
    batch = _batch(request, pk)
    form = forms.AlikeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    count = services.correct_alike(batch=batch, user=request.user, **form.cleaned_data)
    said = _("%(count)s cells changed.") % {"count": number(count)}
    return _body(request, batch, said)


@require_POST
@importer_only
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """What a suspected duplicate is."""
    batch = _batch(request, pk)
    form = forms.DecideForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    services.decide(batch=batch, user=request.user, **form.cleaned_data)
    return _body(request, batch, "")


def _body(request, batch, said) -> HttpResponse:
    if not is_partial(request):
        return redirect("core:import_detail", batch.pk)
    response = render(request, "core/import_check.html#body", _check_context(request, batch))
    return toast(response, said, "good") if said else response


# --------------------------------------------------------------------------------- writing, undo


@require_POST
@importer_only
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    return _then(request, _batch(request, pk), services.commit_batch)


@require_POST
@importer_only
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    return _then(request, _batch(request, pk), services.undo_batch)


def _then(request, batch, service) -> HttpResponse:
    """Call a step and show where the import stands now."""
    try:
        service(batch=batch, user=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("core:import_detail", batch.pk)


@require_safe
@importer_only
def import_errors(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The lines with errors in their original columns, and why."""
    batch = _batch(request, pk)
    if form not in ("csv", "xlsx"):
        raise Http404
    rows = sheets.error_rows(batch)
    content = sheets.as_csv(rows) if form == "csv" else sheets.as_xlsx(rows)
    return _download(content, f"import-{batch.pk}-errors.{form}")
