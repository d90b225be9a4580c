"""What the ground ships: currencies, cities, working hours, import mappings."""

from pathlib import Path

from core import calendars
from core.library import Shelf
from core.models import City, Currency, ImportMapping, WorkSchedule

FOLDER = Path(__file__).parent / "library"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CORE = (
    Shelf(
        name="currency",
        model=Currency,
        path=FOLDER / "currencies.yaml",
        list_key="currencies",
        columns={"symbol": "symbol", "decimals": "decimals"},
        natural=("code",),
    ),
    Shelf(
        name="city",
        model=City,
        path=FOLDER / "cities.yaml",
        list_key="cities",
        columns={
            "province_zh": "province_zh",
            "province_en": "province_en",
            "country_code": "country_code",
            "time_zone": "time_zone",
            "latitude": "latitude",
            "longitude": "longitude",
        },
        natural=("name_zh",),
    ),
    Shelf(
        name="hours",
        model=WorkSchedule,
        path=FOLDER / "work_schedules.yaml",
        list_key="schedules",
        columns={"city": "city", "holidays_of": "holidays_of"} | {day: day for day in WEEK},
        natural=("city",),
        after=calendars.follow_library,
    ),
    Shelf(
        name="mapping",
        model=ImportMapping,
        path=FOLDER / "import_mappings.yaml",
        list_key="mappings",
        columns={
            "kind": "kind",
            "name": "name",
            "definition": "definition",
            "shared": "is_shared",
        },
        natural=("kind", "name"),
    ),
)
