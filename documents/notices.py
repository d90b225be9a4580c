"""What documents tell people of (settings.KAM_NOTICE_KINDS)."""

from notifications.kinds import Kind

KINDS = (
    Kind(
        "documents.mention",
        "评论中提到我",
        "I am named in a comment",
        group_zh="协作",
        group_en="Working together",
    ),
)
