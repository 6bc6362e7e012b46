"""Where imported prices go: the price list of the store that the file is imported for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shared_web.formats import fraction_digits


@dataclass(frozen=True, kw_only=True)
class PriceTarget:
    store_id: str
    price_list_id: str
    currency: str
    is_only_store: bool
    """Then what is new is sold everywhere; else in the chosen store alone."""

    def cents(self, price: Decimal) -> int:
        """Minor units; readers give no price with more digits than the currency has."""
        scaled = price.scaleb(fraction_digits(self.currency))
        cents = int(scaled)
        assert cents == scaled
        return cents
