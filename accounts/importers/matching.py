"""Which account a row is about: by its numbers, by its name; else which it may be."""

from accounts.models import Account, AccountFormerName
from core.importing.base import Suspect
from core.importing.fields import Problem, fold
from core.models import company
from core.normalise import fold as fold_name
from core.normalise import normalise_name


class AccountMatching:
    """The part of the account importer that meets rows with records."""

    def keys_in_file(self, plan):
        keys: dict[str, int] = {}
        for code in ("file_number", "registration_no", "name", "short_name"):
            for position in range(plan.count):
                if text := plan.text(position, code):
                    keys.setdefault(fold(text), position)
        return keys

    def match(self, plan):
        self._load(plan)
        seen: dict[tuple, int] = {}
        with_contacts = "contact_name" in plan.columns
        names = plan.columns.get("name") or [None] * plan.count
        numbers = plan.columns.get("file_number") or [None] * plan.count
        registrations = plan.columns.get("registration_no") or [None] * plan.count
        for position in range(plan.count):
            name, number = names[position], numbers[position]
            registration = registrations[position]
            if registration and not registration.isascii():
                registration = None
            keys = self._keys(name, number, registration)
            first = next((seen[key] for key in keys if key in seen), None)
            if first is not None:
                self._again(plan, position, first, with_contacts)
                continue
            for key in keys:
                seen[key] = position
            self._find(plan, position, name, number, registration)
            self._alike_in_file(plan, position, name, seen)

    @staticmethod
    def _keys(name, number, registration) -> list[tuple]:
        keys = []
        if number:
            keys.append(("n", number.casefold()))
        if registration:
            keys.append(("r", registration.upper()))
        if name and not number and not registration:
            keys.append(("name", fold_name(name)))
        return keys

    def _again(self, plan, position, first, with_contacts):
        """A further line about an account: more contacts, or a mistake."""
        plan.target[position] = plan.target[first]
        line = {"line": plan.lines[first]}
        if not with_contacts or plan.columns["contact_name"][position] is None:
            plan.problem(position, Problem("duplicate_key", params=line))
            return
        for code, column in plan.columns.items():
            if self.by_code[code].key or code.startswith("contact_") or column[position] is None:
                continue
            if column[position] != column[first]:
                text = plan.text(position, code)
                plan.problem(position, Problem("disagrees", code, text, line))
        plan.continues[position] = first

    def _load(self, plan):
        """All accounts by what identifies them; the set of those this person may change."""
        self._by_number, self._by_registration = {}, {}
        self._by_name: dict[str, list] = {}
        self._by_normal: dict[str, list] = {}
        self._facts: dict[int, tuple] = {}
        rows = Account.objects.exclude(pk__in=self.own_ids) if self.own_ids else Account.objects
        for pk, number, registration, name, normal, archived in rows.values_list(
            "pk", "file_number", "registration_no", "name", "normalised_name", "archived_at"
        ):
            self._facts[pk] = (number, name, registration or "", archived is not None)
            if number:
                self._by_number[number.casefold()] = pk
            if archived is None:
                if registration:
                    self._by_registration[registration.upper()] = pk
                self._by_name.setdefault(fold_name(name), []).append(pk)
                self._by_normal.setdefault(normal, []).append(pk)
        former = AccountFormerName.objects.filter(account__archived_at=None)
        for pk, normal in former.values_list("account", "normalised_name"):
            if pk in self._facts and pk not in self._by_normal.get(normal, ()):
                self._by_normal.setdefault(normal, []).append(pk)
        self._who(plan)
        self._new_normal: dict[str, int] = {}
        self._normals: dict[int, str] = {}
        self._added: set = set()
        self._currency = company().currency_id

    def _find(self, plan, position, name, number, registration):
        target = self._by_number.get(number.casefold()) if number else None
        by_registration = self._by_registration.get(registration.upper()) if registration else None
        if target and by_registration and target != by_registration:
            plan.problem(position, Problem("keys_disagree"))
            return
        target = target or by_registration
        if target is None and name:
            same = self._by_name.get(fold_name(name), [])
            if len(same) > 1:
                plan.problem(position, Problem("ambiguous", "name", name))
                return
            if same and self._compatible(same[0], number, registration):
                target = same[0]
        if target is None:
            self._alike(plan, position, name)
            return
        plan.target[position] = target
        if self._facts[target][3]:
            plan.problem(position, Problem("archived"))
        elif not self._all and target not in self._editable:
            plan.problem(position, Problem("not_yours"))

    def _compatible(self, pk, number, registration) -> bool:
        """The same name with another number is rather another account: a person decides."""
        theirs = self._facts[pk]
        return not number and not (registration and theirs[2] and theirs[2] != registration.upper())

    def _alike(self, plan, position, name):
        if not name:
            return
        normal = normalise_name(name)
        for pk in self._by_normal.get(normal, ())[:3]:
            number, label, _registration, _archived = self._facts[pk]
            if self._all or pk in self._visible:
                said = f"{label} ({number})" if number else label
                plan.suspect(position, Suspect(pk, said, "name", short=number or label))
            else:
                plan.suspect(position, Suspect(None, "", "hidden"))

    def _alike_in_file(self, plan, position, name, seen):
        if not name or plan.target[position] is not None:
            return
        normal = normalise_name(name)
        self._normals[position] = normal
        first = self._new_normal.setdefault(normal, position)
        if first != position:
            line = plan.lines[first]
            plan.suspect(position, Suspect(None, plan.text(first, "name"), "line", line))
