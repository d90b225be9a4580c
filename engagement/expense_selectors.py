"""Reads of expense claims that feed pages."""

from dataclasses import dataclass, field

from django.db.models import Count, Prefetch

from core.models import in_language
from core.money import total
from documents.models import Attachment
from engagement import expense_checks as checks
from engagement import spending
from engagement.expense_words import worded
from engagement.models import ExpenseClaim, ExpenseLine
from engagement.services.expenses import KIND, field_of


def claims_of(user):
    return ExpenseClaim.objects.visible_to(user)


@dataclass
class Row:
    """A line of a claim as its page shows it."""

    line: ExpenseLine
    files: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    refused: bool = False


def rows_of(claim, user) -> list[Row]:
    """The lines with their invoices and with what is wrong with them."""
    lines = list(claim.lines.select_related("category"))
    rows = [Row(line) for line in lines]
    files = Attachment.objects.visible_to(user).about(KIND, claim.pk).current()
    by_field = {}
    for file in files.exclude(field="").order_by("pk"):
        by_field.setdefault(file.field, []).append(file)
    for row in rows:
        row.files = by_field.get(field_of(row.line.pk), [])
    for finding in checks.findings_of(claim, lines):
        row = rows[finding.line - 1]
        row.findings.append(worded(finding))
        row.refused = row.refused or finding.refused
    return rows


def limits_shown(category, tier_id, people, caps=None):
    """(budget, compliance) of one line, in the company's currency."""
    caps = checks.caps() if caps is None else caps
    return spending.tightest(spending.caps_for(caps, category.code, tier_id), people)


def by_category(claims) -> list[dict]:
    """What claims under way and paid come to, by category."""
    rows = ExpenseLine.objects.filter(claim__in=claims.counted().values("pk"))
    sums = rows.values("category__code", "category__name_zh", "category__name_en").annotate(
        sum=total("amount_base"), count=Count("pk")
    )
    return [
        row | {"name": in_language(row["category__name_zh"], row["category__name_en"])}
        for row in sums.order_by("-sum", "category__code")
    ]


def with_lines(claims):
    lines = ExpenseLine.objects.select_related("category")
    return claims.prefetch_related(Prefetch("lines", queryset=lines))
