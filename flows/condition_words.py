"""Conditions on a subject in the reader's words: "tier is Core customer"."""

import re
from functools import cached_property

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.models import in_language
from documents.building import condition_of

MOST_VALUES = 300
TOKEN = re.compile(r"'[^']*'|\w+|[^\w\s']+|\s+")
LIST = re.compile(r"(?P<name>\w+)\s+in\s+\((?P<values>\s*'[^']*'(?:\s*,\s*'[^']*')*\s*)\)")
QUOTED = re.compile(r"'([^']*)'")


class Fields:
    """The fields of a subject that conditions may ask for, and the values some of them can have.
    Each field is looked up once."""

    def __init__(self, adapter):
        self.adapter = adapter
        self._known: dict[str, dict[str, str]] = {}

    @cached_property
    def labels(self) -> dict[str, str]:
        return {f.name: str(f.label) for f in (self.adapter.fields if self.adapter else ())}

    def values(self, name: str) -> dict[str, str]:
        """{code: name} where the values of a field are few, else nothing."""
        if name not in self._known:
            found = [f for f in (self.adapter.fields if self.adapter else ()) if f.name == name]
            self._known[name] = self._values(found[0]) if found else {}
        return self._known[name]

    def _values(self, field) -> dict[str, str]:
        if field.kind == "yes_no":
            return {"true": _("yes"), "false": _("no")}
        column = self._column(field.name) if field.kind == "choice" else None
        if column is None:
            return {}
        if column.is_relation:
            rows = column.related_model._default_manager.filter(~Q(code=""))
            return {row.code: row.name for row in rows[:MOST_VALUES]}
        return {str(code): str(label) for code, label in column.choices or () if code}

    def _column(self, name):
        """The column of the record, or of its account where the record says what that is."""
        model = self.adapter.model
        for there in (lambda: model, lambda: model._meta.get_field("account").related_model):
            try:
                return there()._meta.get_field(name)
            except FieldDoesNotExist:
                continue
        return None

    # Words

    def words(self, text: str) -> str:
        """A comparison as a sentence; what says more, with its names and values in words."""
        if listed := LIST.fullmatch(text.strip()):
            name = listed["name"]
            values = [self._value(name, one) for one in QUOTED.findall(listed["values"])]
            return _("%(field)s is one of: %(values)s") % {
                "field": self.labels.get(name, name),
                "values": in_language("、", ", ").join(values),
            }
        parts = condition_of(text)
        if parts is None:
            return self._spelled(text)
        said = {
            "=": _("%(field)s is %(value)s"),
            "!=": _("%(field)s is not %(value)s"),
            ">": _("%(field)s is more than %(value)s"),
            ">=": _("%(field)s is at least %(value)s"),
            "<": _("%(field)s is less than %(value)s"),
            "<=": _("%(field)s is at most %(value)s"),
        }
        return said[parts["sign"]] % {
            "field": self.labels.get(parts["name"], parts["name"]),
            "value": self._value(parts["name"], parts["value"]),
        }

    def _value(self, name, code) -> str:
        return self.values(name).get(code, code)

    def _spelled(self, text) -> str:
        """Word by word: a value in quotes belongs to the field named last."""
        joints = {
            "and": pgettext("condition", "and"),
            "or": pgettext("condition", "or"),
            "not": pgettext("condition", "not"),
            "in": pgettext("condition", "one of"),
        }
        said, last = [], ""
        for token in TOKEN.findall(text):
            if token in self.labels:
                last = token
                said.append(self.labels[token])
            elif token.startswith("'"):
                said.append(self._value(last, token.strip("'")))
            else:
                said.append(joints.get(token, token))
        return "".join(said)
