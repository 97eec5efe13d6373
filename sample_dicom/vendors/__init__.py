"""How the scanners of five vendors name things and where they put the b-value."""
