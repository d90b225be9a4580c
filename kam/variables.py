"""The variables of an installation, taken as they are written."""

import environ


class PlainEnv(environ.Env):
    """A value that begins with "$" is that value (a password may), not the name of another."""

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False):
        value = self.ENVIRON.get(var, "")
        if value.startswith("$"):
            return self.parse_value(value, cast)
        return super().get_value(var, cast, default, parse_default)
