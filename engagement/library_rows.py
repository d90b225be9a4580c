"""What engagement ships: how often customers are met, what may be spent on
them, what answers of surveys set going, what opinions are about, texts to begin a mailing with."""

from pathlib import Path

from core.library import Shelf
from engagement.models import (
    CadenceRule,
    ExpenseCap,
    ExpenseCategory,
    MailingTemplate,
    OpinionTheme,
    SurveyPlay,
)

FOLDER = Path(__file__).parent / "library"


def cadences(document) -> list[dict]:
    return [
        {**row, "key": f"{row['tier']}.{row['level']}", "tier": f"tier:{row['tier']}"}
        for row in document["cadences"]
    ]


CADENCES = Shelf(
    name="cadence",
    model=CadenceRule,
    path=FOLDER / "cadences.yaml",
    list_key="cadences",
    columns={
        "tier": "tier",
        "level": "level",
        "visit_days": "visit_days",
        "contact_days": "contact_days",
    },
    natural=("tier", "level"),
    rows=cadences,
)
PLAYS = Shelf(
    name="survey_play",
    model=SurveyPlay,
    path=FOLDER / "survey_plays.yaml",
    list_key="plays",
    columns={
        "answers_of": "group",
        "starts": "kind",
        "for": "who",
        "within_days": "within_days",
        "only_if_asked": "only_if_asked",
        "position": "position",
    },
    natural=("code",),
)


def categories(document) -> list[dict]:
    """The categories without the limits nested in them, in the order of the file."""
    return [
        {name: value for name, value in row.items() if name != "limits"} | {"position": str(place)}
        for place, row in enumerate(document["categories"], start=1)
    ]


def limits(document) -> list[dict]:
    return [
        {
            "key": f"{row['code']}.{cap['kind']}.{cap.get('tier', 'all')}",
            "category": f"expense_category:{row['code']}",
            "kind": cap["kind"],
            "tier": f"tier:{cap['tier']}" if cap.get("tier") else "",
        }
        | {name: cap[name] for name in ("per_line", "per_person") if name in cap}
        for row in document["categories"]
        for cap in row.get("limits", ())
    ]


EXPENSES = (
    Shelf(
        name="expense_category",
        model=ExpenseCategory,
        path=FOLDER / "expenses.yaml",
        list_key="categories",
        columns={"position": "position", "people": "counts_people", "invoice": "needs_invoice"},
        natural=("code",),
        rows=categories,
    ),
    Shelf(
        name="expense_cap",
        model=ExpenseCap,
        path=FOLDER / "expenses.yaml",
        list_key="categories",
        columns={
            "category": "category",
            "kind": "kind",
            "tier": "tier",
            "per_line": "per_line",
            "per_person": "per_person",
        },
        natural=("category", "kind", "tier"),
        rows=limits,
    ),
)


def themes(document) -> list[dict]:
    """The themes in the order of the file."""
    return [row | {"position": str(place)} for place, row in enumerate(document["themes"], 1)]


THEMES = Shelf(
    name="opinion_theme",
    model=OpinionTheme,
    path=FOLDER / "opinion_themes.yaml",
    list_key="themes",
    columns={"position": "position"},
    natural=("code",),
    rows=themes,
)
MAILINGS = Shelf(
    name="mailing_template",
    model=MailingTemplate,
    path=FOLDER / "mailing_templates.yaml",
    list_key="templates",
    columns={
        "channel": "channel",
        "subject_zh": "subject_zh",
        "subject_en": "subject_en",
        "body_zh": "body_zh",
        "body_en": "body_en",
        "position": "position",
    },
    natural=("code",),
)
ENGAGEMENT = (CADENCES, PLAYS, *EXPENSES, THEMES, MAILINGS)
