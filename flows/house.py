"""What a definition may refer to in this house, collected as plain values."""

from django.db.models import Count, Q

from core.subjects import subjects
from documents.models import DocumentTemplate
from flows.cache import flow_of
from flows.checking import House
from flows.models import FlowVersion, VersionState
from teams.models import Pool, Post, User
from teams.selectors import administrators


def house_for(flow, *, editor=None, others=None) -> House:
    """The names one flow may use. `editor` may not use fields they may not see; `others` are
    flows loaded together with it: {code: ends}."""
    adapter = subjects().get(flow.subject)
    held = Count("holders", filter=Q(holders__is_active=True))
    posts = Post.objects.filter(is_active=True).annotate(held=held)
    fields = adapter.fields if adapter else ()
    hidden = (
        field.name
        for field in fields
        if field.right and editor is not None and not editor.has_right(field.right)
    )
    return House(
        subjects=frozenset(subjects()),
        statuses=tuple(adapter.statuses) if adapter else (),
        names={field.name: field.kind for field in fields},
        hidden=frozenset(hidden),
        roles=frozenset(adapter.roles) if adapter else frozenset(),
        gates=frozenset(adapter.gates) if adapter else frozenset(),
        actions=frozenset(adapter.actions) if adapter else frozenset(),
        posts=dict(posts.values_list("code", "held")),
        pools=frozenset(Pool.objects.filter(is_active=True).values_list("code", flat=True)),
        users=frozenset(User.objects.filter(is_active=True).values_list("username", flat=True)),
        documents=frozenset(DocumentTemplate.objects.values_list("code", flat=True)),
        flows=_ends_of_others() | (others or {}) | {flow.code: frozenset(flow.ends)},
        accountable=administrators().exists(),
    )


def _ends_of_others() -> dict[str, frozenset[str]]:
    versions = FlowVersion.objects.filter(state=VersionState.ACTIVE).select_related("template")
    return {version.template.code: frozenset(flow_of(version).ends) for version in versions}
