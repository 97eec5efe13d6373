"""Who acts when a person at the console does: an operator with every non-reading role."""

import getpass

from casebook.domain.actors import Actor, Grant, Role


def operator(study_code: str) -> Actor:
    """Return the actor of the console: whoever may start the command owns the data folder anyway."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    roles = (Role.ADMINISTRATOR, Role.DATA_MANAGER, Role.STATISTICIAN)
    return Actor(f"console:{name}", f"{name} (console)", tuple(Grant(role, study_code) for role in roles))
