"""Scheduled work of surveys; the timetable is in kam."""

from celery import shared_task

from engagement.services import opinions, survey_cadence, survey_letters, survey_results, surveys
from engagement.services.improvements import settle_finished


@shared_task(name="engagement.jobs.keep_surveys")
def keep_surveys() -> dict[str, int]:
    """Each minute: begin, write, remind, close, follow up, analyse. Twice at once is harmless."""
    told = {"opened": surveys.open_due()}
    told |= survey_letters.write_letters()
    told["followed_up"] = survey_results.follow_up()
    told["closed"] = surveys.close_due()
    return told | survey_results.analyse_closed()


@shared_task(name="engagement.jobs.follow_opinions")
def follow_opinions() -> dict[str, int]:
    """Every five minutes: opinions of complete sheets, improvements whose work was ticked off."""
    return {"opinions": opinions.collect_sheets(), "settled": settle_finished()}


@shared_task(name="engagement.jobs.prepare_surveys")
def prepare_surveys() -> dict[str, int]:
    """Each night: surveys of accounts that are due by their tier, and the figures of accounts."""
    return {
        "prepared": survey_cadence.prepare_due(),
        "repaired": survey_results.repair_satisfaction(),
    }
