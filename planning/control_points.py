"""The six control points of key-account management (大客户管理工作流程, R-ACC-39, F-20)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Point:
    """One control point. `number` as on the chart; `document` names what comes out of it."""

    code: str
    number: str
    name: str
    document: str


POINTS = (
    Point("collect", "1", _("Collect data"), _("data card")),
    Point("grade", "2", _("Grade and classify"), _("control procedure")),
    Point("strategy", "3", _("Set strategy and objectives"), _("strategy document")),
    Point("execute", "4", _("Execute"), _("plan and results")),
    Point("needs", "5.1", _("After-sales service: know the needs"), _("opinion survey sheet")),
    Point("serve", "5.2", _("After-sales service: serve per need"), _("service record")),
    Point("archive", "6", _("File archive"), _("key-account file")),
)
CHOICES = tuple((point.code, point.name) for point in POINTS)
