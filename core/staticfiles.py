"""Static files with a fingerprint in their names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class LenientManifestStorage(CompressedManifestStaticFilesStorage):
    """A name missing from the manifest is served unhashed instead of failing the page.

    Third-party style sheets name source maps and fonts that they do not ship.
    """

    manifest_strict = False

    def hashed_name(self, name, content=None, filename=None):
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            return name
