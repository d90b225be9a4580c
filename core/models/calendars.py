"""When people work: a weekly schedule, and days that differ from it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from core import public_holidays, worktime
from core.models.base import BilingualModel, LibraryModel, VersionedModel
from core.models.ground import City

ORDINARY_DAY = "09:00-12:00, 13:30-18:00"


def check_spans(text: str) -> None:
    """Working spans of a day as people write them."""
    try:
        worktime.parse_spans(text)
    except ValueError:
        raise ValidationError(
            _("Write spans such as 09:00-12:00, 13:30-18:00 in order; leave a free day empty.")
        ) from None


def weekday_hours(name, default=""):
    return models.CharField(
        name, max_length=80, blank=True, default=default, validators=[check_spans]
    )


class WorkSchedule(LibraryModel, VersionedModel):
    """The weekly working hours (工作时间) of a city; without a city, of the company.

    Time limits run only within them. A city without a row of its own follows the company's.
    """

    city = models.OneToOneField(
        City,
        models.CASCADE,
        verbose_name=_("city"),
        related_name="work_schedule",
        null=True,
        blank=True,
        help_text=_("Empty: the whole company."),
    )
    monday = weekday_hours(_("Monday"), ORDINARY_DAY)
    tuesday = weekday_hours(_("Tuesday"), ORDINARY_DAY)
    wednesday = weekday_hours(_("Wednesday"), ORDINARY_DAY)
    thursday = weekday_hours(_("Thursday"), ORDINARY_DAY)
    friday = weekday_hours(_("Friday"), ORDINARY_DAY)
    saturday = weekday_hours(_("Saturday"))
    sunday = weekday_hours(_("Sunday"))
    holidays_of = models.CharField(
        _("public holidays of"),
        max_length=2,
        blank=True,
        help_text=_("Country code. Empty: the country of the city."),
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["city"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("city", Value(0)),
                name="one_schedule_a_city",
                violation_error_message=_("This city has its working hours already."),
            )
        ]

    def __str__(self):
        return str(self.city) if self.city_id else str(_("Whole company"))

    @property
    def weekdays(self) -> tuple[str, ...]:
        """The hours from Monday on, as written."""
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )

    @property
    def spans_by_weekday(self) -> tuple[worktime.Spans, ...]:
        return tuple(worktime.parse_spans(text) for text in self.weekdays)

    def clean(self):
        if not any(text.strip() for text in self.weekdays):
            raise ValidationError({"monday": _("At least one day of the week needs hours.")})
        if self.holidays_of and not public_holidays.is_known(self.holidays_of):
            raise ValidationError(
                {"holidays_of": _("The public holidays of this country are not known.")}
            )


class CalendarDay(BilingualModel, VersionedModel):
    """A day that differs from the week and from the public holidays (节假日调整): a holiday of our
    own, or a make-up workday (调休上班). It goes before what the public calendar says."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        WORKDAY = "workday", _("working day")

    day = models.DateField(_("day"))
    city = models.ForeignKey(
        City,
        models.CASCADE,
        verbose_name=_("city"),
        related_name="calendar_days",
        null=True,
        blank=True,
        help_text=_("Empty: all cities."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.HOLIDAY)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["-day", "city"]
        constraints = [
            models.UniqueConstraint(
                "day",
                Coalesce("city", Value(0)),
                name="one_special_day_a_city",
                violation_error_message=_("This day is entered already for that city."),
            )
        ]

    def __str__(self):
        return f"{formats.date_format(self.day, 'Y-m-d')} {self.name}".strip()
