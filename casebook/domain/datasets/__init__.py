"""Datasets as the statistician's programs take them: what each variable is, and the rows."""
