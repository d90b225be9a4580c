"""How the API names an account and the small tables it refers to."""

from django.db.models import F, IntegerField, Value

from accounts.models import Industry, Tier
from core.compiled import Compiled
from core.models import City
from teams.models import Unit

LABEL = ("id", "name", "short_name")


def label(values, path="") -> dict:
    """A reference to an account (columns of LABEL), by its short name where it has one."""
    name = values[f"{path}short_name"] or values[f"{path}name"]
    return {"id": values[f"{path}id"], "name": name}


# Columns that refer to small tables, whose names are read once a page instead of once a row.
REFERENCES = {
    "tier": Tier,
    "department": Unit,
    "division": Unit,
    "industry": Industry,
    "city": City,
}
REFERRED = tuple(dict.fromkeys(REFERENCES.values()))
# The ids of each of them as parameters of one query: two numbers that no other has.
_IDS = {model.__name__: (-1 - 2 * n, -2 - 2 * n) for n, model in enumerate(REFERRED)}


def _named(**ids):
    """One branch for each table."""
    branches = [
        model.objects.filter(pk__among=ids[model.__name__])
        .order_by()
        .values_list(
            Value(place, IntegerField()),
            "pk",
            "name_zh",
            "name_en",
            F("is_key") if model is Tier else Value(False),
        )
        for place, model in enumerate(REFERRED)
    ]
    return branches[0].union(*branches[1:], all=True)


_NAMES = Compiled(_named, **_IDS)


def references_of(rows) -> dict:
    """{(model, id): names} of everything the rows refer to, in one query."""
    ids = {
        model.__name__: {
            row[f"{name}_id"] for name, of in REFERENCES.items() if of is model for row in rows
        }
        - {None}
        for model in REFERRED
    }
    return {
        (REFERRED[place], pk): {"pk": pk, "name_zh": zh, "name_en": en, "is_key": bool(key)}
        for place, pk, zh, en, key in _NAMES.rows(**ids)
    }
