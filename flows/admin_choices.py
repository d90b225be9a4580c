"""What the builder of flows offers to pick from, in words: people, places to go, needs, fields."""

from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import in_language
from core.subjects import subjects
from documents.models import DocumentTemplate
from flows import services
from flows.building import USER, Known, places, then_of
from flows.checking import DOCUMENT, MILESTONES
from flows.condition_words import Fields
from flows.definition import OUTCOMES
from flows.models import FlowTemplate, VersionState
from flows.rule_words import Words
from flows.shape import END_OF_BRANCH, PERSON_KINDS
from teams.models import Pool, PoolKind, Post, User

LEVELS = (1, 2, 3)
MOST_PEOPLE = 300
UNITS = ("minute", "hour", "day", "week", "calendar day", "calendar week")


def kinds_of_steps() -> list[tuple[str, str]]:
    """In words that say what will happen."""
    return [
        ("task", _("somebody does something")),
        ("approval", _("somebody approves or refuses")),
        ("stage", _("a column of a board")),
        ("decision", _("the system decides by a condition")),
        ("parallel", _("several branches at once")),
        ("wait", _("wait until a condition holds")),
        ("subflow", _("another flow runs first")),
        ("automatic", _("the system does something")),
    ]


def modes() -> list[tuple[str, str]]:
    return [
        ("any", _("one of them is enough")),
        ("all", _("all of them must agree")),
        ("in_order", _("one after the other")),
        ("n_of_m", _("a number of them")),
    ]


def units(present: str = "") -> list[tuple[str, str]]:
    said = {
        "minute": _("minutes of working time"),
        "hour": _("hours of working time"),
        "day": _("working days"),
        "week": _("working weeks"),
        "calendar minute": _("minutes around the clock"),
        "calendar hour": _("hours around the clock"),
        "calendar day": _("calendar days"),
        "calendar week": _("calendar weeks"),
    }
    offered = [*UNITS, *([present] if present and present not in UNITS else [])]
    return [(unit, said.get(unit, unit)) for unit in offered]


def milestones() -> list[tuple[str, str]]:
    said = {
        "identified": _("identified"),
        "qualified": _("qualified"),
        "contacted": _("contacted"),
        "needs_known": _("needs known"),
        "proposed": _("proposed"),
        "signed": _("signed"),
        "delivered": _("delivered"),
        "retained": _("retained"),
    }
    return [(code, said[code]) for code in MILESTONES]


def label_of(row) -> str:
    """How a step, branch or end that is only words yet is called."""
    return in_language(row.get("zh", ""), row.get("en", "")) or _("no name yet")


