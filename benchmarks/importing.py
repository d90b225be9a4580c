"""Run inside the product: import many accounts through the engine, and the same by plain COPY.

The wall times of COPY, ours, COPY are printed as JSON. COPY writes the same rows into a table
with the columns, checks and indexes of the accounts table.
"""

import csv
import io
import json
import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from accounts.models import Account  # noqa: E402
from core.importing import services  # noqa: E402
from core.models import AuditEntry, ImportState, RowAction  # noqa: E402
from teams.models import User  # noqa: E402

TITLES = (
    "name",
    "registration_no",
    "city",
    "industry",
    "tier",
    "manager",
    "phone",
    "employees",
    "status",
)


def rows(count: int, mark: str):
    """`count` accounts of which one in a hundred has an error and one in a hundred is doubled."""
    managers = list(
        User.objects.filter(username__startswith="load.am").values_list("username", flat=True)
    )
    kept = []
    for number in range(count):
        name = f"{mark}导入测试企业{number:05d}有限公司"
        employees = str(number % 5000)
        if number % 100 == 50:
            employees = "many"
        if number % 100 == 51:
            name = kept[-2][0]
        kept.append(
            (
                name,
                f"{mark}{number:012d}",
                ("南京", "苏州", "无锡", "常州")[number % 4],
                ("制造业", "农业", "银行业", "服务业")[number % 4],
                ("核心", "战略", "重要", "潜在")[number % 4],
                managers[number % len(managers)],
                f"025-{number:08d}",
                employees,
                "prospect",
            )
        )
    return kept


def as_csv(table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(TITLES)
    writer.writerows(table)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(table) -> bytes:
    memory = io.BytesIO()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in (TITLES, *table):
        sheet.append(line)
    book.save(memory)
    return memory.getvalue()


def copy(count: int) -> float:
    """Seconds that PostgreSQL takes to copy so many accounts into a table like ours."""
    columns = [f.column for f in Account._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor_copy")
        cursor.execute("CREATE TABLE floor_copy (LIKE accounts_account INCLUDING ALL)")
        source = io.StringIO()
        names = ", ".join(columns)
        cursor.copy_expert(
            f"COPY (SELECT {names} FROM accounts_account ORDER BY id DESC LIMIT {count}) TO STDOUT",
            source,
        )
        text = source.getvalue()
        lines = text.count("\n")
        began = time.perf_counter()
        cursor.copy_expert(f"COPY floor_copy ({names}) FROM STDIN", io.StringIO(text))
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE floor_copy")
    return seconds * count / lines


def import_file(name: str, content: bytes, user) -> tuple[float, dict]:
    began = time.perf_counter()
    batch = services.create_batch(kind="accounts", file_name=name, content=content, user=user)
    batch = services.commit_batch(batch=batch, user=user, wait=True)
    seconds = time.perf_counter() - began
    if batch.state != ImportState.DONE:
        raise SystemExit(f"the import ended as {batch.state}: {batch.error}")
    told = AuditEntry.objects.filter(batch_id=batch.pk).count()
    counts = dict(batch.rows.values_list("action").annotate(n=Count("pk")))
    return seconds, {
        "created": Account.objects.filter(name__startswith=name[:8]).count(),
        "errors": counts.get(RowAction.ERROR, 0) + counts.get(RowAction.DUPLICATE, 0),
        "history": told,
    }


def main(count: int, kinds: list[str]):
    user = User.objects.get(username="load.gm")
    user.is_superuser = True
    user.save(update_fields=["is_superuser"])
    user.channel = "import"
    # A worker has its packages and dictionaries since its first file; this process gets them here.
    for kind, make in (("csv", as_csv), ("xlsx", as_xlsx)):
        import_file(f"warm-up.{kind}", make(rows(20, f"暖{kind}" + time.strftime("%H%M%S"))), user)
    found = {}
    for kind in kinds:
        make = {"csv": as_csv, "xlsx": as_xlsx}[kind]
        mark = {"csv": "甲乙", "xlsx": "丙丁"}[kind] + time.strftime("%H%M%S")
        content = make(rows(count, mark))
        times = [copy(count)]
        ours, told = import_file(f"{mark}.{kind}", content, user)
        times.append(copy(count))
        times.append(copy(count))
        found[kind] = {"ours": ours, "copy": sorted(times)[1], **told}
    json.dump(found, sys.stdout)


main(int(sys.argv[1]), sys.argv[2:])
