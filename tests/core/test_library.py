"""Shipped definitions: loaded once, kept where somebody changed them, gone where deleted."""

import dataclasses

import pytest
import yaml

from accounts.models import Industry, Tier, TierMapping, TierScheme
from core import library
from core.models import AuditEntry, City, CompanySettings, Currency, LibraryTombstone
from core.writing import edit
from teams.models import Post
from teams.rights import Right
from teams.services import create_user, delete_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    return library.load()


@pytest.fixture
def ship(monkeypatch):
    """Ship other values for one row, as the next release would."""

    def change(code, **values):
        for shelf in library.shelves():
            rows = library.shipped_rows(shelf)
            if any(row.code == code for row in rows):
                new = tuple(_changed(row, values) if row.code == code else row for row in rows)
                by_shelf[shelf] = new

    def _changed(row, values):
        mixed = row.values | values
        return dataclasses.replace(
            row, values=mixed, digest=library._digest(mixed), version=row.version + 1
        )

    by_shelf = {}
    shipped = library.shipped_rows
    monkeypatch.setattr(
        library, "shipped_rows", lambda shelf: by_shelf.get(shelf) or shipped(shelf)
    )
    return change


def test_an_empty_database_gets_everything_once(loaded):
    assert Currency.objects.filter(code__in=["CNY", "USD", "EUR", "HKD", "JPY", "GBP"]).count() == 6
    assert City.objects.filter(province_en="Jiangsu").count() == 13
    assert Industry.objects.count() == 14
    assert CompanySettings.objects.get().currency_id == "CNY"
    assert not library.load().changed
    assert AuditEntry.objects.filter(action="library.loaded").count() == 1


def test_loading_again_is_a_handful_of_reads(loaded, django_assert_max_num_queries):
    with django_assert_max_num_queries(len(library.shelves()) + 5):
        library.load()


def test_the_four_tier_schemes_are_those_of_the_requirements(loaded):
    tiers = {
        scheme.code: [tier.code for tier in scheme.tiers.all()]
        for scheme in TierScheme.objects.prefetch_related("tiers")
    }
    assert tiers == {
        "a": ["core", "strategic", "important", "potential"],
        "b": ["core", "important", "strategic"],
        "c": ["strategic", "important", "ordinary"],
        "d": ["extra_large", "large_1", "large_2", "large_3"],
    }
    assert TierScheme.objects.get(is_default=True).code == "a"
    assert Tier.objects.get(only_without_contract=True).code == "potential"
    undefined = Tier.objects.filter(scheme__code="b", criteria_zh="").values_list("code", flat=True)
    assert set(undefined) == {"important", "strategic"}


def test_every_tier_maps_into_every_other_scheme(loaded):
    for tier in Tier.objects.all():
        others = set(TierScheme.objects.exclude(pk=tier.scheme_id))
        assert {m.to_scheme for m in tier.maps_to.select_related("to_scheme")} == others
    for mapping in TierMapping.objects.select_related("to_tier"):
        assert mapping.to_tier.scheme_id == mapping.to_scheme_id
        assert not mapping.to_tier.only_without_contract


def test_posts_hold_known_rights_and_names_in_both_languages(loaded):
    posts = list(Post.objects.all())
    assert len(posts) >= 23
    for post in posts:
        assert set(post.rights) <= set(Right.values)
        assert post.name_zh and post.name_en
    assert set(Post.objects.get(code="administrator").rights) == set(Right.values)


def in_flow_style(node) -> bool:
    """Whether a mapping in it is written in braces; a text may have some."""
    if not isinstance(node, yaml.CollectionNode):
        return False
    if isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
        return bool(node.flow_style) or any(map(in_flow_style, inner))
    return any(map(in_flow_style, node.value))


def test_a_mapping_in_braces_is_found():
    assert in_flow_style(yaml.compose("rows:\n  - {code: one}\n"))
    assert not in_flow_style(yaml.compose("rows:\n  - text: 'for {name}'\n"))


def test_files_are_in_block_style_and_say_both_languages():
    for shelf in library.shelves():
        if not shelf.path.exists():
            continue
        for path in shelf.path.glob("*.yaml") if shelf.path.is_dir() else [shelf.path]:
            text = path.read_text(encoding="utf-8")
            assert "\t" not in text and not in_flow_style(yaml.compose(text)), path
            assert yaml.safe_load(text)["version"] >= 1
        for row in library.shipped_rows(shelf):
            if "name_zh" in row.values:
                assert row.values["name_zh"] and row.values["name_en"], row.code


