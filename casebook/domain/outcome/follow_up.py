"""What two years of imaging say of a lesion left in place.

Day 0 is the day follow-up counts from; the horizon is day 0 + `horizon_days`. In the order of precedence:

1. the site was resected again before imaging cleared it at the horizon, untreated until then: pathology decides;
2. a recurrence first imaged on or before the horizon, before any other treatment of the site: viable;
3. imaging that judges the site on or after the horizon less the early window, before any treatment: non-viable (a
   recurrence first imaged after the horizon clears the horizon too);
4. ablated or irradiated at the site: not evaluable;
5. death, end of follow-up, or no adequate imaging until the late window closed: not evaluable;
6. otherwise pending.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from casebook.domain.outcome.facts import (
    AtSite,
    FollowUpImaging,
    Leaving,
    LesionFacts,
    LocalTreatment,
    Resection,
    Treatment,
)
from casebook.domain.outcome.pathology import verdict_of_pathology
from casebook.domain.outcome.truth import (
    Reason,
    ReferenceStandard,
    Truth,
    TruthStatus,
    in_follow_up,
    not_evaluable,
    pending,
)
from casebook.domain.study.model import OutcomeParameters
from casebook.domain.texts import Text

_TREATED: Final[Mapping[Treatment, Reason]] = {
    Treatment.ABLATION: Reason(
        "ablated-at-site", Text("not evaluable · ablated at the site", "評価不能 · 同部位を焼灼")
    ),
    Treatment.IRRADIATION: Reason(
        "irradiated-at-site", Text("not evaluable · irradiated at the site", "評価不能 · 同部位に放射線治療")
    ),
}
_LEFT: Final[Mapping[Leaving, tuple[str, Text]]] = {
    Leaving.COMPLETED: ("imaging-too-early", Text("follow-up ended", "追跡終了")),
    Leaving.WITHDRAWAL: ("withdrawal", Text("withdrew", "同意撤回・中止")),
    Leaving.LOST_TO_FOLLOW_UP: ("lost-to-follow-up", Text("lost to follow-up", "追跡不能")),
    Leaving.ENDED_EARLY: ("ended-early", Text("study ended early", "試験を早期終了")),
}


def verdict_of_follow_up(facts: LesionFacts, rule: OutcomeParameters, as_of: date, trace: tuple[Text, ...]) -> Truth:
    """What imaging up to `as_of` says of the site of a lesion left in place."""
    if facts.followed_from_on is None:
        reason = Reason("follow-up-not-started", Text("pending · follow-up", "保留 · 追跡待ち"))
        return pending(reason, trace, ReferenceStandard.FOLLOW_UP)
    course = _Course(facts, facts.followed_from_on, rule, as_of)
    trace = (*trace, *course.described())
    truth = _verdict(course, trace)
    return replace(truth, recurred_on=course.recurred_on, last_adequate_on=course.last_adequate_on)


def _verdict(course: "_Course", trace: tuple[Text, ...]) -> Truth:
    again = course.deciding_resection
    if again is not None:
        on = again.resected_on
        said = Text(
            f"resected again at the site {on}, day {course.day(on)}: pathology decides",
            f"同部位を再切除 {on}（{course.day(on)}日目）：病理で判定",
        )
        return verdict_of_pathology(again.pathology, (*trace, said))
    if course.recurred_within_horizon:
        return course.viable(trace)
    if course.cleared_on is not None:
        return course.nonviable(course.cleared_on, trace)
    if course.first_treatment is not None:
        return not_evaluable(_TREATED[course.first_treatment.treatment], trace)
    return course.not_followed_to_horizon(trace)


class _Course:
    """The dated events of one site, counted from day 0 of its follow-up."""

    def __init__(self, facts: LesionFacts, start_on: date, rule: OutcomeParameters, as_of: date) -> None:
        self.facts = facts
        self.start_on = start_on
        self.rule = rule
        self.as_of = as_of
        self.horizon_on = start_on + timedelta(days=rule.horizon_days)
        self.follow_ups = sorted(facts.follow_ups, key=lambda item: item.imaged_on)

    def day(self, on: date) -> int:
        """Days since the start of follow-up."""
        return (on - self.start_on).days

    @property
    def first_treatment(self) -> LocalTreatment | None:
        """The earliest treatment of the site that leaves no specimen."""
        return min(self.facts.local_treatments, key=lambda item: item.treated_on, default=None)

    @property
    def deciding_resection(self) -> Resection | None:
        """The re-resection whose specimen tells: not after ablation or irradiation, not after the site was cleared."""
        again, treated = self.facts.re_resection, self.first_treatment
        if again is None or self.cleared_on is not None:
            return None
        return again if treated is None or again.resected_on <= treated.treated_on else None

    @property
    def untouched_until(self) -> date:
        """The last day on which imaging still shows the site as it was left."""
        days = [item.treated_on for item in self.facts.local_treatments]
        if self.facts.re_resection is not None:
            days.append(self.facts.re_resection.resected_on)
        return min(days, default=date.max)

    @property
    def recurred_on(self) -> date | None:
        """The first imaging with a recurrence that counts, before any treatment of the site."""
        return next(
            (
                item.imaged_on
                for item in self.follow_ups
                if self.shows_recurrence(item) and item.imaged_on <= self.untouched_until
            ),
            None,
        )

    def shows_recurrence(self, item: FollowUpImaging) -> bool:
        """At the site; elsewhere in the liver only where the study counts that."""
        elsewhere = self.rule.recurrence_elsewhere_counts and bool(item.elsewhere_in_liver)
        return item.at_site is AtSite.RECURRENCE or elsewhere

    @property
    def recurred_within_horizon(self) -> bool:
        """The first recurrence lies on or before the horizon."""
        return self.recurred_on is not None and self.recurred_on <= self.horizon_on

    @property
    def last_adequate_on(self) -> date | None:
        """The last adequate imaging without recurrence, before any treatment of the site."""
        days = [
            item.imaged_on
            for item in self.follow_ups
            if item.shows_site_clear and item.imaged_on <= self.untouched_until
        ]
        return max(days, default=None)

    @property
    def cleared_on(self) -> date | None:
        """The first imaging that shows the site free at the horizon; None while nothing does."""
        if self.recurred_within_horizon:
            return None
        from_on = self.horizon_on - timedelta(days=self.rule.early_window_days)
        clear = [
            item.imaged_on
            for item in self.follow_ups
            if from_on <= item.imaged_on <= self.untouched_until
            and (item.shows_site_clear or self.shows_recurrence(item))
        ]
        return min(clear, default=None)

    def viable(self, trace: tuple[Text, ...]) -> Truth:
        """Came back at the site within the horizon."""
        assert self.recurred_on is not None
        day = self.day(self.recurred_on)
        reason = Reason(
            "recurrence-at-site",
            Text(f"viable · recurrence at the site, day {day}", f"腫瘍残存 · 同部位の再発（{day}日目）"),
        )
        return Truth(TruthStatus.VIABLE, reason, ReferenceStandard.FOLLOW_UP, trace, decided_on=self.recurred_on)

    def nonviable(self, on: date, trace: tuple[Text, ...]) -> Truth:
        """Free at the horizon, shown by imaging on a day."""
        day = self.day(on)
        said = (
            Text(f"recurrence only on day {day}, after the horizon", f"再発は判定時点より後（{day}日目）")
            if on == self.recurred_on
            else Text(f"no recurrence at the site, imaging day {day}", f"同部位の再発なし（{day}日目の画像）")
        )
        reason = Reason("free-at-horizon", Text(f"non-viable · {said.en}", f"腫瘍残存なし · {said.ja}"))
        return Truth(TruthStatus.NON_VIABLE, reason, ReferenceStandard.FOLLOW_UP, trace, decided_on=on)

    def not_followed_to_horizon(self, trace: tuple[Text, ...]) -> Truth:
        """Not evaluable once no further imaging can come, pending before."""
        if self.facts.died_on is not None:
            return not_evaluable(self.cut_short("died", Text("died", "死亡"), self.facts.died_on), trace)
        end = self.facts.end_of_follow_up
        if end is not None:
            code, what = _LEFT[end.leaving]
            return not_evaluable(self.cut_short(code, what, end.ended_on), trace)
        closes_on = self.horizon_on + timedelta(days=self.rule.late_window_days)
        if self.as_of > closes_on:
            return not_evaluable(self.too_early(), trace)
        return in_follow_up(trace, horizon_on=self.horizon_on, closes_on=closes_on, as_of=self.as_of)

    def cut_short(self, code: str, what: Text, on: date) -> Reason:
        """Not evaluable because the subject left on a day."""
        day = self.day(on)
        return Reason(
            code,
            Text(
                f"not evaluable · {what.en} day {day}, {self.imaging_said().en}",
                f"評価不能 · {what.ja}（{day}日目）、{self.imaging_said().ja}",
            ),
        )

    def too_early(self) -> Reason:
        """Not evaluable because imaging stopped before the horizon."""
        said = self.imaging_said()
        return Reason("imaging-too-early", Text(f"not evaluable · {said.en}", f"評価不能 · {said.ja}"))

    def imaging_said(self) -> Text:
        """The last adequate imaging in words."""
        if self.last_adequate_on is None:
            return Text("no adequate imaging", "適切な画像なし")
        day = self.day(self.last_adequate_on)
        return Text(f"last adequate imaging day {day}", f"最終の適切な画像は{day}日目")

    def described(self) -> tuple[Text, ...]:
        """The course in readable steps."""
        rule = self.rule
        steps = [
            Text(
                f"followed from {self.start_on} (day 0); horizon {self.horizon_on} (day {rule.horizon_days}), "
                f"early window {rule.early_window_days} days",
                f"追跡開始 {self.start_on}（0日目）、判定時点 {self.horizon_on}（{rule.horizon_days}日目）、"
                f"許容 {rule.early_window_days}日前まで",
            )
        ]
        if self.recurred_on is not None:
            day = self.day(self.recurred_on)
            within = self.recurred_within_horizon
            steps.append(
                Text(
                    f"recurrence first imaged {self.recurred_on}, day {day}: "
                    + ("within the horizon" if within else "after the horizon, does not count"),
                    f"再発の初回画像 {self.recurred_on}（{day}日目）："
                    + ("判定時点以内" if within else "判定時点より後のため数えない"),
                )
            )
        said = self.imaging_said()
        steps.append(
            Text(f"{said.en}, no recurrence seen on it", f"{said.ja}（再発なし）") if self.last_adequate_on else said
        )
        steps.extend(
            Text(
                f"{item.treatment} at the site {item.treated_on}, day {self.day(item.treated_on)}",
                f"同部位の局所治療 {item.treated_on}（{self.day(item.treated_on)}日目）",
            )
            for item in self.facts.local_treatments
        )
        return tuple(steps)
