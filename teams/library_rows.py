"""What the organisation ships: the posts (R-PLT-05)."""

from pathlib import Path

from core.library import Shelf
from teams.models import Post
from teams.rights import Right

TEAMS = (
    Shelf(
        name="post",
        model=Post,
        path=Path(__file__).parent / "library" / "posts.yaml",
        list_key="posts",
        columns={"aliases": "aliases", "sees": "scope", "rights": "rights"},
        natural=("code",),
        words={"rights": dict(Right.choices)},
    ),
)
