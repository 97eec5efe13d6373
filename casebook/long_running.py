"""What a process sees to before it runs for days, its threads handing files to children."""

import gc
import sys
from typing import Final

SWITCH_S: Final = 0.0005
"""How long one thread may compute while others wait. Preparing a file takes a few milliseconds: the child that has done
so would else stand idle as long again before it is given the next."""


def settle() -> None:
    """Let threads take turns quickly; what is in memory now stays, so no search for garbage walks over it again."""
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
