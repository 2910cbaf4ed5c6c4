"""The addresses of the order desk."""

from django.urls import path

from orders.views import (
    accounts,
    attention,
    editing,
    exports,
    fetching,
    history,
    hooks,
    listing,
    order,
    preferences,
    reverting,
)  # fmt: skip

urlpatterns = [
    path("", listing.orders, name="orders"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/<int:pk>/sync/", accounts.sync, name="sync"),
    path("orders/fetch/", fetching.fetch, name="fetch"),
    path("orders/<int:pk>/", order.order, name="order"),
    path("orders/<int:pk>/edit/", editing.edit_order, name="edit_order"),
    path("orders/<int:pk>/look/", order.look, name="look"),
    path("edits/<int:pk>/", order.edit, name="edit"),
    path("edits/<int:pk>/withdraw/", editing.withdraw, name="withdraw"),
    path("edits/<int:pk>/resolve/", editing.resolve, name="resolve"),
    path("edits/<int:pk>/revert/", reverting.revert, name="revert"),
    path("edits/<int:pk>/deal/", attention.deal, name="deal"),
    path("attention/", attention.attention, name="attention"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("history/", history.history, name="history"),
    path("history/export/workbook/", exports.order_workbook, name="order_workbook"),
    path("history/export/<slug:kind>/", exports.export, name="export"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/file/", exports.download, name="download"),
    path("hooks/<slug:vendor>/<str:token>/", hooks.hook, name="hook"),
]
