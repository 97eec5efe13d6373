"""The `casebook` command."""

from services.command.main import main

__all__ = ["main"]
