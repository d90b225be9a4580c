from django.urls import path

from opportunities.views import account_tab, detail, edit, lists, options, outcome, products, team

app_name = "opportunities"
urlpatterns = [
    path("opportunities/", lists.opportunity_list, name="opportunity_list"),
    path("opportunities/board/", lists.opportunity_board, name="opportunity_board"),
    path("opportunities/new/", edit.opportunity_create, name="opportunity_create"),
    path("opportunities/export/", lists.opportunity_export, name="opportunity_export"),
    path("opportunities/bulk/", lists.opportunity_bulk, name="opportunity_bulk"),
    path("opportunities/options/owners/", options.owner_options, name="owner_options"),
    path("opportunities/options/products/", options.product_options, name="product_options"),
    path("opportunities/<int:pk>/", detail.opportunity_detail, name="opportunity_detail"),
    path("opportunities/<int:pk>/edit/", edit.opportunity_edit, name="opportunity_edit"),
    path(
        "opportunities/<int:pk>/cell/<slug:field>/", edit.opportunity_cell, name="opportunity_cell"
    ),
    path("opportunities/<int:pk>/move/", outcome.opportunity_move, name="opportunity_move"),
    path("opportunities/<int:pk>/win/", outcome.opportunity_win, name="opportunity_win"),
    path("opportunities/<int:pk>/lose/", outcome.opportunity_lose, name="opportunity_lose"),
    path("opportunities/<int:pk>/reopen/", outcome.opportunity_reopen, name="opportunity_reopen"),
    path("opportunities/<int:pk>/step/", edit.opportunity_step, name="opportunity_step"),
    path("opportunities/<int:pk>/archive/", edit.opportunity_archive, name="opportunity_archive"),
    path("opportunities/<int:pk>/restore/", edit.opportunity_restore, name="opportunity_restore"),
    path("opportunities/<int:pk>/owner/", team.opportunity_owner, name="opportunity_owner"),
    path(
        "opportunities/<int:pk>/team/add/",
        team.opportunity_member_add,
        name="opportunity_member_add",
    ),
    path(
        "opportunities/<int:pk>/team/<int:member_pk>/remove/",
        team.opportunity_member_remove,
        name="opportunity_member_remove",
    ),
    path(
        "accounts/<int:pk>/opportunities/",
        account_tab.account_opportunities,
        name="account_opportunities",
    ),
    path(
        "accounts/<int:pk>/opportunities/summary/",
        account_tab.account_summary,
        name="account_summary",
    ),
    path("products/", products.product_list, name="product_list"),
    path("products/export/", products.product_export, name="product_export"),
    path("products/new/", products.product_create, name="product_create"),
    path("products/<int:pk>/", products.product_detail, name="product_detail"),
    path("products/<int:pk>/edit/", products.product_edit, name="product_edit"),
]
