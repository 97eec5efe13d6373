"""The edges of the program: HTTP, intake, command line."""