class Choices:
    """Everything to pick from for one flow; each kind is read once."""

    def __init__(self, mapping):
        self.mapping = mapping
        self.adapter = subjects().get(mapping.get("subject", ""))

    # People

    def rules(self, present, code) -> list[tuple[str, list]]:
        """Groups of rules for `who` and `copy` of a step; one that is not offered stays."""
        roles = [f"person {role}" for role in (self.adapter.roles if self.adapter else ())]
        near = ["owner", "originator", *roles, "department head", "team leader"]
        above = [
            f"superior {level} of {rule}" if level > 1 else f"superior of {rule}"
            for rule in ["owner", "originator"]
            for level in LEVELS
        ]
        groups = [
            (_("people around the record"), self._said(near)),
            (_("superiors"), self._said(above)),
            (_("posts"), [(f"post {post.code}", post.name) for post in self._posts]),
            (_("groups and teams"), [(f"pool {pool.code}", pool.name) for pool in self._pools]),
            (_("whoever did a step"), self._doers(code)),
            (_("a person"), [(USER, _("a named person"))]),
        ]
        known = {value for _label, pairs in groups for value, _said in pairs}
        strange = [rule for rule in present if rule not in known and not rule.startswith(USER)]
        return [*groups, (_("as written"), self._said(strange))] if strange else groups

    def _doers(self, code):
        return [
            (f"same as {row['step']}", label_of(row))
            for row in (place.row for place in places(self.mapping))
            if row.get("kind", "task") in PERSON_KINDS and row["step"] != code
        ]

    def _said(self, rules) -> list[tuple[str, str]]:
        return [(rule, self._words.rule(rule)) for rule in rules]

    @cached_property
    def _words(self):
        return Words(None)

    @cached_property
    def _posts(self):
        return list(Post.objects.filter(is_active=True))

    @cached_property
    def _pools(self):
        return list(Pool.objects.filter(is_active=True).exclude(kind=PoolKind.POST))

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Log-in names with names, as far as a list of suggestions is of use."""
        rows = User.objects.filter(is_active=True).order_by("username")[:MOST_PEOPLE]
        return [(user.username, user.name) for user in rows]

    # Where to

    def targets(self, place, present="") -> list[tuple[str, list]]:
        """Steps and ends a step may lead to: its own line, the lines around it, the ends."""
        lines = [(place.block, place.branch)]
        while lines[-1][0]:
            outer = next(p for p in places(self.mapping) if p.row["step"] == lines[-1][0])
            lines.append((outer.block, outer.branch))
        steps = [
            (p.row["step"], label_of(p.row))
            for p in places(self.mapping)
            if (p.block, p.branch) in lines
        ]
        ends = [
            (f"end {code}", _("end: %(name)s") % {"name": label_of(row)})
            for code, row in (self.mapping.get("ends") or {}).items()
        ]
        if place.block:
            ends.insert(0, (f"end {END_OF_BRANCH}", _("this branch is done")))
        known = {value for value, _said in (*steps, *ends)}
        strange = [(present, present)] if present and present not in known else []
        return [(_("goes on with"), steps), (_("ends with"), ends), *self._strange(strange)]

    @staticmethod
    def _strange(pairs):
        return [(_("as written"), pairs)] if pairs else []

    @property
    def starts(self) -> list[tuple[str, str]]:
        return [(p.row["step"], label_of(p.row)) for p in places(self.mapping) if not p.block]

    @property
    def ends(self) -> list[tuple[str, str]]:
        ends = self.mapping.get("ends") or {}
        return [(code, label_of(row)) for code, row in ends.items()]

    # Answers and what they need

    def answers(self, place) -> list[tuple[str, str]]:
        """Codes of outcomes with their names: the house's, the flow's own, those of a subflow."""
        own = self.mapping.get("outcomes") or {}
        found = {code: in_language(*names) for code, names in OUTCOMES.items() if code != "else"}
        found |= {code: label_of(names) for code, names in own.items()}
        found |= dict(self.ends_of(place.row.get("flow", "")))
        found |= {code: code for code in then_of(place.row) if code not in found}
        return list(found.items())

    @cached_property
    def gates(self) -> list[tuple[str, list]]:
        gates = self.adapter.gates if self.adapter else {}
        forms = [(f"{DOCUMENT}{code}", name) for code, name in self.forms]
        return [
            *([(_("of the record"), list(gates.items()))] if gates else []),
            (_("a complete form"), forms),
        ]

    @cached_property
    def forms(self) -> list[tuple[str, str]]:
        """Forms that can be about the subject, and those about anything."""
        kinds = ["", self.mapping.get("subject", "")]
        rows = DocumentTemplate.objects.filter(is_active=True, subject_kind__in=kinds)
        return [(row.code, row.name) for row in rows.exclude(kind="policy").order_by("code")]

    @cached_property
    def flows(self) -> list[tuple[str, str]]:
        rows = FlowTemplate.objects.filter(versions__state=VersionState.ACTIVE)
        return [(row.code, f"{row.code} {row.name}") for row in rows.order_by("code")]

    def ends_of(self, code) -> list[tuple[str, str]]:
        """The ends of another flow that is in use."""
        flow = self._others.get(code)
        if flow is None:
            return []
        return [(e.code, in_language(e.name.zh, e.name.en) or e.code) for e in flow.ends.values()]

    @cached_property
    def _others(self):
        wanted = {p.row.get("flow") for p in places(self.mapping)} - {None, ""}
        rows = FlowTemplate.objects.filter(code__in=wanted)
        found = {row.code: services.active_flow(row) for row in rows}
        return {code: flow for code, flow in found.items() if flow is not None}

    # Conditions

    @cached_property
    def _record(self):
        return Fields(self.adapter)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return list(self._record.labels.items())

    @cached_property
    def values(self) -> dict[str, dict[str, str]]:
        """The values a field can have, where they are few: {field: {code: name}}."""
        found = {name: self._record.values(name) for name in self._record.labels}
        return {name: pairs for name, pairs in found.items() if pairs}

    @cached_property
    def known(self) -> Known:
        kinds = {f.name: f.kind for f in (self.adapter.fields if self.adapter else ())}
        return Known(fields=kinds, choices=self.values, find_user=find_user)


def find_user(typed: str) -> str:
    """The log-in name of whom somebody typed; what is no one's stays as typed."""
    named = Q(username=typed) | Q(name_zh=typed) | Q(name_en=typed)
    found = list(User.objects.filter(named, is_active=True).values_list("username", flat=True)[:2])
    return found[0] if len(found) == 1 else typed
