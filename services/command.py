"""The `casebook` command."""
