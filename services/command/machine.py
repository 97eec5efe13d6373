"""Who acts when a person at the console does: an operator with every non-reading role."""

import getpass

from casebook.domain.actors import Actor, Grant, Role


def console_name() -> str:
    """Return what the trail calls the person at the console."""
    return f"console:{_user()}"


def operator(study_code: str) -> Actor:
    """Return the actor of the console: whoever may start the command owns the data folder anyway."""
    name = _user()
    roles = (Role.ADMINISTRATOR, Role.DATA_MANAGER, Role.STATISTICIAN)
    return Actor(console_name(), f"{name} (console)", tuple(Grant(role, study_code) for role in roles))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
