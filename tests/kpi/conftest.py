from tests.opportunities.conftest import as_user, cast  # noqa: F401
