"""What `manage.py load_library` brings for accounts and posts."""

import pytest

from accounts.models import Industry, QualificationTrait, TierMapping, TierScheme
from teams.models import Post
from teams.rights import Right

POSTS_OF_THE_REQUIREMENTS = 20


@pytest.fixture
def library(shipped):
    """All of it."""


def test_the_fourteen_industries_are_there(library):
    names = {row.name_en.casefold() for row in Industry.objects.filter(is_active=True)}
    for name in ("agriculture", "banking", "mining", "insurance", "services", "manufacturing"):
        assert name in names
    assert len(names) >= 14


def test_the_four_schemes_are_shipped_and_the_first_is_the_default(library):
    default = TierScheme.objects.get(is_default=True)
    assert TierScheme.objects.count() == 4
    assert [tier.name_en.casefold() for tier in default.tiers.all()] == [
        "core",
        "strategic",
        "important",
        "potential",
    ]
    assert [tier.only_without_contract for tier in default.tiers.all()] == [False] * 3 + [True]
    sizes = sorted(scheme.tiers.count() for scheme in TierScheme.objects.all())
    assert sizes == [3, 3, 4, 4]


def test_the_four_tiers_come_with_their_intervals(library):
    """Visits, surveys, callbacks and confirmations of the file; starting values that people may
    change."""
    rows = TierScheme.objects.get(is_default=True).tiers
    assert list(
        rows.values_list("visit_interval_days", "survey_interval_days", "file_interval_days")
    ) == [(14, 90, 90), (14, 180, 90), (30, 180, 90), (60, 180, 90)]
    assert list(rows.values_list("callback_interval_days", flat=True)) == [30, 30, 60, 90]


def test_tiers_map_only_into_other_schemes(library):
    rows = list(TierMapping.objects.select_related("from_tier", "to_tier"))
    assert rows
    for row in rows:
        assert row.to_tier.scheme_id == row.to_scheme_id != row.from_tier.scheme_id


def test_the_six_traits_are_there_in_both_languages(library):
    traits = list(QualificationTrait.objects.all())
    assert len(traits) == 6
    assert all(trait.name_zh and trait.name_en for trait in traits)


def test_every_post_of_the_requirements_is_shipped_with_valid_rights(library):
    posts = list(Post.objects.all())
    assert len(posts) >= POSTS_OF_THE_REQUIREMENTS
    for post in posts:
        assert post.name_zh and post.name_en
        assert set(post.rights) <= set(Right.values), post.code
