"""Taking the history out of the desk: as a file at once, or as a workbook when it is ready."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders.exports import csv_of, json_of, wanted_by
from orders.history import narrowed_to
from orders.models import Export, ExportPart
from orders.presentation import may_see
from orders.services.workers import anybody_works
from orders.views.requests import DeskRequest, needs, wants_fragment
from orders.workbooks import KEPT, start_workbook

MOST_AT_ONCE = 3  # workbooks of one person that wait or are being written
SHOWN = 50
PATIENCE = timedelta(seconds=10)  # a workbook that waits for longer than this may lack a worker
QUIET = timedelta(minutes=15)  # after which nobody looks out for the end of a file that is sent while it is written
NO_WORKER = "No worker is running. An administrator starts it with manage.py work."
_STREAMS = {
    Export.Kind.CSV: (csv_of, "text/csv; charset=utf-8"),
    Export.Kind.JSON: (json_of, "application/json"),
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNDER_WAY = (Export.Progress.WAITING, Export.Progress.RUNNING)
_WORDS: dict[str, tuple[str, str]] = {
    Export.Progress.WAITING: ("waiting", "Waiting"),
    Export.Progress.RUNNING: ("waiting", "Being written"),
    Export.Progress.DONE: ("applied", "Done"),
    Export.Progress.FAILED: ("refused", "Failed"),
}


@require_safe
@needs("orders.view_history")
@needs("orders.export_history")
def export(request: DeskRequest, kind: str) -> HttpResponseBase:
    """What the history's filters show, as a file that is written while it is sent."""
    if kind not in _STREAMS:
        raise Http404
    write, content_type = _STREAMS[Export.Kind(kind)]
    kept = _record(request, kind, Export.Progress.RUNNING)
    written = [0]
    pieces = write(wanted_by(request.user, kept.query), lambda rows: written.__setitem__(0, rows))
    return _file(kept, _recorded(kept, pieces, written), content_type)


@require_POST
@needs("orders.view_history")
@needs("orders.export_history")
def order_workbook(request: DeskRequest) -> HttpResponse:
    """Have a workbook written of what the history shows at this address."""
    busy = Export.objects.filter(author=request.user, state__in=_UNDER_WAY, kind=Export.Kind.XLSX)
    if busy.count() < MOST_AT_ONCE:
        start_workbook(_record(request, Export.Kind.XLSX, Export.Progress.WAITING))
    else:
        messages.warning(
            request, f"{MOST_AT_ONCE} workbooks of yours are under way. Order another when one of them is done."
        )
    return redirect("exports")


@require_safe
@needs("orders.export_history")
def exports(request: DeskRequest) -> HttpResponse:
    """One's own exports, the newest first, and how far they are."""
    own = Export.objects.filter(author=request.user).order_by("-created_at", "-id")[:SHOWN]
    lines = [_line(each) for each in own]
    template = "orders/exports.html#exports" if wants_fragment(request) else "orders/exports.html"
    return render(request, template, {"exports": lines, "polls": any(line["under_way"] for line in lines)})


@require_safe
@needs("orders.view_history")
@needs("orders.export_history")
def download(request: DeskRequest, pk: int) -> HttpResponseBase:
    """A workbook of one's own. Whoever may not see personal data any more does not get any out of an older file."""
    found = get_object_or_404(Export, pk=pk, author=request.user, kind=Export.Kind.XLSX, state=Export.Progress.DONE)
    if found.personal and not may_see(request.user):
        raise PermissionDenied("The file holds personal data, which you may not see any more.")
    if not _is_kept(found):
        raise Http404
    return _file(found, _parts(found), _XLSX)


def _record(request: DeskRequest, kind: str, state: str) -> Export:
    """Write down who takes what, before any of it leaves."""
    user: User = request.user
    query, words = narrowed_to(asked=request.GET, user=user)
    now = timezone.now()
    return Export.objects.create(
        author=user, kind=kind, query=query, narrowed_to=words, personal=may_see(user), state=state,
        created_at=now, touched_at=now,
    )  # fmt: skip


def _file(kept: Export, pieces: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    name = f"amend-history-{timezone.localtime(kept.created_at):%Y-%m-%d-%H%M}.{kept.kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _recorded(kept: Export, pieces: Iterator[bytes], written: list[int]) -> Iterator[bytes]:
    """The same pieces; how many edits went out is written down at the end, and where it was broken off."""
    state, error = Export.Progress.FAILED, "It was broken off."
    try:
        yield from pieces
        state, error = Export.Progress.DONE, ""
    finally:
        Export.objects.filter(pk=kept.pk).update(state=state, error=error, rows=written[0], touched_at=timezone.now())


def _parts(found: Export) -> Iterator[bytes]:
    parts = ExportPart.objects.filter(export=found, fence=found.fence)
    for pk in list(parts.order_by("number").values_list("pk", flat=True)):
        yield bytes(ExportPart.objects.get(pk=pk).data)


def _is_kept(kept: Export) -> bool:
    return kept.created_at > timezone.now() - KEPT


def _line(kept: Export) -> dict[str, Any]:
    """An export as the page tells it."""
    is_workbook, under_way = kept.kind == Export.Kind.XLSX, kept.state in _UNDER_WAY
    is_ready = is_workbook and kept.state == Export.Progress.DONE
    hue, word = _WORDS[kept.state]
    if is_ready and not _is_kept(kept):
        hue, word = "none", "No longer kept"
    elif under_way and not is_workbook and kept.touched_at < timezone.now() - QUIET:
        hue, word, under_way = "unknown", "No end was seen", False
    return {
        "export": kept,
        "hue": hue,
        "word": word,
        "tells_rows": bool(kept.rows) or kept.state not in _UNDER_WAY,
        "why": kept.error or _hindrance(kept),
        "under_way": under_way,
        "can_fetch": is_ready and _is_kept(kept),
    }


def _hindrance(kept: Export) -> str:
    """Why nobody begins, or goes on with, what is to be written in the background."""
    if kept.kind != Export.Kind.XLSX or kept.state not in _UNDER_WAY:
        return ""
    is_late = kept.touched_at < timezone.now() - PATIENCE
    return NO_WORKER if is_late and not anybody_works() else ""
