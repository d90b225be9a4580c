"""What a person may write into which account by an import, and rules over several cells."""

from django.utils.translation import gettext_noop

from accounts import permissions, tiering
from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AccountStatus,
    AssignmentRole,
)
from accounts.services.tiers import mapping_to, scheme_of
from core.importing.fields import Problem
from teams.models import Unit, UnitKind, User
from teams.rights import Right


class AccountRules:
    """The part of the account importer that says no."""

    def _who(self, plan):
        """Whom this person may touch, loaded once for the whole file."""
        user = self.user
        self._all = user.sees_everything
        self._units = frozenset(user.unit_ids)
        self._visible = self._editable = self._covered = frozenset()
        if not self._all:
            visible = Account.objects.visible_to(user)
            self._visible = frozenset(visible.values_list("pk", flat=True))
            cared = permissions.cared_for(user, self.today)
            covered = Account.objects.filter(department__in=self._units)
            self._covered = frozenset(covered.values_list("pk", flat=True))
            self._editable = self._covered | frozenset(cared.values_list("account", flat=True))
        self._people = {
            pk: (unit, division or unit)
            for pk, unit, division in User.objects.values_list("pk", "unit", "unit__division")
        }
        held = AccountAssignment.objects.filter(role=AssignmentRole.MANAGER, ends_on=None)
        self._managers = dict(held.values_list("account", "user"))
        self._home = user.unit or Unit.objects.filter(kind=UnitKind.COMPANY).first()
        self._default_manager = None if self._all or user.unit_id is None else user.pk
        self._who_sorts(plan)

    def _who_sorts(self, plan):
        self._tier_cache: dict = {}
        self._tier_counts: dict = {}
        self._facts_of: dict[int, tuple] = {}
        self._first_contract: dict = {}
        if {"tier", "status", "credit_grade"} & set(plan.columns):
            rows = Account.objects.values_list("pk", "tier", "division", "status", "archived_at")
            for pk, tier, division, status, archived in rows:
                self._facts_of[pk] = (tier, division, status)
                if archived is None and tier:
                    self._tier_counts[tier] = self._tier_counts.get(tier, 0) + 1
            first = AccountFigures.objects.exclude(first_contract_on=None)
            self._first_contract = dict(first.values_list("account", "first_contract_on"))

    def check(self, plan, position, values):
        target = plan.target[position]
        registration = values.get("registration_no")
        if registration and "registration_no" in plan.raw:
            self._check_registration(plan, position, registration)
        if position in plan.continues:
            return
        self._check_people(plan, position, values, target)
        if "tier" in values:
            self._check_tier(plan, position, values, target)
        if values.get("status") not in (None, AccountStatus.PROSPECT):
            changed = target is None or self._facts_of[target][2] != values["status"]
            if changed and not self.user.has_right(Right.REGISTER_ACCOUNTS):
                self._refuse(plan, position, "status")

    def _check_registration(self, plan, position, registration):
        """A code that means to be a unified social credit code has 18 characters."""
        code = registration.upper().replace(" ", "")
        if 15 < len(code) < 21 and code.isalnum() and code[:2].isdigit() and len(code) != 18:
            params = {"wanted": 18, "length": len(code)}
            text = plan.text(position, "registration_no")
            plan.problem(position, Problem("bad_length", "registration_no", text, params))

    def _refuse(self, plan, position, code):
        plan.problem(position, Problem("no_right", code, plan.text(position, code)))

    def _check_people(self, plan, position, values, target):
        manager = values.get("manager")
        if manager is not None:
            held = self._managers.get(target) if target else None
            if manager != held and not self._may_give(manager, target):
                self._refuse(plan, position, "manager")
            elif self._people[manager][0] is None:
                reason = {"reason": gettext_noop("This person belongs to no department yet.")}
                text = plan.text(position, "manager")
                plan.problem(position, Problem("rule", "manager", text, reason))
        for code in ("chief", "sellers"):
            people = values.get(code) or []
            for pk in people if isinstance(people, list) else [people]:
                if pk != self.user.pk and not self._in_reach(pk):
                    self._refuse(plan, position, code)
                    break

    def _may_give(self, manager, target) -> bool:
        """To oneself or one's own people; an existing account only with the right to transfer."""
        if target is not None and not self.user.has_right(Right.TRANSFER_ACCOUNTS):
            return False
        if target is not None and not self._all and target not in self._covered:
            return False
        return manager == self.user.pk or self._in_reach(manager)

    def _in_reach(self, pk) -> bool:
        return self._all or self._people[pk][0] in self._units

    def _check_tier(self, plan, position, values, target):
        ids = values["tier"]
        division = self._division(values, target)
        tier = next((t for t in self._tiers_of(division) if t.pk in ids), None)
        text = plan.text(position, "tier")
        if tier is None:
            labels = tuple(t.name for t in self._tiers_of(division))[:4]
            plan.problem(position, Problem("unknown_choice", "tier", text, {}, labels, False))
            return
        plan.columns["tier"][position] = tier.pk
        held = self._facts_of[target][0] if target in self._facts_of else None
        if held == tier.pk:
            return
        if not self.user.has_right(Right.CHANGE_TIER) or (
            target is not None and not self._may_change_tier(target)
        ):
            self._refuse(plan, position, "tier")
        rule = tiering.TierRule(tier.only_without_contract, tier.top_n)
        if target and tiering.contract_forbids(rule, self._first_contract.get(target)):
            reason = gettext_noop("This tier is for accounts without a contract.")
            plan.problem(position, Problem("rule", "tier", text, {"reason": reason}))
        if tier.top_n:
            self._tier_counts[tier.pk] = self._tier_counts.get(tier.pk, 0) + 1
            if tiering.is_full(rule, self._tier_counts[tier.pk] - 1):
                reason = gettext_noop("This tier is full.")
                plan.problem(position, Problem("rule", "tier", text, {"reason": reason}))

    def _may_change_tier(self, target) -> bool:
        if self.user.is_superuser:
            return True
        covers = self._all or target in self._covered
        return covers and self._managers.get(target) != self.user.pk

    def _division(self, values, target):
        manager = values.get("manager")
        if manager is None and target is not None:
            return self._facts_of[target][1]
        manager = manager or self._default_manager
        if manager:
            return self._people[manager][1]
        return self._home and (self._home.division_id or self._home.pk)

    def _take_scheme(self, wanted, current):
        """An account that comes into another division takes the tier its own one maps to there,
        unless the file says which (accounts.services.tiers.follow_scheme)."""
        tiers, held = self._tiers_of(wanted["division_id"]), current.get("tier_id")
        if "tier_id" in wanted or held is None or not tiers or held in {t.pk for t in tiers}:
            return
        mapped = mapping_to(tiers[0].scheme_id).get(held)
        wanted["tier_id"] = mapped and mapped.pk

    def _tiers_of(self, division):
        if division not in self._tier_cache:
            unit = Unit.objects.filter(pk=division).first()
            scheme = scheme_of(unit)
            self._tier_cache[division] = list(scheme.tiers.all()) if scheme else []
        return self._tier_cache[division]
