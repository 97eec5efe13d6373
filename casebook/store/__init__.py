"""SQL and files: the only room that speaks to the database or touches the archive."""
