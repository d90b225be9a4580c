"""Two records of one customer become one. Nothing is deleted; the old id leads to the new one.

Every relation to the record is found by introspection and needs a rule in settings.KAM_MERGE:
`move`, `move_unique` (rows the survivor already has are dropped), `keep` (stays with the old
record, as history does), or the path of a function.
"""

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import CharField
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Account, AccountFormerName, AssignmentRole, Contact
from accounts.services import accounts as account_services
from accounts.services.contacts import EDITABLE as CONTACT_EDITABLE
from accounts.services.contacts import fill_indexes as fill_contact_indexes
from core import audit
from core.exceptions import DomainError
from core.normalise import normalise_name
from core.subjects import subjects


class NoMergeRule(DomainError):
    """A table refers to the record and nobody said what a merge does with it."""


def relations_to(model) -> list[tuple[str, object, str]]:
    """(key, model, field) of every foreign key and generic key that may point at `model`."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete:
            continue
        field = relation.field
        found.append((f"{field.model._meta.label}.{field.name}", field.model, field.name))
    for other in apps.get_models():
        for field in other._meta.private_fields:
            if hasattr(field, "ct_field"):
                found.append((f"{other._meta.label}.{field.name}", other, field.name))
        names = {f.name for f in other._meta.concrete_fields}
        for kind in ("target", "parent", "subject"):
            if {f"{kind}_type", f"{kind}_id"} <= names and not any(
                hasattr(f, "ct_field") and f.ct_field == f"{kind}_type"
                for f in other._meta.private_fields
            ):
                found.append((f"{other._meta.label}.{kind}", other, kind))
    return found


def rule_for(model, key: str) -> str:
    """The rule of a relation. Raises NoMergeRule."""
    try:
        return settings.KAM_MERGE[model._meta.label][key]
    except KeyError as error:
        raise NoMergeRule(_("No merge rule for %(relation)s.") % {"relation": key}) from error


def preview_merge(*, keep, absorb) -> list[tuple[str, int]]:
    """(what, how many) that would move from `absorb` to `keep`."""
    counts = []
    for key, model, name in relations_to(type(keep)):
        if rule_for(type(keep), key) == "keep":
            continue
        number = _rows(model, name, absorb).count()
        if number:
            counts.append((model._meta.verbose_name_plural, number))
    return counts


@transaction.atomic
def merge_accounts(*, keep, absorb, choices, actor, reason="", version=None) -> Account:
    """Fold `absorb` into `keep`. `choices` maps fields to the value that stays (from either).

    `absorb` is archived and points at `keep`; its names become former names.
    """
    if actor is not None and not permissions.can_merge_accounts(actor, keep, absorb):
        raise PermissionDenied
    _refuse_odd_pairs(keep, absorb)
    if keep.parent_id == absorb.pk:
        account_services.touch_parent(keep, absorb.parent)
    account_services.refuse_loop(absorb, keep.parent)
    absorb_number = absorb.registration_no
    _archive(absorb, keep)
    before = {name: getattr(keep, name) for name in choices}
    if "registration_no" not in choices and not keep.registration_no and absorb_number:
        choices = choices | {"registration_no": absorb_number}
        before["registration_no"] = keep.registration_no
    _follow_rules(keep, absorb)
    names = [absorb.name, before.get("name", "")]
    _set(keep, choices, account_services.EDITABLE)
    for name in names:
        if name and name != keep.name:
            AccountFormerName.objects.get_or_create(
                account=keep,
                name=name,
                defaults={
                    "normalised_name": normalise_name(name),
                    "until": timezone.localdate(),
                },
            )
    account_services.refresh_search(keep)
    _tell(keep, absorb, actor, reason, before, choices, "account")
    return keep


@transaction.atomic
def merge_contacts(*, keep, absorb, choices, actor, reason="", version=None) -> Contact:
    """Fold one record of a person into another; roles move, the old id leads to the new one."""
    if actor is not None and not (
        permissions.can_edit_contact(actor, keep) and permissions.can_edit_contact(actor, absorb)
    ):
        raise PermissionDenied
    _refuse_odd_pairs(keep, absorb)
    _archive(absorb, keep)
    before = {name: getattr(keep, name) for name in choices}
    _follow_rules(keep, absorb)
    _set(keep, choices, CONTACT_EDITABLE)
    fill_contact_indexes(keep)
    Contact.objects.filter(pk=keep.pk).update(
        search_index=keep.search_index, normalised_name=keep.normalised_name
    )
    _tell(keep, absorb, actor, reason, before, choices, "contact")
    return keep


def _refuse_odd_pairs(keep, absorb):
    if keep.pk == absorb.pk:
        raise DomainError(_("Choose two different records."))
    if keep.archived_at or absorb.archived_at:
        raise DomainError(_("Archived records are not merged. Restore them first."))


def _archive(absorb, keep):
    values = {"archived_at": timezone.now(), "merged_into": keep, "version": absorb.version + 1}
    written = type(absorb).objects.filter(pk=absorb.pk, version=absorb.version).update(**values)
    if not written:
        raise DomainError(_("Somebody else changed this record meanwhile."))
    for name, value in values.items():
        setattr(absorb, name, value)
    type(absorb).objects.filter(merged_into=absorb).update(merged_into=keep)


def _set(keep, choices, allowed):
    unknown = set(choices) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    for name, value in choices.items():
        setattr(keep, name, value)
    keep.version += 1
    keep.updated_at = timezone.now()
    keep.full_clean()
    keep.save(update_fields=[*choices, "version", "updated_at"])


def _tell(keep, absorb, actor, reason, before, choices, noun):
    changes = {name: (before[name], choices[name]) for name in choices}
    audit.record(
        actor=actor,
        action=f"{noun}.merged",
        target=keep,
        reason=reason,
        changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        | {"absorbed": absorb},
    )
    audit.record(actor=actor, action=f"{noun}.merged_away", target=absorb, reason=reason, into=keep)


def _rows(model, name, record):
    if any(f.name == name for f in model._meta.concrete_fields):
        return model._base_manager.filter(**{name: record})
    if isinstance(model._meta.get_field(f"{name}_type"), CharField):
        return _about(model, name, record)
    kind = ContentType.objects.get_for_model(record)
    return model._base_manager.filter(**{f"{name}_type": kind, f"{name}_id": record.pk})


def _about(model, name, record):
    """Rows that name their subject by the kind of its adapter (core.subjects)."""
    kinds = [kind for kind, adapter in subjects().items() if adapter.model is type(record)]
    return model._base_manager.filter(**{f"{name}_type__in": kinds, f"{name}_id": record.pk})


def _follow_rules(keep, absorb):
    for key, model, name in relations_to(type(keep)):
        rule = rule_for(type(keep), key)
        if rule == "keep":
            continue
        rows = _rows(model, name, absorb)
        if rule == "move":
            rows.update(**_pointing_at(model, name, keep))
        elif rule == "move_unique":
            _move_each(rows, model, name, keep)
        else:
            import_string(rule)(rows=rows, keep=keep, absorb=absorb)


def _pointing_at(model, name, record):
    if any(f.name == name for f in model._meta.concrete_fields):
        return {name: record}
    return {f"{name}_id": record.pk}


def _move_each(rows, model, name, keep):
    """Move row by row; one that the survivor has already is dropped."""
    for row in rows:
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**_pointing_at(model, name, keep))
        except IntegrityError:
            row.delete()


def merge_assignments(*, rows, keep, absorb):
    """Open roles move unless the survivor has them; its manager stays manager, the other one
    goes on as seller; ended rows move as history."""
    for row in rows:
        role = row.role
        if row.ends_on is None and role == AssignmentRole.MANAGER:
            role = AssignmentRole.SELLER
        taken = keep.assignments.filter(user=row.user, ends_on=None)
        if row.ends_on is None and taken.exists():
            row.delete()
        else:
            type(row).objects.filter(pk=row.pk).update(account=keep, role=role)


def merge_contact_roles(*, rows, keep, absorb):
    """Roles move; a second open role of the same person at the same account is dropped."""
    for row in rows:
        same = type(row).objects.filter(ends_on=None).exclude(pk=row.pk)
        if isinstance(keep, Account):
            same, values = same.filter(account=keep, contact=row.contact), {"account": keep}
        else:
            same, values = same.filter(account=row.account, contact=keep), {"contact": keep}
        if row.ends_on is None and same.exists():
            row.delete()
        else:
            type(row).objects.filter(pk=row.pk).update(**values)


def merge_figures(*, rows, keep, absorb):
    """First contract is the earlier one, last the later one."""
    theirs = rows.first()
    ours = getattr(keep, "figures", None)
    if theirs is None or ours is None:
        return
    firsts = [d for d in (ours.first_contract_on, theirs.first_contract_on) if d]
    lasts = [d for d in (ours.last_contract_on, theirs.last_contract_on) if d]
    ours.first_contract_on = min(firsts, default=None)
    ours.last_contract_on = max(lasts, default=None)
    if ours.satisfaction is None:
        ours.satisfaction = theirs.satisfaction
    ours.figures_at = timezone.now()
    held = [d for d in (ours.last_visit_on, theirs.last_visit_on) if d]
    planned = [d for d in (ours.next_visit_on, theirs.next_visit_on) if d]
    ours.last_visit_on = max(held, default=None)
    ours.next_visit_on = min(planned, default=None)
    ours.save(
        update_fields=[
            "first_contract_on",
            "last_contract_on",
            "satisfaction",
            "last_visit_on",
            "next_visit_on",
            "figures_at",
        ]
    )
