import gc

import pytest

from casebook.collecting import SELDOM, seldom_collecting


def test_garbage_is_looked_for_as_before_once_the_last_block_has_ended():
    before = gc.get_threshold()
    assert before != SELDOM
    one, other = seldom_collecting(), seldom_collecting()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold() == SELDOM
    other.__exit__(None, None, None)
    assert gc.get_threshold() == before
    with pytest.raises(ValueError, match="stop"), seldom_collecting():
        raise ValueError("stop")
    assert gc.get_threshold() == before
