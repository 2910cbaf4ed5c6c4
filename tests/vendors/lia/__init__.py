"""Lia's orders for the contract suite."""

from collections.abc import Sequence

from tests.vendors.lia.documents import a_canceled_order, a_charged_order, an_order, lia
from tests.vendors.samples import Sample

NEW = {
    "customer_birthdate": "30/09/1990",
    "customer_document": "529.982.247-25",
    "email": "outra@example.com",
    "phone": "(11) 90000-4321",
    "address.zipcode": "01310-100",
    "address.city_ibge_code": "3550308",
}


def samples() -> Sequence[Sample]:
    """An order at each stage, in both of the shapes that Lia's pages show."""
    return [
        Sample(
            name="open",
            vendor=lia(),
            raw=an_order(metadata={"campaign": "abril"}, address={**an_order()["address"], "complement": "Apto 12"}),
            new=NEW,
        ),
        Sample(name="charged", vendor=lia(), raw=a_charged_order(), new=NEW),
        Sample(name="canceled", vendor=lia(), raw=a_canceled_order(), new=NEW),
        Sample(
            name="finished with added offers",
            vendor=lia(),
            raw=a_charged_order(
                id="12345",
                status="finished",
                finished_at="2026-03-09T10:00:00.000-03:00",
                offers=[{"id": "0ffe8", "name": "Apostila", "amount_cents": 12990}],
            ),
            new=NEW,
        ),
        Sample(
            name="with contacts as strings",
            vendor=lia(),
            raw=an_order(email="dandara@example.com", phone="5512900001234"),
            new=NEW,
        ),
        Sample(
            name="of a company, without an address",
            vendor=lia(),
            raw=an_order(
                customer_type="company",
                customer_document="11222333000181",
                address=None,
                checkout_type="without_address",
            ),
            new={**NEW, "customer_document": "11.444.777/0001-61"},
        ),
    ]
