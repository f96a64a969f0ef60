"""The progress of a job in phases."""

from realtime.core.progress import JobProgress, Phase


def test_the_share_of_a_job_is_that_of_its_costs():
    shown = []
    job = JobProgress(shown.append)
    job.plan(Phase("reading", 100, 30.0), Phase("skipped", 5, 10.0))
    job.plan(Phase("drawing", 1, 60.0))
    job.begin("reading")
    job.advance(50)
    job.advance(70)  # more than there are
    job.begin("drawing")
    job.advance()
    assert [(state.phase, state.done, state.units) for state in shown] == [
        ("reading", 0, 100), ("reading", 50, 100), ("reading", 100, 100), ("drawing", 0, 1), ("drawing", 1, 1),
    ]  # fmt: skip
    assert [round(state.share, 6) for state in shown] == [0.0, 0.15, 0.3, 0.3, 0.9]


def test_a_job_without_a_plan_shows_nothing():
    JobProgress(lambda state: (_ for _ in ()).throw(AssertionError)).advance(3)
