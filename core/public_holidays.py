"""Public holidays and make-up workdays of a country, as the package `holidays` knows them."""

import datetime
from functools import cache

from core.deferred import deferred

package = deferred("holidays")
# Countries whose calendar is announced year by year; elsewhere the rules are computed.
ANNOUNCED = frozenset({"CN"})


@cache
def days_of(country: str, year: int) -> dict[datetime.date, bool]:
    """Each day of the year that differs from the week: True for a make-up workday, False for a
    holiday. Empty where the package does not know the country."""
    if not is_known(country):
        return {}
    # A make-up workday at the end of a year is announced with the next year's holidays.
    found = package.country_holidays(country, years=[year, year + 1])
    holidays = {day: False for day in found if day.year == year}
    return holidays | {day: True for day in found.weekend_workdays if day.year == year}


def is_known(country: str) -> bool:
    return country in package.list_supported_countries()


@cache
def covers(country: str, year: int) -> bool:
    """Whether the holidays of a year are known, with the make-up workdays where there are any."""
    if not is_known(country):
        return False
    calendar = package.country_holidays(country)
    if country in ANNOUNCED:
        return year in calendar.special_public_holidays
    return calendar.start_year <= year <= calendar.end_year
