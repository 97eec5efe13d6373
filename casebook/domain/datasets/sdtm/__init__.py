"""Tabulation datasets by SDTM IG 3.4: what was recorded, one domain a module."""
