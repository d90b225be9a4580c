"""What accounts ship: industries, tier schemes with their tiers, mappings, traits."""

from pathlib import Path

from accounts.models import Industry, QualificationTrait, Tier, TierMapping, TierScheme
from core.library import Shelf

FOLDER = Path(__file__).parent / "library"


def schemes(document) -> list[dict]:
    """The schemes of the file without the tiers nested in them."""
    return [{k: v for k, v in row.items() if k != "tiers"} for row in document["schemes"]]


def tiers(document) -> list[dict]:
    """The tiers of every scheme; their rank is their place in the file."""
    return [
        {
            **tier,
            "key": f"{scheme['code']}.{tier['code']}",
            "scheme": f"scheme:{scheme['code']}",
            "counts": tier["key"],
            "rank": str(rank),
        }
        for scheme in document["schemes"]
        for rank, tier in enumerate(scheme["tiers"], start=1)
    ]


def mappings(document) -> list[dict]:
    return [
        {
            "key": f"{row['from']}>{row['to'].split('.')[0]}",
            "from": f"tier:{row['from']}",
            "to": f"tier:{row['to']}",
            "to_scheme": f"scheme:{row['to'].split('.')[0]}",
        }
        for row in document["mappings"]
    ]


ACCOUNTS = (
    Shelf(
        name="industry",
        model=Industry,
        path=FOLDER / "industries.yaml",
        list_key="industries",
        columns={
            "position": "position",
            "priority": "is_priority",
            "radiating": "radiating_effect",
        },
        natural=("code",),
    ),
    Shelf(
        name="scheme",
        model=TierScheme,
        path=FOLDER / "tiers.yaml",
        list_key="schemes",
        columns={
            "default": "is_default",
            "description_zh": "description_zh",
            "description_en": "description_en",
        },
        natural=("code",),
        rows=schemes,
        single=("is_default",),
    ),
    Shelf(
        name="tier",
        model=Tier,
        path=FOLDER / "tiers.yaml",
        list_key="schemes",
        columns={
            "scheme": "scheme",
            "rank": "rank",
            "mark_zh": "mark_zh",
            "mark_en": "mark_en",
            "look": "look",
            "criteria_zh": "criteria_zh",
            "criteria_en": "criteria_en",
            "counts": "is_key",
            "only_without_contract": "only_without_contract",
            "top_n": "top_n",
            "service_mode": "service_mode",
            "visit_interval_days": "visit_interval_days",
            "contact_interval_days": "contact_interval_days",
            "survey_interval_days": "survey_interval_days",
            "callback_interval_days": "callback_interval_days",
        },
        natural=("scheme", "code"),
        rows=tiers,
    ),
    Shelf(
        name="tier_mapping",
        model=TierMapping,
        path=FOLDER / "tier_mappings.yaml",
        list_key="mappings",
        columns={"from": "from_tier", "to": "to_tier", "to_scheme": "to_scheme"},
        natural=("from_tier", "to_scheme"),
        rows=mappings,
    ),
    Shelf(
        name="trait",
        model=QualificationTrait,
        path=FOLDER / "traits.yaml",
        list_key="traits",
        columns={"position": "position", "weight": "weight"},
        natural=("code",),
    ),
)
