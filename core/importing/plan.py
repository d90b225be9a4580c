"""What a file comes to, before anything is written: values, problems, matches, order."""

from collections import defaultdict
from collections.abc import Iterable

from core.deferred import deferred
from core.importing.base import Importer, InFile, Outcome, Suspect
from core.importing.bulk import locked
from core.importing.fields import BadCell, Field, Problem, day_order, fold
from core.importing.guard import Table
from core.importing.mapping import Mapping, Source
from core.models import ImportMode, RowAction, RowDecision

pd = deferred("pandas")
SUGGEST_FOR = 200  # distinct bad values of a field that get suggestions; the rest cost too much


class Plan:
    """One pass over one file for one person. Building it only reads."""

    def __init__(
        self,
        table: Table,
        mapping: Mapping,
        importer: Importer,
        *,
        corrections: dict[int, dict] | None = None,
        decisions: dict[int, tuple[str, int | None]] | None = None,
    ):
        self.table = table
        self.importer = importer
        self.fields = importer.fields_for(importer.user)
        self.mapping = mapping.only(self.fields, table.columns)
        self.corrections = corrections or {}
        self.decisions = decisions or {}
        self.count = len(table.rows)
        self.lines = table.lines
        self.raw: dict[str, list[str]] = {}
        self.columns: dict[str, list] = {}
        self.problems: dict[int, list[Problem]] = {}
        self.target: list[int | None] = [None] * self.count
        self.suspects: dict[int, list[Suspect]] = {}
        self.parents: dict[int, int] = {}
        self.continues: dict[int, int] = {}  # a further line about the record of an earlier one
        self.ids: dict[int, int] = {}
        self.order: list[int] = list(range(self.count))
        self.touched: dict[int, int] = {}  # id -> position of the row that changes it

    # ------------------------------------------------------------------------------------ building

    def build(self) -> "Plan":
        frame = pd.DataFrame(self.table.rows, columns=range(len(self.table.columns)), dtype=object)
        where = {title: index for index, title in enumerate(self.table.columns)}
        for field in self.fields:
            source = self.mapping.sources.get(field.code)
            if source is not None:
                self._read(field, source, frame, where)
        del frame
        self._parents()
        self.importer.match(self)
        self._decided()
        self._loops()
        for position in range(self.count):
            self._check_row(position)
        self._orphans()
        return self

    def _read(self, field: Field, source: Source, frame, where: dict):
        """Read a column of the DataFrame by its distinct values: each is parsed once, however
        often it stands."""
        if source.column:
            texts = frame[where[source.column]]
        else:
            texts = pd.Series([source.constant] * self.count, dtype=object)
        self._correct(field, texts)
        codes, uniques = pd.factorize(texts)
        options = source.options()
        if field.kind in ("date", "datetime") and not options.order:
            options = type(options)(options.factor, day_order(map(str, uniques)))
        lookup = self.importer.lookup(field)
        values, bad = [], {}
        for index, text in enumerate(uniques):
            try:
                values.append(
                    field.read(source.meaning(text.strip()) or source.constant, options, lookup)
                )
            except BadCell as error:
                values.append(None)
                bad[index] = self._bad(field, text, error, lookup, len(bad))
        codes = codes.tolist()
        self.raw[field.code] = texts.tolist()
        self.columns[field.code] = [values[code] for code in codes]
        if bad:
            for position, code in enumerate(codes):
                if code in bad:
                    self.problem(position, bad[code])

    def _correct(self, field: Field, texts):
        for position, line in enumerate(self.lines) if self.corrections else ():
            fixed = self.corrections.get(line)
            if fixed and field.code in fixed:
                texts.iat[position] = fixed[field.code]

    @staticmethod
    def _bad(field, text, error: BadCell, lookup, already: int) -> Problem:
        suggestions, close = error.suggestions, True
        if not suggestions and lookup is not None and already < SUGGEST_FOR:
            suggestions, close = lookup.close_to(text)
        return Problem(error.code, field.code, text, error.params, suggestions, close)

    def problem(self, position: int, problem: Problem):
        self.problems.setdefault(position, []).append(problem)

    def suspect(self, position: int, suspect: Suspect):
        self.suspects.setdefault(position, []).append(suspect)

    def row(self, position: int) -> dict:
        """{field code: value} of a row, without the empty ones."""
        return {
            code: column[position]
            for code, column in self.columns.items()
            if column[position] is not None
        }

    def text(self, position: int, code: str) -> str:
        """What the file says in a cell, spaces aside; "" where the field is not mapped."""
        column = self.raw.get(code)
        return column[position].strip() if column else ""

    def id_of(self, position: int) -> int | None:
        """The record of a row: written by this batch, or there before."""
        return self.ids.get(position) or self.target[position]

    # ------------------------------------------------------------------------- rows on rows

    def _parents(self):
        """Resolve references to rows of this file first, then to records; put parents first."""
        code = self.importer.parent_field
        column = self.columns.get(code)
        if not column or not any(column):
            return
        in_file = self.importer.keys_in_file(self)
        lookup = self.importer.lookup_self()
        for position, text in enumerate(column):
            if text is None:
                continue
            at = in_file.get(fold(text))
            if at is not None and at != position:
                self.parents[position] = at
                column[position] = InFile(at)
                continue
            try:
                if at == position:
                    raise BadCell("cycle")
                column[position] = lookup.find(text)
            except BadCell as error:
                column[position] = None
                self.problem(position, self._bad_parent(text, error, lookup))
        self._sort()

    def _bad_parent(self, text, error, lookup) -> Problem:
        field = self.importer.by_code[self.importer.parent_field]
        return self._bad(field, text, error, lookup, 0)

    def _sort(self):
        """Parents before children, else the order of the file; circles become problems."""
        state: dict[int, int] = {}
        order: list[int] = []
        for start in range(self.count):
            chain, position = [], start
            while position is not None and position not in state:
                state[position] = 1
                chain.append(position)
                position = self.parents.get(position)
            if position is not None and state[position] == 1:
                self._circle(chain[chain.index(position) :])
            for one in reversed(chain):
                state[one] = 2
                order.append(one)
        self.order = order

    def _circle(self, positions: list[int]):
        for position in positions:
            code = self.importer.parent_field
            self.problem(position, Problem("cycle", code, self.text(position, code)))
            self.parents.pop(position, None)
            self.columns[code][position] = None

    def _loops(self):
        """Circles that close through records that are already there."""
        column = (
            self.columns.get(self.importer.parent_field) if self.importer.parent_field else None
        )
        if not column or not any(t is not None for t in self.target):
            return
        above: dict = dict(self.importer.parent_map())
        node = [self.target[p] or InFile(p) for p in range(self.count)]
        for position, parent in enumerate(column):
            if isinstance(parent, InFile):
                above[node[position]] = node[parent.position]
            elif parent is not None:
                above[node[position]] = parent
        for position, parent in enumerate(column):
            if parent is None or self.target[position] is None:
                continue
            seen, at = set(), above.get(node[position])
            while at is not None and at not in seen and at != node[position]:
                seen.add(at)
                at = above.get(at)
            if at is not None and at == node[position]:
                self._circle([position])

    def _orphans(self):
        """A row whose parent row has an error cannot be written either."""
        for position in self.order:
            parent = self.continues.get(position, self.parents.get(position))
            if parent is not None and parent in self.problems:
                params = {"line": self.lines[parent]}
                self.problem(
                    position, Problem("parent_error", self.importer.parent_field, params=params)
                )

    # ------------------------------------------------------------------------------- what it means

    def _decided(self):
        for position, line in enumerate(self.lines) if self.decisions else ():
            decision, same_as = self.decisions.get(line, ("", None))
            if decision == RowDecision.SAME and same_as in {
                s.id for s in self.suspects.get(position, ())
            }:
                self.target[position] = same_as
                self.suspects.pop(position, None)
            elif decision == RowDecision.NEW:
                self.suspects.pop(position, None)

    def _check_row(self, position: int):
        values = self.row(position)
        if position in self.continues:
            self.importer.check(self, position, values)
            return
        target = self.target[position]
        bad = {p.field for p in self.problems.get(position, ())}
        if target is None:
            for field in self.fields:
                if field.required and field.code not in values and field.code not in bad:
                    self.problem(position, Problem("required", field.code))
            if self.importer.mode == ImportMode.UPDATE and position not in self.suspects:
                self.problem(position, Problem("not_found"))
        elif target in self.touched and self.touched[target] != position:
            first = self.lines[self.touched[target]]
            self.problem(position, Problem("duplicate_key", params={"line": first}))
        else:
            self.touched[target] = position
        if len(self.table.rows[position]) > len(self.table.columns):
            self.problem(position, Problem("too_many_cells"))
        self.importer.check(self, position, values)

    def outcomes(self, positions: Iterable[int], *, lock: bool = False) -> list[Outcome]:
        """What each row would write, given what the database holds now."""
        positions = list(positions)
        importer = self.importer
        importer.prepare_chunk(self, positions)
        clean = [p for p in positions if p not in self.problems and p not in self.continues]
        rows = {p: self.row(p) for p in positions if p not in self.problems}
        wanted = {p: importer.values(self, p, rows[p]) for p in clean}
        targets = [self.target[p] for p in clean if self.target[p] is not None]
        names = {name for values in wanted.values() for name in values}
        current: dict = defaultdict(dict)
        if targets:
            names |= {"version", *importer.extra_names()}
            if importer.parent_attr:
                names.add(importer.parent_attr)
            current = locked(importer.model, targets, sorted(names))
        return [self._outcome(p, rows.get(p), wanted.get(p), current) for p in positions]

    def _outcome(
        self, position: int, values: dict | None, wanted: dict | None, current: dict
    ) -> Outcome:
        if position in self.problems:
            return Outcome(position, RowAction.ERROR)
        if position in self.suspects or self._skipped(position):
            return Outcome(position, RowAction.DUPLICATE)
        importer, target = self.importer, self.target[position]
        if position in self.continues:
            return self._further(position, values)
        self._parent_value(position, wanted)
        if target is None:
            importer.complete(self, position, values, wanted, None)
            sides = importer.sides(self, position, values, wanted, None)
            return Outcome(position, RowAction.CREATE, None, 1, wanted, {}, sides)
        if target not in current:  # removed since the plan was made
            self.problem(position, Problem("conflict"))
            return Outcome(position, RowAction.ERROR)
        self.ids[position] = target
        if importer.mode == ImportMode.CREATE:
            return Outcome(position, RowAction.UNCHANGED, target)
        was = current[target]
        changes = {name: value for name, value in wanted.items() if was.get(name) != value}
        if changes:
            importer.complete(self, position, values, changes, was)
        sides = importer.sides(self, position, values, changes, was)
        action = RowAction.UPDATE if changes or sides else RowAction.UNCHANGED
        before = {name: was[name] for name in changes}
        return Outcome(position, action, target, was["version"], changes, before, sides)

    def _further(self, position: int, values: dict) -> Outcome:
        """A line that only adds to the record of an earlier line."""
        first = self.continues[position]
        if first in self.suspects or self._skipped(first):
            return Outcome(position, RowAction.DUPLICATE)
        pk = self.id_of(first)
        sides = self.importer.sides(self, position, values, {}, {})
        action = RowAction.UPDATE if sides else RowAction.UNCHANGED
        return Outcome(position, action, pk, 0, {}, {}, sides)

    def _skipped(self, position: int) -> bool:
        return self.decisions.get(self.lines[position], ("",))[0] == RowDecision.SKIP

    def _parent_value(self, position: int, wanted: dict):
        code = self.importer.parent_field
        column = self.columns.get(code) if code else None
        value = column[position] if column else None
        if isinstance(value, InFile):
            value = self.id_of(value.position) or value
        if value is not None and self.importer.parent_attr:
            wanted[self.importer.parent_attr] = value
