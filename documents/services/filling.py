"""Filling documents: start, save, complete, revise, archive."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.models import Currency, company
from core.numbering import take_numbers
from core.subjects import Audience, subjects
from documents import answers as rules
from documents import permissions, references, wording
from documents.answers import AnswerError
from documents.models import Answer, Attachment, Document, DocumentState


class InvalidAnswers(DomainError):
    """Some answers were not taken; `errors` are (field code: sentence)."""

    def __init__(self, errors):
        super().__init__(_("Some answers could not be taken."), field=next(iter(errors)))
        self.errors = errors


class Incomplete(DomainError):
    """The document misses required answers; `missing` lists them."""


class UnknownSubject(DomainError):
    """The same words for hidden and absent."""

    def __init__(self):
        super().__init__(_("Choose a record you can see."), field="subject")


@transaction.atomic
def start_document(
    *, template, actor, subject_type="", subject_id=None, name="", values=None, at=None, form=None
) -> Document:
    """Begin a document on the version in use, offering what the subject knows already. Whoever an
    open step asks for it need not see the subject otherwise. `form` is another version of it: a
    round of questions ends with the words it began with, offered still or not."""
    is_offered = template.is_active or form is not None
    form = form or template.active_version()
    if form is None or not is_offered or template.kind == "policy":
        raise DomainError(_("This form is not offered."), field="template")
    asked = actor is not None and permissions.is_asked_to_fill(
        actor, template.pk, subject_type, subject_id
    )
    about = place_of(subject_type, subject_id, None if asked else actor)
    if template.subject_kind not in ("", subject_type) or subject_type == "document":
        raise UnknownSubject
    document = Document(
        template=template,
        form=form,
        number=_number(template, form),
        name=name,
        created_by=actor,
        **about,
    )
    document.answers = _offered(form.read, subject_type, subject_id, actor)
    _weigh(document)
    writing.create(
        instance=document,
        actor=actor,
        action="document.started",
        parent=document.account,
        at=at,
    )
    _write_rows(document)
    if values:
        save_answers(document=document, values=values, actor=actor, at=at)
    return document


@transaction.atomic
def save_answers(*, document, values, actor, version=None, at=None) -> Document:
    """Take answers by field code; None or "" takes one away. Raises InvalidAnswers, in which case
    nothing is written, and StaleVersion with both values of each field."""
    if actor is not None and not permissions.can_fill(actor, document):
        raise PermissionDenied
    cleaned, errors = clean_values(document, values, actor)
    if errors:
        raise InvalidAnswers(errors)
    return _write(document, cleaned, actor, version, at)


def clean_values(document, values, actor) -> tuple[dict, dict]:
    """(answers in their plain form, refusals), both by field code."""
    fields, cleaned, errors = document.form.read.by_code, {}, {}
    for code, raw in values.items():
        try:
            if code not in fields:
                raise AnswerError("unknown")
            cleaned[code] = _checked(fields[code], raw, document, actor)
        except AnswerError as error:
            errors[code] = wording.refusal(error)
    return cleaned, errors


@transaction.atomic
def complete_document(*, document, actor, version=None, at=None) -> Document:
    """Close a document whose required answers are all there. Raises Incomplete."""
    if actor is not None and not permissions.can_fill(actor, document):
        raise PermissionDenied
    lacking = rules.missing(document.form.read, document.answers)
    if lacking:
        raise Incomplete(
            _("The document is not complete yet."),
            missing=[(wording.lacking(one), f"#f-{one.field.code}") for one in lacking],
        )
    writing.edit(
        instance=document,
        values={
            "state": DocumentState.COMPLETE,
            "completed_at": at or timezone.now(),
            "completed_by": actor,
        },
        actor=actor,
        action="document.completed",
        version=version,
        parent=document.account,
        at=at,
    )
    if document.supersedes_id and document.supersedes.state == DocumentState.COMPLETE:
        writing.edit(
            instance=document.supersedes,
            values={"state": DocumentState.SUPERSEDED},
            actor=actor,
            action="document.superseded",
            parent=document.account,
            at=at,
        )
    return document


@transaction.atomic
def revise_document(*, document, actor, version=None, at=None) -> Document:
    """A new draft that carries the answers over; once complete it supersedes this one."""
    if actor is not None and not permissions.can_revise(actor, document):
        raise PermissionDenied
    if Document.objects.filter(supersedes=document).exists():
        raise DomainError(_("A revision of this document is there already."))
    form = document.template.active_version() or document.form
    fields = form.read.by_code
    kept = {
        code: answer
        for code, answer in document.answers.items()
        if code in fields and fields[code].kind != "file" and _still_fits(fields[code], answer)
    }
    revision = Document(
        template=document.template,
        form=form,
        number=_number(document.template, form),
        name=document.name,
        supersedes=document,
        created_by=actor,
        answers=kept,
        **{name: getattr(document, name) for name in ABOUT},
    )
    _weigh(revision)
    writing.create(
        instance=revision, actor=actor, action="document.revised", parent=document.account, at=at
    )
    _write_rows(revision)
    return revision


@transaction.atomic
def archive_document(*, document, reason, actor, version=None) -> Document:
    """Take a document out of lists and gates. Nothing is deleted."""
    if actor is not None and not permissions.can_archive(actor, document):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Say why the document is archived."), field="reason")
    values = {"archived_at": timezone.now()}
    if document.state == DocumentState.DRAFT:
        values["supersedes"] = None
    return writing.edit(
        instance=document,
        values=values,
        actor=actor,
        action="document.archived",
        reason=reason,
        version=version,
        parent=document.account,
    )


# ---------- what hangs on a subject ----------

ABOUT = ("subject_type", "subject_id", "account", "audience", "owner", "unit")


def place_of(subject_type, subject_id, actor) -> dict:
    """The columns that say what a row is about, copied from the subject's adapter.

    Raises UnknownSubject where the actor does not see it. About the company itself it belongs
    to whoever enters it and to their line."""
    if not subject_type:
        unit = actor.unit if actor is not None else None
        return {"audience": Audience.LINE, "owner": actor, "unit": unit}
    adapter = subjects().get(subject_type)
    if adapter is None:
        raise UnknownSubject
    rows = adapter.model._default_manager.all() if actor is None else adapter.visible_to(actor)
    subject = rows.filter(pk=subject_id).first()
    if subject is None:
        raise UnknownSubject
    return {"subject_type": subject_type, "subject_id": subject.pk, **copied(adapter, subject)}


def copied(adapter, subject) -> dict:
    account, owner = adapter.account(subject), adapter.owner(subject)
    unit = account.department if account is not None else (owner.unit if owner else None)
    return {
        "account": account,
        "audience": adapter.audience(subject),
        "owner": owner,
        "unit": unit,
    }


# ---------- writing ----------


def _write(document, cleaned, actor, version, at):
    definition = document.form.read
    before = document.answers
    changed = {c: v for c, v in cleaned.items() if before.get(c) != v}
    _refuse_stale(document, changed, version, actor)
    if not changed:
        return document
    answers = {c: v for c, v in (before | changed).items() if v is not None}
    fields = definition.by_code
    writing.edit(
        instance=document,
        values={"answers": answers, **_weighed(definition, answers)},
        actor=actor,
        action="document.answered",
        version=version,
        parent=document.account,
        at=at,
        told={
            _label(fields[code]): (
                wording.kept(fields[code], before.get(code)),
                wording.kept(fields[code], answer),
            )
            for code, answer in changed.items()
        },
    )
    _write_rows(document)
    return document


def _refuse_stale(document, changed, version, actor):
    """Both values of every field the person changed, in words."""
    if version is None or int(version) == document.version:
        return
    fields = document.form.read.by_code
    pairs = [(fields[code], document.answers.get(code), mine) for code, mine in changed.items()]
    known = references.labels(
        [
            (field.refers, answer["id"])
            for field, *both in pairs
            for answer in both
            if field.kind == "reference" and answer
        ],
        actor,
    )
    raise writing.StaleVersion(
        document,
        {
            field.code: (wording.said(field, theirs, known), wording.said(field, mine, known))
            for field, theirs, mine in pairs
        },
    )


def _weighed(definition, answers) -> dict:
    return {
        "completeness": rules.completeness(definition, answers),
        "score": rules.score(definition, answers),
    }


def _weigh(document):
    for name, value in _weighed(document.form.read, document.answers).items():
        setattr(document, name, value)


def _write_rows(document):
    """Reportable answers as typed rows; those of fields not asked for are not counted."""
    document.answer_rows.all().delete()
    Answer.objects.bulk_create(
        Answer(
            document=document,
            template_id=document.template_id,
            field=field.code,
            position=at,
            **row,
        )
        for field in rules.shown_fields(document.form.read, document.answers)
        if field.reportable
        for at, row in enumerate(rules.typed(field, document.answers.get(field.code)))
    )


def _number(template, form) -> str:
    """The next free number of the template."""
    definition = form.read
    prefix = definition.prefix or f"{template.code[:8].upper().rstrip('_')}-"
    while True:
        [number] = take_numbers(
            code=f"document:{template.pk}", prefix=prefix, width=definition.width
        )
        if not Document.objects.filter(number=number).exists():
            return number


def _checked(field, raw, document, actor):
    answer = rules.clean(field, raw)
    if answer is None:
        return None
    if field.kind == "reference" and document.answers.get(field.code) != answer:
        seen = references.records(field.refers, actor) if actor is not None else None
        if seen is not None and not seen.filter(pk=answer["id"]).exists():
            raise AnswerError("reference")
    if field.kind == "file":
        known = Attachment.objects.filter(document=document, archived_at=None)
        if known.filter(uuid__in=_uuids(answer)).count() != len(answer):
            raise AnswerError("file")
    cells = [answer] if field.kind == "money" else []
    if field.kind == "table":
        sums = [column.code for column in field.columns if column.kind == "money"]
        cells = [line[code] for line in answer for code in sums if code in line]
    for cell in cells:
        cell["currency"] = cell["currency"] or company().currency_id
        if not Currency.objects.filter(pk=cell["currency"]).exists():
            raise AnswerError("currency")
    return answer


def _uuids(ids) -> list[str]:
    if any(len(one.replace("-", "")) != 32 or not one.replace("-", "").isalnum() for one in ids):
        raise AnswerError("file")
    return ids


def _still_fits(field, answer) -> bool:
    try:
        return rules.clean(field, answer) is not None
    except AnswerError:
        return False


def _offered(definition, subject_type, subject_id, actor) -> dict:
    """What the subject says to fields with a source, as far as the person may know it."""
    adapter = subjects().get(subject_type)
    if adapter is None:
        return {}
    subject = adapter.get(subject_id)
    allowed = {
        f.name for f in adapter.fields if not f.right or (actor and actor.has_right(f.right))
    }
    found = {}
    for field in definition.fields:
        if field.source in allowed:
            value = adapter.value(subject, field.source)
            try:
                answer = rules.clean(field, value)
            except AnswerError:
                continue
            if answer is not None:
                found[field.code] = answer
    return found


def _label(field) -> str:
    """How history names a field: it is read in both languages, years later."""
    return wording.both(field)
