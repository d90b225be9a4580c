"""Definitions read once per process: reading one costs milliseconds, and versions never change."""

from functools import lru_cache

from core.expressions import Expression, parse
from flows.definition import read
from flows.models import FlowVersion
from flows.shape import Flow


def flow_of(version) -> Flow:
    """The flow a version defines."""
    return _flow(version.pk, version.digest)


@lru_cache(maxsize=512)
def _flow(version_id: int, digest: str) -> Flow:
    return read(FlowVersion.objects.only("definition").get(pk=version_id).definition)


@lru_cache(maxsize=2048)
def condition(text: str, names: tuple[tuple[str, str], ...]) -> Expression:
    return parse(text, dict(names), "yes_no")


def names_of(adapter) -> tuple[tuple[str, str], ...]:
    """The names an expression may read of a subject, with their kinds."""
    return tuple((field.name, field.kind) for field in adapter.fields)
