"""How the states and days of surveys, opinions and improvements look."""

from core.lists.columns import date_cell
from core.templatetags.kam import status
from engagement.models import (
    ActionState,
    ImprovementAction,
    Opinion,
    OpinionState,
    SurveyCampaign,
    SurveyState,
)

SHAPES = {
    SurveyCampaign: {SurveyState.OPEN: "good"},
    Opinion: {OpinionState.OPEN: "watch"},
    ImprovementAction: {ActionState.EFFECTIVE: "good", ActionState.INEFFECTIVE: "bad"},
}


def state_cell(row):
    return status(row.get_state_display(), SHAPES[type(row)].get(row.state, ""), True)


def due_cell(waits):
    """The day something is due, marked where it has passed and the row still `waits(row)`."""

    def cell(row, context):
        day = date_cell(row.due_on, context)
        late = row.due_on and row.due_on < context.today and waits(row)
        return status(day, "bad", True) if late else day

    return cell
