"""Names that history keeps in both languages are told in the reader's."""

from django.utils.translation import override

from core.history import both, chosen


def test_each_reader_sees_one_language_and_what_stands_around():
    kept = f"{both('甲', 'First')}, 5.00, {both('同意', 'Approve')}: why"
    with override("zh-hans"):
        assert chosen(kept) == "甲, 5.00, 同意: why"
    with override("en"):
        assert chosen(kept) == "First, 5.00, Approve: why"


def test_a_name_in_one_language_and_a_slash_of_the_data_stay():
    assert both("", "Only") == "Only" and both("MPLS", "MPLS") == "MPLS"
    with override("en"):
        assert chosen("专线 / SD-WAN") == "专线 / SD-WAN"
