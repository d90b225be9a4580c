"""What documents and flows can be about (architecture.md, section 1: the house's one registry).

`settings.KAM_SUBJECTS` lists one adapter class per kind of subject. Engines know a subject only
through its adapter: they keep `subject_type` (the adapter's kind) and `subject_id`, never a
foreign key to a floor above them.
"""

import datetime
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Who reads a document, a comment, a run or a work item, beside whoever takes part in it."""

    ACCOUNT = "account", _("whoever sees the account")
    PARTICIPANTS = "participants", _("whoever takes part")
    LINE = "line", _("the owner and their line")
    EVERYONE = "everyone", _("every colleague")


@dataclass(frozen=True)
class SubjectField:
    """One name an expression, a condition or a form may read of a subject.

    kind: number, money, text, choice, date, yes_no or reference. `right` names the right
    (teams.rights) without which nobody is shown it; an editor without it may not use the name.
    """

    name: str
    kind: str
    label: str
    right: str = ""


@dataclass(frozen=True)
class Due:
    """When a step is due by its subject's own dates: at that time, whatever its limit says, or
    with `floor` not before it, though its limit is shorter."""

    at: datetime.datetime
    floor: bool = False


class Subject:
    """Adapter of one kind of subject. Subclasses live in `<app>/subjects.py`, hold no rules and
    lock no other record than their own. Unless told otherwise a subject has no statuses, gates,
    actions or related subjects."""

    kind = ""
    label = ""
    model: type[models.Model]
    # Every status a flow may set, in order: {code: label}.
    statuses: dict[str, str] = {}
    fields: tuple[SubjectField, ...] = ()
    # Roles beyond owner that `person <role>` may name.
    roles: tuple[str, ...] = ()
    # Names of automatic steps: {name: label}; each is a method `do_<name>(subject, run, actor)`
    # that returns an outcome code or "" for the first.
    actions: dict[str, str] = {}
    # Names of gates: {name: label}; each is a method `gate_<name>(subject)` that returns the
    # list of what is missing, worded for the person (empty: passed).
    gates: dict[str, str] = {}
    # Whether others name its records by their `number`, so that one may be found by it.
    numbered = False
    # Whether its own notices tell whoever started a flow how it ended.
    tells_ends = False

    def get(self, pk):
        return self.model._default_manager.get(pk=pk)

    def visible_to(self, user):
        """The subjects this person may open."""
        return self.model._default_manager.visible_to(user)

    def title(self, subject) -> str:
        """How the subject is named in lists, in both languages."""
        return str(subject)

    def url(self, subject) -> str:
        return subject.get_absolute_url()

    def account(self, subject):
        """The account it belongs to, or None."""
        return None

    def audience(self, subject) -> str:
        return Audience.ACCOUNT

    def owner(self, subject):
        """The person who looks after it, or None."""
        return None

    def person(self, subject, role: str):
        """Who fills a role of the subject, or None."""
        return None

    def answers_for(self, subject, user) -> bool:
        """Who beside its owner may cancel what runs on it."""
        return False

    def value(self, subject, name: str):
        """The value of one of `fields`; None when unknown."""
        return getattr(subject, name)

    def status(self, subject) -> str:
        return ""

    def set_status(self, subject, status: str, *, actor) -> None:
        """Called by the engine inside its transaction."""

    def missing(self, subject, gate: str) -> list[str]:
        """What a gate misses; an empty list lets pass."""
        return getattr(self, f"gate_{gate}")(subject)

    def act(self, subject, name: str, *, run, actor) -> str:
        return getattr(self, f"do_{name}")(subject, run=run, actor=actor) or ""

    def due(self, subject, step) -> Due | None:
        """What the subject's own dates say of a step; None: it is due by its limit alone."""
        return None

    def limit(self, subject, step) -> str:
        """The time limit of a step where a setting of the subject's says it ("20 days"); "": as
        its flow says."""
        return ""

    def sealed(self, subject) -> bool:
        """Whether files beside it stay as they are, because somebody decides by them."""
        return False

    def related(self, subject, flow: str):
        """The subject on which a subflow runs; by default this one."""
        return subject

    def on_milestone(self, subject, milestone: str, *, at) -> None:
        """A step reached a canonical milestone."""

    def on_end(self, subject, end: str, *, run, actor) -> None:
        """A run on this subject ended."""


@cache
def subjects() -> dict[str, Subject]:
    """All adapters by kind, in the order of the settings."""
    return {cls.kind: cls() for cls in map(import_string, settings.KAM_SUBJECTS)}


def addresses(numbers, user) -> dict[str, str]:
    """Where the records with these numbers are, as far as the person may open them."""
    found, numbers = {}, {number for number in numbers if number}
    for adapter in subjects().values() if numbers else ():
        if adapter.numbered:
            rows = adapter.visible_to(user).filter(number__in=numbers)
            found |= {row.number: adapter.url(row) for row in rows}
    return found


def subject_of_kind(kind: str) -> Subject:
    """Raises KeyError for a kind nobody registered."""
    return subjects()[kind]


def adapter_of(record) -> Subject:
    """Raises LookupError where no adapter stands for the record's model."""
    for adapter in subjects().values():
        if adapter.model is type(record):
            return adapter
    raise LookupError(f"no subject adapter for {type(record).__name__}")
