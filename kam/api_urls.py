"""The addresses of the API. There is one more for everything else, so that a wrong address is
answered in the API's own shape."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from accounts.api import AccountViewSet, ContactViewSet
from core.api.imports import ImportViewSet
from core.api.views import ApiRoot, SchemaView, UnknownAddress
from core.views.api_docs import api_docs
from documents.api import AttachmentViewSet, DocumentViewSet
from engagement.api.callbacks import CallbackViewSet
from engagement.api.communications import CommunicationViewSet
from engagement.api.expenses import ExpenseClaimViewSet
from engagement.api.mailings import MailingRecipientViewSet, MailingViewSet
from engagement.api.surveys import (
    ImprovementViewSet,
    OpinionViewSet,
    SurveyAnswerViewSet,
    SurveyViewSet,
)
from engagement.api.visits import VisitViewSet
from flows.items_api import ItemViewSet
from flows.runs_api import RunViewSet
from notifications.api import NotificationViewSet
from opportunities.api import OpportunityViewSet, ProductViewSet
from planning.api import FileChangeViewSet
from planning.archive_api import FiledDocumentViewSet, FiledFileViewSet
from planning.registration_api import RegistrationViewSet
from teams.api import UserViewSet

router = SimpleRouter()
router.register("accounts", AccountViewSet, "account")
router.register("contacts", ContactViewSet, "contact")
router.register("opportunities", OpportunityViewSet, "opportunity")
router.register("products", ProductViewSet, "product")
router.register("file-changes", FileChangeViewSet, "file-change")
router.register("registrations", RegistrationViewSet, "registration")
router.register("filed-documents", FiledDocumentViewSet, "filed-document")
router.register("filed-files", FiledFileViewSet, "filed-file")
router.register("surveys", SurveyViewSet, "survey")
router.register("survey-answers", SurveyAnswerViewSet, "survey-answer")
router.register("opinions", OpinionViewSet, "opinion")
router.register("improvements", ImprovementViewSet, "improvement")
router.register("expense-claims", ExpenseClaimViewSet, "expense-claim")
router.register("documents", DocumentViewSet, "document")
router.register("attachments", AttachmentViewSet, "attachment")
router.register("runs", RunViewSet, "run")
router.register("work-items", ItemViewSet, "work-item")
router.register("visits", VisitViewSet, "visit")
router.register("callbacks", CallbackViewSet, "callback")
router.register("communications", CommunicationViewSet, "communication")
router.register("mailings", MailingViewSet, "mailing")
router.register("mailing-recipients", MailingRecipientViewSet, "mailing-recipient")
router.register("users", UserViewSet, "user")
router.register("imports", ImportViewSet, "import")
router.register("notifications", NotificationViewSet, "notification")

app_name = "api"
urlpatterns = [
    path("", ApiRoot.as_view(), name="root"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
    *router.urls,
    re_path(r"^(?P<rest>.*/)$", UnknownAddress.as_view(), name="unknown"),
]
