"""Countries as makers of cameras write them, as two letters."""

from __future__ import annotations

_BY_THREE = {
    "ALB": "AL", "AND": "AD", "ARE": "AE", "ARG": "AR", "ARM": "AM", "AUS": "AU", "AUT": "AT", "AZE": "AZ",
    "BEL": "BE", "BGR": "BG", "BHR": "BH", "BIH": "BA", "BLR": "BY", "BRA": "BR", "CAN": "CA", "CHE": "CH",
    "CHL": "CL", "CHN": "CN", "COL": "CO", "CYP": "CY", "CZE": "CZ", "DEU": "DE", "DNK": "DK", "EGY": "EG",
    "ESP": "ES", "EST": "EE", "FIN": "FI", "FRA": "FR", "FRO": "FO", "GBR": "GB", "GEO": "GE", "GGY": "GG",
    "GIB": "GI", "GRC": "GR", "HRV": "HR", "HUN": "HU", "IDN": "ID", "IMN": "IM", "IND": "IN", "IRL": "IE",
    "ISL": "IS", "ISR": "IL", "ITA": "IT", "JEY": "JE", "JPN": "JP", "KAZ": "KZ", "KOR": "KR", "KWT": "KW",
    "LIE": "LI", "LTU": "LT", "LUX": "LU", "LVA": "LV", "MAR": "MA", "MCO": "MC", "MDA": "MD", "MEX": "MX",
    "MKD": "MK", "MLT": "MT", "MNE": "ME", "MYS": "MY", "NLD": "NL", "NOR": "NO", "NZL": "NZ", "OMN": "OM",
    "POL": "PL", "PRT": "PT", "QAT": "QA", "ROU": "RO", "RUS": "RU", "SAU": "SA", "SGP": "SG", "SMR": "SM",
    "SRB": "RS", "SVK": "SK", "SVN": "SI", "SWE": "SE", "THA": "TH", "TUN": "TN", "TUR": "TR", "UKR": "UA",
    "USA": "US", "UZB": "UZ", "VAT": "VA", "XKX": "XK", "ZAF": "ZA",
}  # fmt: skip
_LETTERS = 2


def country_of(text: str) -> str:
    """The two letters for two or three; empty for what is neither, such as a maker's own number.

    Source: ISO 3166-1, the countries whose plates are common in Europe and among the makers' customers.
    """
    country = text.strip().upper()
    if len(country) == _LETTERS and country.isascii() and country.isalpha():
        return "GB" if country == "UK" else country
    return _BY_THREE.get(country, "")
