"""The director dashboard as one person asks for it now: what they see, under one sentence.

Every figure carries the address of the opportunities behind it, under the same conditions, so
that the rows there add up to it.
"""

from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Industry, Tier
from accounts.selectors import seen_among
from core.formats import UNKNOWN
from core.kept import kept
from core.models import in_language
from core.money import added
from kpi import sums
from kpi.asked import Asked
from kpi.figures import Figure, Row, nameless
from kpi.words import Findings, part_name
from opportunities import filters
from opportunities.models import Milestone
from teams.models import User

SHOWN = 10


class Dashboard(Asked):
    def __init__(self, request):
        super().__init__(request)
        self.say = Findings(self.context.language, self.context.currency)
        self.expanded = request.GET.get("all", "")

    def _row(self, found, label, *, span=None, named=True, page="", **only) -> Row:
        row = Row(
            **vars(found),
            label=label,
            named=named,
            page=page,
            url=self.rows_url("won", span=span, **only),
            lost_url=self.rows_url("lost", span=span, **only),
        )
        row.key = next(iter(only.values()), None)
        if not self.compares:
            row.forget_before()
        row.share = found.amount / self.whole.amount if self.whole.amount else None
        return row

    # ---------- figures ----------

    @cached_property
    def owners(self) -> list[dict]:
        return kept(sums.by_owner, self.stamp, self.deals, self.span, self.before)

    @cached_property
    def facts(self) -> dict[str, dict]:
        """{industry, tier, manager: {id: Sum}}"""
        return kept(
            sums.by_account_facts, self.stamp, self.deals, self.user, self.span, self.before
        )

    @cached_property
    def whole(self) -> sums.Sum:
        whole = sums.Sum()
        for row in self.owners:
            whole.add(row)
        if not self.compares:
            whole.forget_before()
        whole.accounts = sum(found.accounts for found in self.facts["tier"].values())
        return whole

    @cached_property
    def total(self) -> Row:
        row = self._row(self.whole, _("Total"), named=False)
        row.share = Decimal(1) if self.whole.amount else None
        return row

    @cached_property
    def average(self):
        return self.whole.amount / self.whole.won if self.whole.won else None

    @property
    def growth(self):
        """Against the same days of the year before, as a fraction; None without any."""
        before = self.whole.before
        return (self.whole.amount - before) / before if before else None

    @property
    def rate_change(self):
        if None in (self.whole.win_rate, self.whole.win_rate_before):
            return None
        return self.whole.win_rate - self.whole.win_rate_before

    @property
    def largest_count(self) -> int:
        return self.settings.dashboard_top_accounts

    @cached_property
    def decided_url(self) -> str:
        return self.rows_url("won", "lost")

    @cached_property
    def by_part(self) -> Figure:
        """Won by quarter, or by month of a single quarter."""
        rows = []
        for part in self.span.parts:
            found = sums.Sum()
            for month, values in self.history.months.items():
                if part.since.replace(day=1) <= month <= part.until:
                    found.add(vars(values))
            found.before = self._year_before(part) if self.span.year is not None else Decimal(0)
            label = part_name(part, self.span, self.context.language)
            rows.append(self._row(found, label, span=part))
        title = self.say.quarters(rows, self.whole.amount)
        head = _("Quarter") if any(part.quarter for part in self.span.parts) else _("Month")
        says = _("Won amount by quarter; dark is the period, light the year before")
        return Figure("part", title, head, rows, self.total, kind="columns", says=says)

    def _year_before(self, part):
        since, until = (day.replace(year=day.year - 1, day=1) for day in (part.since, part.until))
        months = self.history.months.items()
        return sum((v.amount for month, v in months if since <= month <= until), Decimal(0))

    @cached_property
    def pipeline(self) -> Figure:
        """Open deals of today by milestone; the period does not narrow them."""
        rows = []
        for code, (count, amount) in self.history.open.items():
            label = capfirst(str(Milestone(code).label))
            row = Row(amount=amount, won=count, label=label, key=code)
            row.url = self.rows_url("open", milestone=code)
            rows.append(row)
        whole = Row(
            amount=added(row.amount for row in rows),
            won=sum(row.won for row in rows),
            label=_("Total"),
            url=self.rows_url("open"),
        )
        says = _("Open opportunities of today by milestone, whatever the period")
        title = self.say.pipeline(rows)
        return Figure("pipeline", title, _("Milestone"), rows, whole, says=says)

    @cached_property
    def largest(self) -> Figure:
        """The accounts that brought most, and what they bring together (concentration)."""
        found = kept(
            sums.largest_accounts,
            self.stamp,
            self.deals,
            self.span,
            self.before,
            self.settings.dashboard_top_accounts,
        )
        seen = seen_among(self.user, [row["account"] for row in found])
        rows = []
        for values in found:
            pk = values["account"]
            page = reverse("accounts:account_detail", args=[pk]) if pk in seen else ""
            label = in_language(values["short"] or values["full"], values["english"])
            row = self._row(sums.Sum().add(values), label, page=page, account=pk)
            rows.append(row if pk in seen else nameless(row))
        title = self.say.largest(rows, self.whole.amount)
        rows += self._remainder(rows, self.whole.accounts - len(rows))
        says = _("Won amount and won opportunities of the largest accounts")
        return Figure("account", title, _("Account"), rows, self.total, says=says)

    @property
    def concentration(self):
        """Share of the ten largest (or as many as the settings name) in the won amount."""
        if not self.whole.amount:
            return None
        return sum(r.amount for r in self.largest.rows if r.named) / self.whole.amount

    @property
    def largest_url(self) -> str:
        """The deals of the accounts named as the largest; none where one of them is hidden, for
        the list would hold less than the figure."""
        rows = [row for row in self.largest.rows if row.named]
        if any(row.key is None for row in rows):
            return ""
        named = [("account", str(row.key)) for row in rows]
        return self.rows_url("won") + ("&" + urlencode(named) if named else "")

    def _remainder(self, rows, count) -> list[Row]:
        """What is left beside the named rows, as one grey line without an address."""
        left = self.whole.amount - sum(row.amount for row in rows)
        if left <= 0:
            return []
        row = Row(
            amount=left,
            won=self.whole.won - sum(row.won for row in rows),
            lost=self.whole.lost - sum(row.lost for row in rows),
            before=self.whole.before - sum(row.before for row in rows),
            label=_("all others"),
            named=False,
            rest=max(count, 0),
        )
        row.share = left / self.whole.amount
        return [row]

    @cached_property
    def names(self) -> dict:
        """{(kind, id): name} of industries, tiers and account managers, in one query."""
        managers = set(self.facts["manager"]) - {None}
        sources = {
            "industry": (Industry.objects.all(), Value("")),
            "tier": (Tier.objects.all(), Value("")),
            "manager": (User.objects.filter(pk__in=managers), F("username")),
        }
        first, *others = [
            rows.order_by().values_list(
                Value(kind, CharField()), "pk", "name_zh", "name_en", Cast(login, CharField())
            )
            for kind, (rows, login) in sources.items()
        ]
        return {
            (kind, pk): in_language(zh, en) or login
            for kind, pk, zh, en, login in first.union(*others, all=True)
        }

    def _figure(self, code, head, groups, label_of, sentence, without) -> Figure:
        """A ranking; beyond SHOWN rows the rest is one line, unless `all` asks for it."""
        ranked = [
            (label_of(key) if key is not None else without, key, found)
            for key, found in groups.items()
            if found.decided
        ]
        ranked.sort(key=lambda one: (-one[2].amount, -one[2].won, str(one[0])))
        most = len(ranked) if self.expanded == code or len(ranked) <= SHOWN + 1 else SHOWN
        rows = [
            self._row(
                found,
                label,
                named=key is not None,
                **{code: filters.NONE if key is None else key},
            )
            for label, key, found in ranked[:most]
        ]
        title = self.say.leader(rows, self.whole.amount, sentence, head)
        if ranked[most:]:
            rows += self._gathered([found for _label, _key, found in ranked[most:]], code)
        says = _("Won amount and won opportunities by %(what)s") % {"what": head.lower()}
        return Figure(code, title, head, rows, self.total, says=says)

    def _gathered(self, rows, code) -> list[Row]:
        """The rest in one line that leads to the same figure in full."""
        line = Row(label=_("%(n)s more") % {"n": len(rows)}, named=False, rest=len(rows))
        for row in rows:
            line.add(vars(row))
        line.share = line.amount / self.whole.amount if self.whole.amount else None
        query = self.request.GET.copy()
        query["all"] = code
        line.url = f"{reverse('kpi:dashboard')}?{query.urlencode()}#{code}"
        return [line]

    @cached_property
    def by_industry(self) -> Figure:
        return self._figure(
            "industry",
            _("Industry"),
            self.facts["industry"],
            lambda key: self.names.get(("industry", key), UNKNOWN),
            _("%(name)s brings most: %(amount)s, %(share)s"),
            _("no industry"),
        )

    @cached_property
    def by_tier(self) -> Figure:
        return self._figure(
            "tier",
            _("Tier"),
            self.facts["tier"],
            lambda key: self.names.get(("tier", key), UNKNOWN),
            _("Tier %(name)s brings %(share)s of the won amount"),
            _("no tier"),
        )

    @cached_property
    def by_manager(self) -> Figure:
        return self._figure(
            "manager",
            _("Account manager"),
            self.facts["manager"],
            lambda key: self.names.get(("manager", key), UNKNOWN),
            _("The accounts of %(name)s bring most: %(amount)s, %(share)s"),
            _("no account manager"),
        )

    @cached_property
    def by_team(self) -> Figure:
        names = {
            row["owner_unit"]: in_language(row["unit_zh"] or "", row["unit_en"] or "")
            for row in self.owners
        }
        return self._figure(
            "team",
            _("Department"),
            sums.gathered(self.owners, "owner_unit"),
            names.get,
            _("%(name)s won most: %(amount)s, %(share)s"),
            _("no department"),
        )

    @cached_property
    def by_owner(self) -> Figure:
        names = {
            row["owner"]: in_language(row["zh"], row["en"]) or row["login"] for row in self.owners
        }
        return self._figure(
            "owner",
            _("Owner"),
            sums.gathered(self.owners, "owner"),
            names.get,
            _("%(name)s won most: %(amount)s, %(share)s"),
            _("nobody"),
        )

    @property
    def lead(self) -> str:
        best = max(self.by_part.rows, key=lambda row: row.amount, default=None)
        return self.say.lead(self.period, self.whole, best)

    @cached_property
    def figures(self) -> list[Figure]:
        """Every figure with a table, in the order of the page and of the file."""
        return [
            self.by_part,
            self.pipeline,
            self.largest,
            self.by_industry,
            self.by_tier,
            self.by_team,
            self.by_owner,
            self.by_manager,
        ]
