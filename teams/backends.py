"""How a session finds its person."""

from allauth.account.auth_backends import AuthenticationBackend

from core.compiled import NUMBER, Compiled
from teams.models import User


class PeopleBackend(AuthenticationBackend):
    """Log-in by name or e-mail. A wrong password is hashed once, because this backend is alone."""

    def get_user(self, user_id):
        user = person(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


# Every request of every page starts here.
_PERSON = Compiled(
    lambda pk: User.objects.select_related("post", "unit").filter(pk=pk).order_by(), pk=NUMBER
)


def person(pk: int) -> User | None:
    """The person with post and department, in one query."""
    return _PERSON.first(pk=int(pk))
