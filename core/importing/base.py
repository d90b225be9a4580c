"""What an importer of one kind says: its fields, how rows meet records, what a row writes.

Each app that can be imported declares its importers in `importers.py`; `KAM_IMPORTERS` lists
them. Everything here works on whole files: look-ups are loaded once, never a query per row.
"""

from dataclasses import dataclass, field
from functools import cached_property

from django.db import models
from django.utils import timezone

from core.audit import plain
from core.importing.fields import Field, Lookup, choices_lookup
from core.models import RowAction


@dataclass(frozen=True)
class Suspect:
    """A record, or an earlier line of the file, that a row may be a duplicate of."""

    id: int | None
    label: str
    why: str  # a code of `engine` pages: name, number, line
    line: int | None = None
    short: str = ""  # the number of the record

    def as_json(self) -> dict:
        return {key: value for key, value in vars(self).items() if value not in (None, "")}


@dataclass(eq=False)
class Side:
    """Another record that a row makes or changes. `pk=None` makes one.

    A value that is a `Side` or `MAIN` stands for the id of that record, known only when written;
    values of the main record may be sides too, which are then shared by several rows.
    `action` gives it its own line of history; without one it is told in the main record's
    `note` = {field: [before, after]}.
    """

    model: type[models.Model]
    values: dict
    pk: int | None = None
    version: int = 0
    before: dict = field(default_factory=dict)
    note: dict = field(default_factory=dict)
    action: str = ""
    label: str = ""

    SILENT = frozenset({"search_index", "normalised_name", "created_by_id"})


MAIN = object()  # stands for the id of the row's main record


@dataclass(frozen=True)
class InFile:
    """Stands for the id of the record that another row of the file makes."""

    position: int


@dataclass(eq=False)
class Outcome:
    """What one row comes to."""

    position: int
    action: RowAction
    pk: int | None = None
    version: int = 1
    values: dict = field(default_factory=dict)  # attname -> value; only changes for an update
    before: dict = field(default_factory=dict)
    sides: list[Side] = field(default_factory=list)