def test_an_untouched_row_follows_the_library(loaded, ship):
    ship("industry:mining", name_en="Mining and quarrying")
    report = library.load()
    assert report.updated == ["industry:mining"] and not report.kept
    row = Industry.objects.get(code="mining")
    assert row.name_en == "Mining and quarrying" and row.version == 2
    entry = AuditEntry.objects.get(action="library.updated")
    assert entry.changes["name_en"] == ["Mining", "Mining and quarrying"]
    assert not library.load().changed


def test_a_changed_row_is_kept_and_offered_with_what_differs(loaded, ship):
    row = Industry.objects.get(code="mining")
    edit(instance=row, values={"name_en": "Our mining"}, actor=None, action="industry.edited")
    assert library.updates() == []
    ship("industry:mining", name_en="Mining and quarrying", name_zh="采矿业")
    assert library.load().kept == ["industry:mining"]
    assert Industry.objects.get(code="mining").name_en == "Our mining"
    [update] = library.updates()
    assert {field.name: (mine, theirs) for field, mine, theirs in update.differences()} == {
        "name_en": ("Our mining", "Mining and quarrying"),
        "name_zh": ("矿业", "采矿业"),
    }


def test_the_shipped_version_can_be_taken(loaded, ship):
    Industry.objects.filter(code="mining").update(name_en="Our mining")
    ship("industry:mining", name_en="Mining and quarrying")
    library.take_shipped(code="industry:mining", actor=None)
    assert Industry.objects.get(code="mining").name_en == "Mining and quarrying"
    assert library.updates() == []


def test_keeping_the_own_version_ends_the_offer_until_the_next_release(loaded, ship):
    Industry.objects.filter(code="mining").update(name_en="Our mining")
    ship("industry:mining", name_en="Mining and quarrying")
    library.keep_own(code="industry:mining", actor=None)
    assert library.updates() == [] and not library.load().changed
    assert Industry.objects.get(code="mining").name_en == "Our mining"
    ship("industry:mining", name_en="Extraction")
    assert [update.code for update in library.updates()] == ["industry:mining"]


def test_a_deleted_row_stays_away_and_can_be_brought_back(loaded):
    post = Post.objects.get(code="production")
    delete_post(post=post, actor=None)
    assert not library.load().changed
    assert not Post.objects.filter(code="production").exists()
    library.bring_back(code="post:production", actor=None)
    assert Post.objects.filter(code="production").exists()


def test_what_hangs_on_a_deleted_row_stays_away_too(loaded):
    scheme = TierScheme.objects.get(code="d")
    library.bury(scheme)
    scheme.delete()
    assert not library.load().changed
    assert not Tier.objects.filter(code="extra_large").exists()
    codes = set(LibraryTombstone.objects.values_list("library_code", flat=True))
    assert {"scheme:d", "tier:d.large_1", "tier_mapping:a.core>d"} <= codes


def test_a_row_that_was_there_already_is_taken_as_ones_own():
    Industry.objects.create(code="mining", name_zh="我们的矿业")
    report = library.load()
    adopted = [code for code in report.adopted if code.startswith("industry:")]
    assert adopted == ["industry:mining"]
    row = Industry.objects.get(code="mining")
    assert row.name_zh == "我们的矿业" and row.library_code == "industry:mining"
    assert not library.load().changed


def test_an_own_default_scheme_stays_the_default():
    own = TierScheme.objects.create(code="own", name_zh="自有", is_default=True)
    library.load()
    assert TierScheme.objects.get(is_default=True) == own
    assert not library.load().changed


def test_company_settings_somebody_changed_stay(loaded):
    CompanySettings.objects.update(list_page_size=100)
    library.load()
    assert CompanySettings.objects.get().list_page_size == 100


def test_a_mistake_in_a_file_names_the_row(loaded, tmp_path):
    path = tmp_path / "industries.yaml"
    path.write_text("version: 1\nindustries:\n  - code: x\n    colour: red\n")
    shelf = dataclasses.replace(library.shelf_of(Industry), path=path)
    with pytest.raises(library.LibraryError, match="industries.yaml: x: unknown colour"):
        library.shipped_rows(shelf)


def test_a_post_from_the_library_works(loaded):
    user = create_user(
        actor=None, username="li", post=Post.objects.get(code="sales_director"), name_zh="李"
    )
    assert user.has_right(Right.CHANGE_TIER) and not user.has_right(Right.MANAGE_PEOPLE)
