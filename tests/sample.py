"""A small sales history in the same four files as the public data set, with its own figures.

It has the same traits: a product misspelt in the pipeline, parents listed after their children,
deals without an account, agents without a deal, two agents level at one account.
"""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

PRODUCTS = [("GTX Basic", "GTX", 550), ("GTX Pro", "GTX", 4821), ("MG Special", "MG", 55)]
OFFICES = {"Central": ["Dana Brook"], "East": ["Rolf Amber", "Ina Field"]}
SECTORS = ["retail", "technolgy", "finance"]


@dataclass
class Sample:
    """Where the files lie and what a right import of them shows."""

    folder: Path
    accounts: int = 0
    without_parent: int = 0
    opportunities: int = 0
    won: int = 0
    lost: int = 0
    won_value: int = 0
    quarters: dict = field(default_factory=lambda: defaultdict(int))
    by_account: dict = field(default_factory=lambda: defaultdict(int))
    by_agent: dict = field(default_factory=lambda: defaultdict(int))
    without_account: int = 0
    agents: dict = field(default_factory=dict)  # agent -> manager
    manager_of: dict = field(default_factory=dict)  # account -> agent


def write_sample(folder: Path, *, accounts: int = 12, deals: int = 160, seed: int = 7) -> Sample:
    """Write the four files; the same seed gives the same files."""
    rng = random.Random(seed)
    sample = Sample(folder)
    names = [f"Account {chr(65 + i)}{i}" for i in range(accounts)]
    _write_teams(sample)
    _write(folder / "products.csv", ["product", "series", "sales_price"], PRODUCTS)
    _write_accounts(sample, names, rng)
    _write_pipeline(sample, names, deals, rng)
    return sample


def _write(path: Path, head: list, rows: list) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([head, *rows])


def _write_teams(sample: Sample) -> None:
    rows = []
    for office, managers in OFFICES.items():
        for manager in managers:
            for letter in "abc":
                agent = f"Agent {manager.split()[0]} {letter.upper()}"
                sample.agents[agent] = manager
                rows.append([agent, manager, office])
    _write(sample.folder / "sales_teams.csv", ["sales_agent", "manager", "regional_office"], rows)


def _write_accounts(sample: Sample, names: list, rng) -> None:
    head = [
        "account",
        "sector",
        "year_established",
        "revenue",
        "employees",
        "office_location",
        "subsidiary_of",
    ]
    rows = []
    for index, name in enumerate(names):
        parent = names[-1] if index in (0, 3) else ""  # listed last: after its children
        sample.accounts += 1
        sample.without_parent += not parent
        turnover = f"{rng.randint(1, 99)}.{rng.randint(10, 99)}"
        rows.append(
            [name, SECTORS[index % 3], 1980 + index, turnover, 100 + index, "Kenya", parent]
        )
    _write(sample.folder / "accounts.csv", head, rows)


def _write_pipeline(sample: Sample, names: list, deals: int, rng) -> None:
    head = [
        "opportunity_id",
        "sales_agent",
        "product",
        "account",
        "deal_stage",
        "engage_date",
        "close_date",
        "close_value",
    ]
    selling = list(sample.agents)[:-1]  # the last agent has no deal
    value: dict = defaultdict(lambda: defaultdict(int))
    rows = []
    for index in range(deals):
        stage = ("Won", "Lost", "Won", "Engaging", "Prospecting")[index % 5]
        agent, account = rng.choice(selling), rng.choice(names)
        product = rng.choice(["GTX Basic", "GTXPro", "MG Special"])
        if stage in ("Engaging", "Prospecting") and index % 3 == 0:
            account = ""
            sample.without_account += 1
        amount = rng.randint(50, 5000) if stage == "Won" else 0
        month = rng.randint(1, 12)
        closed = f"2017-{month:02d}-{rng.randint(1, 28):02d}"
        row = [f"D{index:05d}", agent, product, account, stage, "2016-11-05", closed, amount]
        if stage == "Engaging":
            row[6:] = ["", ""]
        elif stage == "Prospecting":
            row[5:] = ["", "", ""]
        rows.append(row)
        _count(sample, value, row, month)
    for account, agents in value.items():
        sample.manager_of[account] = min(agents, key=lambda agent: (-agents[agent], agent))
    _write(sample.folder / "sales_pipeline.csv", head, rows)


def _count(sample: Sample, value: dict, row: list, month: int) -> None:
    _id, agent, _product, account, stage, _engaged, _closed, amount = row
    sample.opportunities += 1
    if account:
        value[account][agent] += int(amount or 0)
    if stage == "Lost":
        sample.lost += 1
    elif stage == "Won":
        sample.won += 1
        sample.won_value += amount
        sample.quarters[(month - 1) // 3 + 1] += amount
        sample.by_account[account] += amount
        sample.by_agent[agent] += amount
