"""Forms as data: templates, their versions, and who has read a policy."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, LibraryModel, TimestampedModel, VersionedModel
from documents.definition import Definition, definition_of

# The whole text of a form says nothing in a line of history; its versions keep it.
TEXT = frozenset({"definition", "digest"})


class FormKind(models.TextChoices):
    FORM = "form", _("form")
    SHEET = "sheet", _("sheet")
    CHECKLIST = "checklist", _("checklist")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")
    ASSESSMENT = "assessment", _("assessment")
    REPORT = "report", _("report")
    POLICY = "policy", _("policy")


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("in use")
    RETIRED = "retired", _("retired")


class TemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Forms are no secret: every colleague may see what is asked."""
        return self.all() if user.is_active else self.none()

    def offered(self):
        """Those one may start a document of."""
        return self.filter(is_active=True, versions__state=VersionState.ACTIVE)


class DocumentTemplate(LibraryModel, BilingualModel, VersionedModel):
    """A form, sheet, checklist, questionnaire, assessment, report or policy (表单模板, R-PLT-09).

    `definition` is the text new documents follow; its versions keep every text ever used.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(
        _("kind"), max_length=13, choices=FormKind, default=FormKind.FORM
    )
    subject_kind = models.CharField(_("about"), max_length=40, blank=True)
    definition = models.TextField(_("definition"), editable=False)
    is_active = models.BooleanField(_("offered"), default=True)

    untold = TEXT
    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("form template")
        verbose_name_plural = _("form templates")
        ordering = ["code"]

    def active_version(self):
        return self.versions.filter(state=VersionState.ACTIVE).first()


class DocumentVersion(VersionedModel):
    """One wording of a template (模板版本): a draft, the one in use, or a retired one.

    The text of a version that was ever in use never changes; documents stay on theirs.
    """

    template = models.ForeignKey(
        DocumentTemplate, models.CASCADE, related_name="versions", verbose_name=_("form template")
    )
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=7, choices=VersionState, default=VersionState.DRAFT
    )
    definition = models.TextField(_("definition"))
    digest = models.CharField(max_length=64, editable=False)
    activated_at = models.DateTimeField(_("in use since"), null=True, blank=True, editable=False)

    untold = TEXT

    class Meta:
        verbose_name = _("version of a form")
        verbose_name_plural = _("versions of forms")
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="form_version_once"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state="active"), name="form_one_active"
            ),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state="draft"), name="form_one_draft"
            ),
        ]

    def __str__(self):
        return f"{self.template} {self.number}"

    @property
    def read(self) -> Definition:
        """The form; versions in use always read."""
        return definition_of(self.definition)


class PolicyAcknowledgement(TimestampedModel):
    """Somebody has read one version of a policy and confirms it (制度确认)."""

    form = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="acknowledgements", verbose_name=_("version")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("acknowledgement of a policy")
        verbose_name_plural = _("acknowledgements of policies")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["form", "user"], name="policy_acknowledged_once")
        ]

    def __str__(self):
        return f"{self.form}: {self.user_id}"
