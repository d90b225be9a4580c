"""A document as pages, print and files show it: sections, labels and values in words."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.models import company
from documents import answers as rules
from documents import references, selectors, wording
from documents.models import Attachment, Document
from documents.wording import name


@dataclass
class Ask:
    """One field on the page. `value` is what the control holds, `said` the answer in words."""

    code: str
    kind: str
    label: str
    help: str = ""
    unit: str = ""
    required: bool = False
    hidden: bool = False
    value: object = ""
    said: str = ""
    error: str = ""
    options: list = field(default_factory=list)
    heads: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    blank: list = field(default_factory=list)
    files: list = field(default_factory=list)
    url: str = ""
    currency: str = ""
    evidence: str = ""
    evidence_needed: bool = False
    wide: bool = False

    @property
    def name(self) -> str:
        return f"f-{self.code}"


@dataclass
class Part:
    """A section on the page."""

    code: str
    name: str
    help: str
    hidden: bool
    asks: list[Ask]


def parts_of(document: Document, user, errors=None, entered=None) -> list[Part]:
    """The sections with every field, hidden ones marked. `entered` stands in the place of the
    answers where it was not taken (after a refusal)."""
    maker = _Maker(document, user, errors or {}, entered or {})
    return [maker.part(section) for section in document.form.read.sections]


def shown_parts(document: Document, user) -> list[Part]:
    """For reading, printing and files: what was asked for only."""
    parts = parts_of(document, user)
    for part in parts:
        part.asks = [ask for ask in part.asks if not ask.hidden]
    return [part for part in parts if part.asks]


class _Maker:
    def __init__(self, document, user, errors, entered):
        self.errors, self.entered = errors, entered
        definition = document.form.read
        self.answers = document.answers
        self.shown = {f.code for f in rules.shown_fields(definition, self.answers)}
        self.known = selectors.known_labels(document, user)
        self.currency = company().currency_id
        self.files = {}
        if any(f.kind == "file" for f in definition.fields) and document.pk:
            for row in Attachment.objects.filter(document=document).current():
                self.files.setdefault(row.field, []).append(row)

    def part(self, section) -> Part:
        asks = [self.ask(one) for one in section.fields]
        hidden = bool(asks) and all(ask.hidden for ask in asks)
        return Part(section.code, name(section), name(section.help), hidden, asks)

    def ask(self, one) -> Ask:
        answer = self.answers.get(one.code)
        ask = Ask(
            code=one.code,
            kind=one.kind,
            label=name(one),
            help=name(one.help),
            unit=name(one.unit),
            required=one.required,
            hidden=one.code not in self.shown,
            said=wording.said(one, answer, self.known),
            error=self.errors.get(one.code, ""),
            wide=one.kind in ("long_text", "table", "file"),
        )
        held = self.entered.get(one.code, answer) if ask.error else answer
        getattr(self, f"_{one.kind}", self._plain)(ask, one, held)
        return ask

    def _plain(self, ask, one, held):
        ask.value = "" if held is None else held

    def _money(self, ask, one, held):
        held = held if isinstance(held, dict) else {"amount": held or ""}
        ask.value = held.get("amount", "")
        ask.currency = held.get("currency") or self.currency

    def _choice(self, ask, one, held):
        chosen = held if isinstance(held, list) else [held]
        ask.options = [(o.code, name(o), o.code in chosen) for o in one.options]

    _multiple = _choice

    def _rating(self, ask, one, held):
        ask.options = [(n, n, str(held) == str(n)) for n in range(1, one.scale + 1)]

    def _yes_no(self, ask, one, held):
        held = held or {}
        said = {True: "yes", False: "no"}.get(held.get("yes"), held.get("yes"))
        ask.options = [("yes", _("yes"), said == "yes"), ("no", _("no"), said == "no")]
        ask.evidence = held.get("evidence", "")
        ask.evidence_needed = one.evidence

    def _reference(self, ask, one, held):
        ask.url = references.options_url(one.refers)
        pk = held.get("id") if isinstance(held, dict) else held
        if pk:
            ask.value = pk
            ask.said = self.known.get((one.refers, pk)) or str(references.HIDDEN)

    def _file(self, ask, one, held):
        ask.files = self.files.get(one.code, [])
        ask.said = "; ".join(row.name for row in ask.files)

    def _table(self, ask, one, held):
        ask.heads = [(name(c), c.kind in ("number", "money"), c.required) for c in one.columns]
        lines = held if isinstance(held, list) else []
        count = max(one.lines, len(lines) + 1)
        ask.lines = [
            [self._cell(ask, one, column, n, lines) for column in one.columns]
            for n in range(count)
        ]
        ask.blank = [self._cell(ask, one, column, "__n__", []) for column in one.columns]
        ask.value = lines

    def _cell(self, ask, one, column, n, lines) -> dict:
        held = lines[n].get(column.code) if isinstance(n, int) and n < len(lines) else None
        said = wording.said(column, held) if isinstance(lines, list) and not ask.error else ""
        if isinstance(held, dict):
            held = held.get("amount", {True: "yes", False: "no"}.get(held.get("yes"), ""))
        options = [(o.code, name(o), o.code == held) for o in column.options]
        if column.kind == "yes_no":
            options = [("yes", _("yes"), held == "yes"), ("no", _("no"), held == "no")]
        return {
            "name": f"f-{one.code}.{n}.{column.code}",
            "label": name(column),
            "kind": column.kind,
            "numeric": column.kind in ("number", "money"),
            "value": "" if held is None else held,
            "said": said,
            "options": options,
        }


def rows_for_file(document, user):
    """(section, field, answer) for a spreadsheet; a table gives a row a line."""
    for part in shown_parts(document, user):
        for ask in part.asks:
            if ask.kind == "table" and ask.value:
                for at, line in enumerate(ask.lines[: len(ask.value)], start=1):
                    for cell in line:
                        label = f"{ask.label} {at}: {cell['label']}"
                        yield [part.name, label, cell["said"]]
            else:
                yield [part.name, ask.label, "" if ask.said == "–" else ask.said]


def compared(before: Document, after: Document, user) -> list[dict]:
    """What differs between two documents of one form, in words, in the order of the newer."""
    codes = rules.differences(before.answers, after.answers)
    new, old = after.form.read.by_code, before.form.read.by_code
    order = [f.code for f in after.form.read.fields]
    codes.sort(key=lambda code: order.index(code) if code in order else len(order))
    known = selectors.known_labels(before, user) | selectors.known_labels(after, user)
    rows = []
    for code in codes:
        asked = new.get(code) or old.get(code)
        if asked is None:
            continue
        rows.append(
            {
                "label": name(asked),
                "before": wording.said(old.get(code, asked), before.answers.get(code), known),
                "after": wording.said(asked, after.answers.get(code), known),
            }
        )
    return rows
