"""Forms as data: what a form asks and whether an entry answers it."""