class Importer:
    """Base of all importers; one object lives for one pass over one file."""

    do_not_call_in_templates = True
    kind = ""
    label = ""  # plural, as in "Accounts"
    model: type[models.Model]
    right = ""  # besides import_data
    fields: tuple[Field, ...] = ()
    parent_field = ""  # the field of kind "self", if any
    parent_attr = ""
    chunk_size = 2000
    # Tables whose rows go with the record when an import is undone, without being "in use".
    owned: tuple[str, ...] = ()
    # Models of sides that main records refer to (an industry), so that they go after them.
    shared: tuple[type[models.Model], ...] = ()
    silent = {"search_index", "normalised_name", "name_index", "path", "version", "password"}

    def __init__(self, user, *, mode="both", today=None, own_ids=frozenset()):
        self.user = user
        self.mode = mode
        self.today = today or timezone.localdate()
        self.now = timezone.now()
        self.own_ids = own_ids  # records this very batch has made already (after a kill)
        self._lookups: dict[str, Lookup] = {}
        self._told: dict[tuple, object] = {}
        self._labelled = {f.attr for f in self.fields if f.kind == "lookup"}

    # ---------------------------------------------------------------------------------- who may

    @classmethod
    def open_to(cls, user) -> bool:
        return user.has_right("import_data") and (not cls.right or user.has_right(cls.right))

    @classmethod
    def fields_for(cls, user) -> tuple[Field, ...]:
        """The fields this person may fill at all (cost only with the right to see it)."""
        return tuple(f for f in cls.fields if not f.right or user.has_right(f.right))

    # ---------------------------------------------------------------------------------- look-ups

    def lookup(self, field_: Field) -> Lookup | None:
        name = field_.lookup or (field_.code if field_.choices else "")
        if not name:
            return None
        if field_.choices and name not in self._lookups:
            self._lookups[name] = choices_lookup(field_.choices)
        return self.extra_lookup(name)

    @cached_property
    def by_code(self) -> dict[str, Field]:
        return {f.code: f for f in self.fields}

    @cached_property
    def by_attr(self) -> dict[str, Field]:
        return {f.attr: f for f in self.fields if f.attr}

    # ------------------------------------------------------------------------ the pass over a file

    def match(self, plan) -> None:
        """Set `plan.target[position]` to ids of existing records, `plan.suspect(...)` for those
        that may be one, `plan.problem(...)` where keys disagree or belong to others."""

    def keys_in_file(self, plan) -> dict[str, int]:
        """Folded names by which other rows refer to a row of this file (parents, superiors)."""
        return {}

    def lookup_self(self) -> Lookup:
        """Existing records another row may refer to as its parent."""
        return Lookup()

    def parent_map(self) -> dict[int, int | None]:
        """{id: id of its parent} of all records, so that no circle is closed through them."""
        return {}

    def check(self, plan, position: int, values: dict) -> None:
        """Rules over several cells, and the rights that a row needs."""

    def values(self, plan, position: int, values: dict) -> dict:
        """{attname: value} of the main record. The default takes every field that has an `attr`."""
        return {
            f.attr: values[f.code]
            for f in self.fields
            if f.attr and f.kind != "self" and f.code in values
        }

    def prepare_chunk(self, plan, positions: list[int]) -> None:
        """Load what `complete` and `sides` compare with, for these rows only."""

    def extra_names(self) -> tuple[str, ...]:
        """Attributes of existing records that `complete` needs besides those it may set."""
        return ()

    def complete(self, plan, position: int, values: dict, wanted: dict, current: dict | None):
        """Fill derived attributes. `current` is None for a new record; `wanted` then holds
        everything, else only what changes."""

    def before_write(self, plan, creates: list[Outcome]) -> None:
        """Fill what a dry run must not: numbers that are taken, and what contains them."""

    def sides(
        self, plan, position: int, values: dict, wanted: dict, current: dict | None
    ) -> list[Side]:
        """Other records of the row; arguments as in `complete`."""
        return []

    def after_chunk(self, plan, outcomes: list[Outcome]) -> None:
        """What follows from the rows just written, in the same transaction."""

    @classmethod
    def before_undo(cls, ids: list[int]):
        """Remember what `after_undo` needs of records about to be removed or restored."""

    @classmethod
    def after_undo(cls, context) -> None:
        """What follows from an undo, in the same transaction."""

    def label_of(self, plan, outcome: Outcome) -> str:
        """How history names the record: the first text field, as the file has it."""
        return plan.text(outcome.position, self.fields[0].code) or str(outcome.pk)

    def parent_of(self, plan, outcome: Outcome) -> tuple[type[models.Model], int] | None:
        """The record on whose page the history line also shows."""
        return None

    def extra_lookup(self, name: str) -> Lookup:
        """A look-up by its name, loaded once."""
        if name not in self._lookups:
            self._lookups[name] = getattr(self, f"lookup_{name}")()
        return self._lookups[name]

    def tell(self, name: str, value):
        """A value as history keeps it, JSON; references with their labels, each made once."""
        if type(value) in (str, int, bool) and name not in self._labelled:
            return value
        key = (name, value)
        if key not in self._told:
            self._told[key] = plain(self.shown(name, value))
        return self._told[key]

    def shown(self, name: str, value):
        """A value as history tells it: a reference with its label."""
        field_ = self.by_attr.get(name)
        if value is None or field_ is None or field_.kind != "lookup":
            return value
        return {"id": value, "label": self._label(field_, value)}

    def _label(self, field_: Field, value) -> str:
        lookup = self.lookup(field_)
        reverse = getattr(lookup, "reverse", None)
        if reverse is None:
            reverse = lookup.reverse = {}
            for key, one in lookup.ids.items():
                reverse.setdefault(
                    one.pk if isinstance(one, Side) else one, lookup.labels.get(key, key)
                )
        return reverse.get(value, str(value))
