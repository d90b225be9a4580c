from django.urls import path

from flows.views import batch, moving, punctual, runs, templates, work

app_name = "flows"
urlpatterns = [
    path("work/", work.my_work, name="my_work"),
    path("work/new/", work.item_create, name="item_create"),
    path("work/batch/", batch.item_batch, name="item_batch"),
    path("work/items/<int:pk>/", work.item_detail, name="item_detail"),
    path("work/items/<int:pk>/answer/", work.item_answer, name="item_answer"),
    path("work/items/<int:pk>/forms/<slug:code>/", work.item_fill, name="item_fill"),
    path("work/items/<int:pk>/delegate/", work.item_delegate, name="item_delegate"),
    path("work/items/<int:pk>/sign/", work.item_sign, name="item_sign"),
    path("work/items/<int:pk>/reassign/", work.item_reassign, name="item_reassign"),
    path("work/items/<int:pk>/return/", work.item_return, name="item_return"),
    path("work/items/<int:pk>/suspend/", work.item_suspend, name="item_suspend"),
    path("work/items/<int:pk>/excuse/", work.item_excuse, name="item_excuse"),
    path("work/items/<int:pk>/claim/", work.item_claim, name="item_claim"),
    path("work/items/<int:pk>/resume/", work.item_resume, name="item_resume"),
    path("work/items/<int:pk>/take-back/", work.item_take_back, name="item_take_back"),
    path("work/on-time/", punctual.on_time, name="on_time"),
    path("work/on-time/items/", punctual.on_time_items, name="on_time_items"),
    path("work/on-time/export/", punctual.on_time_export, name="on_time_export"),
    path("flows/", templates.template_list, name="template_list"),
    path("flows/runs/", runs.run_list, name="run_list"),
    path("flows/runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("flows/runs/<int:pk>/withdraw/", runs.run_withdraw, name="run_withdraw"),
    path("flows/runs/<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("flows/runs/<int:pk>/skip/", runs.run_skip, name="run_skip"),
    path("flows/runs/<int:pk>/nudge/", runs.run_nudge, name="run_nudge"),
    path("flows/<slug:code>/", templates.template_detail, name="template_detail"),
    path("flows/<slug:code>/move/", moving.runs_move, name="runs_move"),
    path("flows/<slug:code>/start/", templates.run_start, name="run_start"),
]
