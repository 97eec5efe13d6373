from sqlalchemy import text

from casebook.store import queue


def test_a_job_that_waits_already_is_not_enqueued_again_and_the_transaction_goes_on(session):
    assert queue.defer(session, "describe-timepoint", once_per="a-timepoint", timepoint_id="1")
    assert not queue.defer(session, "describe-timepoint", once_per="a-timepoint", timepoint_id="1")
    assert queue.defer(session, "describe-timepoint", once_per="another", timepoint_id="2")
    waiting = session.scalar(text("select count(*) from queue.procrastinate_jobs where status = 'todo'"))
    assert waiting == 2
