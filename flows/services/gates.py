"""What an outcome needs first."""

from django.urls import reverse

from documents.selectors import missing_document
from flows.checking import DOCUMENT


def missing_for(move, outcome) -> list[tuple[str, str]]:
    """(what is missing, link) of every gate of an outcome; empty where it may be taken. A form that
    is missing is begun on the page of the run."""
    run, found = move.run, []
    page = reverse("flows:run_detail", args=[run.pk])
    for gate in outcome.needs:
        if gate.startswith(DOCUMENT):
            lack = missing_document(run.subject_type, run.subject_id, gate[len(DOCUMENT) :])
            found += [(lack, page)] if lack else []
        else:
            found += [(text, "") for text in move.adapter.missing(move.subject, gate)]
    return found
