"""The addresses of a force's pages: its returns, each step of one, and what it certifies."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.force import acting, answering, certifying, fixing, lists, looking, marking, pack, results, returns, sending

app_name = "force"
urlpatterns: list[URLPattern] = [
    path("", lists.returns, name="returns"),
    path("taskings/<uuid:tasking>/<uuid:organisation>/done/", lists.tasking_done, name="tasking_done"),
    path("<uuid:submission>/", returns.shown, name="return"),
    path("<uuid:submission>/ready/", returns.ready, name="ready"),
    path("<uuid:submission>/summary/", returns.summary, name="summary"),
    path("<uuid:submission>/send/", sending.send, name="send"),
    path("<uuid:submission>/state/", results.state, name="state"),
    path("<uuid:submission>/results/", results.shown, name="results"),
    path("<uuid:submission>/findings.<slug:kind>", results.download, name="findings"),
    path("<uuid:submission>/fix/", fixing.shown, name="fix"),
    path("<uuid:submission>/fix/cells/", fixing.cells, name="fix_cells"),
    path("<uuid:submission>/fix/fixes.csv", fixing.listed, name="fixes"),
    path("<uuid:submission>/fix/files/<int:number>/", fixing.file, name="fixed_file"),
    path("<uuid:submission>/answer/", answering.answer, name="answer"),
    path("<uuid:submission>/offer/", acting.offer, name="offer"),
    path("<uuid:submission>/nil/", acting.nil, name="nil"),
    path("<uuid:submission>/withdraw/", acting.withdraw, name="withdraw"),
    path("<uuid:submission>/waiver/", acting.waiver, name="waiver"),
    path("<uuid:submission>/certify/", certifying.certify, name="certify"),
    path("<uuid:submission>/send-back/", acting.send_back, name="send_back"),
    path("<uuid:submission>/receipt/", certifying.receipt, name="receipt"),
    path("<uuid:submission>/receipt.txt", certifying.receipt_text, name="receipt_text"),
    *looking.addresses,
    *marking.addresses,
    *pack.addresses,
]
