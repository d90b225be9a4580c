from django.urls import path

from core.views import imports, language, saved_views, search, tokens

app_name = "core"
urlpatterns = [
    path("search/", search.search, name="search"),
    path("views/save/", saved_views.view_save, name="view_save"),
    path("views/<int:pk>/", saved_views.view_edit, name="view_edit"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view_delete"),
    path("profile/tokens/", tokens.token_list, name="token_list"),
    path("profile/tokens/new/", tokens.token_create, name="token_create"),
    path("profile/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_create, name="import_create"),
    path("imports/template/<slug:kind>/", imports.import_template, name="import_template"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("imports/<int:pk>/read/", imports.import_read, name="import_read"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/cell/", imports.import_cell, name="import_cell"),
    path("imports/<int:pk>/alike/", imports.import_alike, name="import_alike"),
    path("imports/<int:pk>/decide/", imports.import_decide, name="import_decide"),
    path("imports/<int:pk>/commit/", imports.import_commit, name="import_commit"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/errors.<str:form>", imports.import_errors, name="import_errors"),
    path("language/", language.set_language, name="language"),
]
