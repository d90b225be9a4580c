from django.urls import path

from engagement.views import expenses

urlpatterns = [
    path("expenses/", expenses.expense_list, name="expense_list"),
    path("expenses/export/", expenses.expense_export, name="expense_export"),
    path("expenses/<int:pk>/", expenses.expense_detail, name="expense_detail"),
    path("expenses/<int:pk>/edit/", expenses.expense_edit, name="expense_edit"),
    path("expenses/<int:pk>/answer/", expenses.expense_answer, name="expense_answer"),
    path("expenses/<int:pk>/print/<slug:what>/", expenses.expense_print, name="expense_print"),
    path("accounts/<int:pk>/expenses/", expenses.account_expenses, name="account_expenses"),
    path("accounts/<int:pk>/expenses/new/", expenses.expense_create, name="expense_create"),
    path("accounts/<int:pk>/expenses/reckon/", expenses.expense_reckon, name="expense_reckon"),
]
