"""When the shipped jobs run. Administrators change times and switch jobs off in the admin
(django_celery_beat); what they changed is kept, the rest follows this list."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import (
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
)


@dataclass(frozen=True)
class Job:
    """One line of the timetable. `when`: "every 60 s", or minute hour day month weekday.

    `looks`: the job looks for waiting work, so it also runs on every pass of `run_jobs`.
    """

    code: str
    task: str
    when: str
    zh: str
    en: str
    looks: bool = False

    @property
    def description(self) -> str:
        return f"{self.zh} / {self.en} [{self.when}]"


TIMETABLE = (
    Job(
        "kam.clean_up",
        "kam.jobs.clean_up",
        "20 3 * * *",
        "删除过期的会话、请求键和作业记录",
        "Delete expired sessions, request keys and job records",
    ),
    Job(
        "core.resume_imports",
        "core.jobs.resume_imports",
        "every 60 s",
        "继续被中断或尚未开始的导入",
        "Go on with imports that were interrupted or not begun",
        looks=True,
    ),
    Job(
        "core.check_calendars",
        "core.jobs.check_calendars",
        "10 6 * * *",
        "检查工作日历是否缺少节假日数据",
        "Check whether the working calendar lacks public holidays",
    ),
    Job(
        "notifications.look",
        "notifications.jobs.look",
        "every 60 s",
        "写下到期的通知，发出等待的邮件和推送",
        "Write the notices that are due, send the e-mails and webhooks that wait",
        looks=True,
    ),
    Job(
        "notifications.make_digests",
        "notifications.jobs.make_digests",
        "every 300 s",
        "汇总到点的每日通知",
        "Bundle the daily digest of whoever's time has come",
    ),
    Job(
        "notifications.repair",
        "notifications.jobs.repair",
        "10 3 * * *",
        "清理已读的旧通知、推送记录和邮件文件",
        "Forget old notifications that were read, webhook calls and e-mail files",
    ),
    Job(
        "planning.check_files",
        "planning.jobs.check_files",
        "50 6 * * *",
        "提醒核对过期的客户档案",
        "Tell of customer files that are due to be confirmed",
    ),
    Job(
        "engagement.check_cadence",
        "engagement.jobs.cadence.check_cadence",
        "40 6 * * *",
        "超期未访的客户：生成待办，告知上级",
        "Accounts that were not visited in time: give out work, tell superiors",
    ),
    Job(
        "planning.check_archive",
        "planning.jobs.check_archive",
        "55 6 * * *",
        "告知保存期已满的档案",
        "Tell of what is past its time in the archive",
    ),
    Job(
        "documents.follow_subjects",
        "documents.jobs.follow_subjects",
        "50 2 * * *",
        "让单据、附件和评论跟随客户的转移",
        "Let documents, files and comments follow their account when it is handed over",
    ),
    Job(
        "opportunities.repair_account_figures",
        "opportunities.jobs.repair_account_figures",
        "40 2 * * *",
        "核对客户的首次与最近签约日期",
        "Compare the contract dates of accounts with their won opportunities",
    ),
    Job(
        "engagement.repair_visits",
        "engagement.jobs.visits.repair",
        "5 0 * * *",
        "核对客户的上次与下次拜访日期，移交失去客户者的拜访",
        "Compare the visit dates of accounts with their visits, hand on visits of who lost them",
    ),
    Job(
        "engagement.plan_callbacks",
        "engagement.jobs.plan_callbacks",
        "20 6 * * *",
        "按等级周期和已关闭的投诉安排客户回访，移交失去客户者的回访",
        "Plan callbacks that are due by tier or after complaints, hand on those of who lost them",
    ),
    Job(
        "flows.tick",
        "flows.jobs.tick",
        "every 60 s",
        "让等待中的流程步骤重新判断",
        "Let waiting steps of flows look again",
        looks=True,
    ),
    Job(
        "flows.watch_limits",
        "flows.jobs.watch_limits",
        "every 60 s",
        "待办时限：预警、记录超期、告知上级",
        "Time limits of work: warn, note what is late, tell superiors",
        looks=True,
    ),
    Job(
        "flows.return_unseen",
        "flows.jobs.return_unseen",
        "every 3600 s",
        "将看不到客户的人手中的待办交给客户经理",
        "Give work of who no longer sees an account to its manager",
    ),
    Job(
        "flows.follow_subjects",
        "flows.jobs.follow_subjects",
        "55 2 * * *",
        "让流程和待办跟随客户的转移",
        "Let flows and work follow their account when it is handed over",
    ),
    Job(
        "flows.check_drift",
        "flows.jobs.check_drift",
        "30 2 * * *",
        "核对流程的步骤、待办与状态，不一致时告知管理员",
        "Compare step, work and status of flows; tell administrators where they disagree",
    ),
    Job(
        "engagement.keep_surveys",
        "engagement.jobs.keep_surveys",
        "every 60 s",
        "满意度调查：到时发出、提醒、截止、跟进与分析",
        "Surveys: send, remind, close, follow up and analyse in time",
        looks=True,
    ),
    Job(
        "engagement.keep_mailings",
        "engagement.jobs.keep_mailings",
        "every 60 s",
        "群发：到时发出、逐条写入发件箱、记录结果",
        "Mailings: begin in time, write each message once, note what became of it",
        looks=True,
    ),
    Job(
        "engagement.follow_opinions",
        "engagement.jobs.follow_opinions",
        "every 300 s",
        "收录意见调查表中的意见，结清已完成的改进",
        "Take in the opinions of sheets, settle improvements whose work is done",
        looks=True,
    ),
    Job(
        "engagement.prepare_surveys",
        "engagement.jobs.prepare_surveys",
        "30 5 * * *",
        "按等级周期准备满意度调查，核对客户的满意度",
        "Prepare surveys that are due by tier, compare the satisfaction of accounts",
    ),
    Job(
        "teams.repair_pools",
        "teams.jobs.repair_pools",
        "10 2 * * *",
        "核对岗位和虚拟团队的人员组",
        "Compare the groups of people with posts and virtual teams",
    ),
)


def sync_timetable(jobs: tuple[Job, ...] = TIMETABLE) -> None:
    """Bring django_celery_beat in line with the list, keeping what an administrator changed.

    The description ends with the time that was shipped last: where the row still runs at that
    time it follows a new one, otherwise somebody chose another. Jobs that are no longer shipped
    are removed with their task.
    """
    with transaction.atomic():
        rows = {row.name: row for row in PeriodicTask.objects.select_related("crontab", "interval")}
        changed = 0
        for job in jobs:
            row = rows.get(job.code)
            if row is None:
                PeriodicTask(name=job.code, task=job.task, **_written(job)).save()
                changed += 1
            elif row.task != job.task or row.description != job.description:
                values = {"task": job.task, "description": job.description}
                if _time_of(row) == shipped_time(row):
                    values = {"task": job.task, **_written(job)}
                PeriodicTask.objects.filter(pk=row.pk).update(**values)
                changed += 1
        changed += PeriodicTask.objects.filter(
            name__in=[
                name
                for name, row in rows.items()
                if shipped_time(row) and name not in {job.code for job in jobs}
            ]
        ).delete()[0]
        if changed:
            PeriodicTasks.update_changed()


def shipped_time(row: PeriodicTask) -> str:
    """The time this row was shipped with; "" for a row that an administrator made."""
    match = re.search(r"\[([^]]+)\]$", row.description)
    return match[1] if match else ""


def _time_of(row: PeriodicTask) -> str:
    if row.interval:
        return _interval_text(row.interval)
    if row.crontab:
        c = row.crontab
        return f"{c.minute} {c.hour} {c.day_of_month} {c.month_of_year} {c.day_of_week}"
    return ""


def _interval_text(interval: IntervalSchedule) -> str:
    return f"every {interval.every} s" if interval.period == IntervalSchedule.SECONDS else "other"


def _written(job: Job) -> dict:
    """The columns of a PeriodicTask that say what a line says."""
    crontab = interval = None
    if match := re.fullmatch(r"every (\d+) s", job.when):
        interval, _ = IntervalSchedule.objects.get_or_create(
            every=int(match[1]), period=IntervalSchedule.SECONDS
        )
    else:
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        crontab, _ = CrontabSchedule.objects.get_or_create(
            **dict(zip(names, job.when.split(), strict=True)), timezone=settings.TIME_ZONE
        )
    return {"crontab": crontab, "interval": interval, "description": job.description}
