"""The four files of the "CRM Sales Opportunities" data set as one organisation with its history.

What the files only imply is made explicit here, as plain tables that go through the ordinary
importers: offices and managers are an organisation, agents have accounts. Each table is a batch.
What their columns and words mean is data: the shipped mappings maven-* of core/library.
"""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.core.cache import cache
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import audit, writing
from core.company import amounts_exist, update_company
from core.exceptions import DomainError
from core.importing import engine, services
from core.importing.guard import Table, read_table
from core.library import ensure_company
from core.models import CompanySettings, Currency, ExchangeRate, ImportBatch, ImportState, company
from core.models.ground import COMPANY_CACHE_KEY
from opportunities.models import Opportunity
from teams.models import Unit, UnitKind

FILES = ("sales_teams.csv", "products.csv", "accounts.csv", "sales_pipeline.csv")
# The batches in dependency order, with the file each one comes from.
TABLES = {
    "units": "maven: sales_teams (organisation).csv",
    "users": "maven: sales_teams.csv",
    "products": "maven: products.csv",
    "accounts": "maven: accounts.csv",
    "opportunities": "maven: sales_pipeline.csv",
}
CURRENCY = "USD"
DATA_SET = "CRM Sales Opportunities"
DIVISION = "maven"


class FolderIncomplete(DomainError):
    """A file of the data set is missing or has other columns."""


class NoRate(DomainError):
    """Amounts in dollars cannot be taken over without a rate."""


@dataclass(frozen=True)
class Deals:
    """What the pipeline says about who works with which account."""

    manager: dict[str, str]
    sellers: dict[str, list[str]]


def read_folder(folder: Path) -> dict[str, list[dict]]:
    """The rows of the four files, read through the guard."""
    tables = {}
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise FolderIncomplete(_("%(file)s is missing in this folder.") % {"file": name})
        tables[name] = _dicts(read_table(name, path.read_bytes(), limits=engine.limits()))
    return tables


def _dicts(table: Table) -> list[dict]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def import_folder(*, folder: Path, user, dry_run: bool = False) -> list[ImportBatch]:
    """Import everything in dependency order; every batch is finished when this returns.

    A dry run checks each table against what is in the database now, so before the first import
    the later tables report people and products as unknown.
    """
    files = read_folder(folder)
    if not dry_run:
        _settle_currency(user)
    batches = []
    for kind, file_name, content in tables_of(files):
        batch = services.create_batch(
            kind=kind, file_name=file_name, content=content, user=user, mapping=f"maven-{kind}"
        )
        if dry_run:
            services.check_batch(batch=batch, user=user, wait=True)
        else:
            services.commit_batch(batch=batch, user=user, wait=True)
        batches.append(batch)
        if batch.state == ImportState.FAILED:
            break
    return batches


def undo_folder(*, user) -> list[ImportBatch]:
    """Take back every import of this data set, the latest first, and the currency with it."""
    batches = ImportBatch.objects.visible_to(user).filter(
        state=ImportState.DONE, kind__in=TABLES, file_name__in=TABLES.values()
    )
    undone = [
        services.undo_batch(batch=batch, user=user, wait=True) for batch in batches.order_by("-pk")
    ]
    _return_currency(user)
    return undone


# ------------------------------------------------------------------------------------------ tables


def tables_of(files: dict[str, list[dict]]) -> list[tuple[str, str, bytes]]:
    """(kind, file name, CSV) of each batch, in dependency order."""
    teams, pipeline = files["sales_teams.csv"], files["sales_pipeline.csv"]
    made = {
        "units": unit_rows(teams),
        "users": user_rows(teams),
        "products": files["products.csv"],
        "accounts": account_rows(files["accounts.csv"], deals_of(pipeline)),
        "opportunities": [{**row, "sales_agent": username(row["sales_agent"])} for row in pipeline],
    }
    return [(kind, name, to_csv(made[kind])) for kind, name in TABLES.items()]


