from sqlalchemy import text

from casebook.store import queue


def test_a_job_that_waits_already_is_not_enqueued_again_and_the_transaction_goes_on(session):
    assert queue.defer(session, "describe-timepoint", once_per="a-timepoint", timepoint_id="1")
    assert not queue.defer(session, "describe-timepoint", once_per="a-timepoint", timepoint_id="1")
    assert queue.defer(session, "describe-timepoint", once_per="another", timepoint_id="2")
    waiting = session.scalar(text("select count(*) from queue.procrastinate_jobs where status = 'todo'"))
    assert waiting == 2


def test_a_job_that_nobody_waits_for_goes_into_a_queue_of_its_own(session):
    queue.defer(session, "describe-timepoint", timepoint_id="1")
    queue.defer(session, "link-frames", queue=queue.UNHURRIED, subject_id="1")
    waiting = session.execute(text("select task_name, queue_name from queue.procrastinate_jobs order by id"))
    assert [tuple(row) for row in waiting] == [("describe-timepoint", "default"), ("link-frames", "unhurried")]
