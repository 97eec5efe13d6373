"""Tables of other people's making: which column means what, and what each cell says."""
