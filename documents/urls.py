from django.urls import path

from documents.views import detail, fill, lists, talk

app_name = "documents"
urlpatterns = [
    path("documents/", lists.document_list, name="document_list"),
    path("documents/export/", lists.document_export, name="document_export"),
    path("documents/forms/", lists.template_list, name="template_list"),
    path("documents/forms/<slug:code>/start/", lists.document_start, name="document_start"),
    path("documents/<int:pk>/", detail.document_detail, name="document_detail"),
    path("documents/<int:pk>/file/", detail.document_file, name="document_file"),
    path("documents/<int:pk>/compare/", detail.document_compare, name="document_compare"),
    path("documents/<int:pk>/revise/", detail.document_revise, name="document_revise"),
    path("documents/<int:pk>/archive/", detail.document_archive, name="document_archive"),
    path("documents/<int:pk>/fill/", fill.document_fill, name="document_fill"),
    path("documents/<int:pk>/save/", fill.document_save, name="document_save"),
    path(
        "documents/<int:pk>/files/<slug:field>/",
        fill.document_file_add,
        name="document_file_add",
    ),
    path(
        "documents/<int:pk>/files/<slug:field>/<uuid:uuid>/remove/",
        fill.document_file_remove,
        name="document_file_remove",
    ),
    path("accounts/<int:pk>/documents/", lists.account_documents, name="account_documents"),
    path("comments/<slug:kind>/<int:pk>/", talk.comment_add, name="comment_add"),
    path("comments/<int:pk>/remove/", talk.comment_remove, name="comment_remove"),
    path("files/<slug:kind>/<int:pk>/", talk.attachment_add, name="attachment_add"),
    path("files/<uuid:uuid>/", talk.attachment_open, name="attachment_open"),
    path("files/<uuid:uuid>/view/", talk.attachment_view, name="attachment_view"),
    path("files/<uuid:uuid>/preview/", talk.attachment_preview, name="attachment_preview"),
    path("files/<uuid:uuid>/remove/", talk.attachment_remove, name="attachment_remove"),
    path("policies/", talk.policy_list, name="policy_list"),
    path("policies/<slug:code>/", talk.policy_detail, name="policy_detail"),
    path(
        "policies/<slug:code>/acknowledge/", talk.policy_acknowledge, name="policy_acknowledge"
    ),
]