def to_csv(rows: list[dict]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def username(name: str) -> str:
    return slugify(name).replace("-", ".")


def unit_rows(teams: list[dict]) -> list[dict]:
    """A division, an office below it, a team for each manager. What the levels are called here,
    and in Chinese, is in the shipped mapping."""
    rows = []
    root = Unit.objects.filter(kind=UnitKind.COMPANY).values_list("code", flat=True).first()
    if root is None:
        root, name = "company", company().name_en or company().name_zh or "Company"
        rows.append(_unit(root, name, "company", ""))
    rows.append(_unit(DIVISION, DATA_SET, "division", root, place=DATA_SET))
    for office in dict.fromkeys(row["regional_office"] for row in teams):
        rows.append(_unit(office_code(office), office, "office", DIVISION, place=office))
    for manager, office in {row["manager"]: row["regional_office"] for row in teams}.items():
        rows.append(_unit(team_code(manager), f"Team {manager}", "team", office_code(office)))
    return rows


def _unit(code: str, name: str, level: str, parent: str, place: str = "") -> dict:
    return {"code": code, "name": name, "place": place, "level": level, "parent": parent}


def office_code(office: str) -> str:
    return f"maven-{slugify(office)}"


def team_code(manager: str) -> str:
    return f"maven-team-{slugify(manager)}"[:40]


def user_rows(teams: list[dict]) -> list[dict]:
    """Agents as the file has them, then their managers: superiors may come later."""
    rows = [
        {
            "username": username(row["sales_agent"]),
            "name": row["sales_agent"],
            "unit": team_code(row["manager"]),
            "level": "agent",
            "superior": username(row["manager"]),
        }
        for row in teams
    ]
    for manager in dict.fromkeys(row["manager"] for row in teams):
        person = {"username": username(manager), "name": manager, "unit": team_code(manager)}
        rows.append({**person, "level": "manager", "superior": ""})
    return rows


def deals_of(pipeline: list[dict]) -> Deals:
    """Each account goes to the agent with the highest won value there, ties by name; the other
    agents who have a deal with it are its sellers."""
    won: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in pipeline:
        if row["account"]:
            value = row["close_value"] if row["deal_stage"] == "Won" else ""
            won[row["account"]][row["sales_agent"]] += Decimal(value or 0)
    manager, sellers = {}, {}
    for account, agents in won.items():
        first, *others = sorted(agents, key=lambda agent: (-agents[agent], agent))
        manager[account], sellers[account] = first, sorted(others)
    return Deals(manager, sellers)


def account_rows(accounts: list[dict], deals: Deals) -> list[dict]:
    return [
        {
            **row,
            "manager": username(deals.manager.get(row["account"], "")),
            "sellers": ";".join(username(name) for name in deals.sellers.get(row["account"], ())),
        }
        for row in accounts
    ]


# ---------------------------------------------------------------------------------------- currency


@transaction.atomic
def _settle_currency(user):
    """An installation without amounts takes the dollar as its currency; any other needs a rate."""
    if company().currency_id == CURRENCY:
        return
    if not Account.objects.exists() and not Opportunity.objects.exists():
        dollar = Currency.objects.filter(code=CURRENCY).first()
        if dollar is None:
            dollar = Currency(code=CURRENCY, name_zh="美元", name_en="US dollar", symbol="$")
            writing.create(instance=dollar, actor=user, action="currency.created")
        _take_currency(dollar, user)
    elif not ExchangeRate.objects.filter(currency=CURRENCY).exists():
        raise NoRate(_("Enter an exchange rate for the US dollar first, valid from 2016-10-01."))


@transaction.atomic
def _return_currency(user):
    """Give the company the currency back that it had before the import, unless something is
    stated in dollars by now or somebody chose the currency since."""
    if company().currency_id != CURRENCY or _dollar_in_use():
        return
    history = audit.history_of(ensure_company()).order_by("-pk")
    last = next((entry for entry in history if "currency" in entry.changes), None)
    if last is None or last.reason != DATA_SET:
        return
    before, _after = last.changes["currency"]
    currency = Currency.objects.filter(pk=before["id"]).first()
    if currency is not None:
        _take_currency(currency, user)


def _dollar_in_use() -> bool:
    """Whether a record refers to the dollar, or an amount was turned into it."""
    links = [
        link.field
        for link in Currency._meta.get_fields(include_hidden=True)
        if link.one_to_many and link.field.model != CompanySettings
    ]
    return amounts_exist() or any(
        link.model._base_manager.filter(**{link.name: CURRENCY}).exists() for link in links
    )


def _take_currency(currency: Currency, user):
    row, values = ensure_company(), {"currency": currency}
    update_company(company=row, values=values, actor=user, reason=DATA_SET)
    cache.delete(COMPANY_CACHE_KEY)
