"""A small company for the tests of imports, and files of a line or two."""

import csv
import io
from types import SimpleNamespace

from core.importing import engine, services
from core.models import ImportBatch
from teams.rights import Scope
from tests import factories as make


def build_cast():
    root = make.make_unit("co")
    make.make_currency("CNY")
    north = make.make_unit("north", parent=root, kind="division")
    south = make.make_unit("south", parent=root, kind="division")
    team = make.make_unit("north-a", parent=north)
    for code in ("core", "strategic", "important", "potential"):
        make.make_tier(code)
    make.make_city("苏州", "Suzhou")
    make.make_city("常州", "Changzhou")
    make.make_industry("manufacturing")
    loader = make.make_post("loader", rights=["import_data", "edit_accounts", "edit_opportunities"])
    leader = make.make_post(
        "leader",
        scope=Scope.UNIT,
        rights=[
            "import_data",
            "edit_accounts",
            "edit_opportunities",
            "transfer_accounts",
            "change_tier",
        ],
    )
    kim = make.make_user("kim", unit=team, post=loader, name_zh="程未央")
    return SimpleNamespace(
        root=root,
        north=north,
        team=team,
        kim=kim,
        lee=make.make_user("lee", unit=team, name_zh="俞北辰"),
        sam=make.make_user("sam", unit=south, name_zh="钟予安"),
        dora=make.make_user("dora", unit=north, post=leader, name_zh="沈知远"),
        admin=make.make_administrator("root"),
        mine=make.make_account("苏州衡曜半导体有限公司", manager=kim, file_number="KA-0032"),
        theirs=make.make_account("FOREIGN 常州砚北装备有限公司", file_number="KA-9999"),
    )


def table(*rows) -> bytes:
    """Rows as a CSV; the first one is the titles."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def upload(user, kind, *rows, **options) -> ImportBatch:
    return services.create_batch(
        kind=kind, file_name="rows.csv", content=table(*rows), user=user, **options
    )


def dry(user, kind, *rows, **options) -> ImportBatch:
    batch = upload(user, kind, *rows, **options)
    return services.check_batch(batch=batch, user=user, wait=True)


def load(user, kind, *rows, **options) -> ImportBatch:
    batch = upload(user, kind, *rows, **options)
    return services.commit_batch(batch=batch, user=user, wait=True)


def plan(batch) -> dict:
    """What the dry run said, without zeros."""
    counts = batch.counts["plan"]
    return {
        name: counts[name]
        for name in ("create", "update", "unchanged", "duplicate", "error")
        if counts[name]
    }


def done(batch) -> dict:
    return dict(batch.counts.get("done", {}))


def errors(batch) -> dict:
    """{line: {(field, code), …}} of the lines with errors."""
    rows = batch.rows.filter(action="error").order_by("line")
    return {row.line: {(e["field"], e["code"]) for e in row.errors} for row in rows}


__all__ = ["build_cast", "done", "dry", "engine", "errors", "load", "plan", "table", "upload"]
