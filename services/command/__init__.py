"""The `casebook` command."""


def main() -> None:
    """Run the command. Its modules are loaded then, so that a process that needs one of them loads no other."""
    from services.command.main import main as run  # noqa: PLC0415 - see above

    run()


__all__ = ["main"]
