"""The four figures of the endpoint, from what the data give on a day."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

from casebook.actions.endpoint import By, Endpoint
from casebook.actions.endpoint_estimators import estimators
from casebook.domain.endpoint.followed import Lane
from casebook.domain.endpoint.picks import Pick
from casebook.domain.endpoint.places import Level
from casebook.domain.endpoint.words import FATE_NAMES, SET_LABELS, STRATEGY_LABELS
from casebook.domain.outcome import Strategy, TruthStatus
from casebook.domain.regions import REGION_LABELS, Region
from casebook.domain.texts import Language, Text
from casebook.stats.endpoint_strata import Stratum
from services.api.figures.curves import curves_figure
from services.api.figures.flow import flow_figure
from services.api.figures.forest import Group, Line, forest_figure, line_of
from services.api.figures.shapes import Figure
from services.api.figures.swimmer import LANES_A_PAGE, swimmer_figure
from services.api.pages.countries import country


class FigureName(StrEnum):
    """The figures by the name they are asked for."""

    FLOW = "flow"
    FOREST = "forest"
    SWIMMER = "swimmer"
    CURVES = "curves"


BY_LABELS: Final = {
    By.FATE: Text("By what became of the lesion", "病変の処置別"),
    By.REGION: Text("By region", "地域別"),
    By.COUNTRY: Text("By country", "国別"),
    By.GROUP: Text("By site group", "施設グループ別"),
}


def lesions_address(study: str, pick: Pick, what: str = "lesions") -> str:
    """The address of the list of the lesions, or patients, behind a number."""
    return f"/endpoint/{what}?{urlencode({'study': study, **pick.words()})}"


def derivation_address(number: str, label: str) -> str:
    """The address of how a lesion's results were derived."""
    return f"/patients/{quote(number)}/lesions/{quote(label)}/derivation"


def stratum_label(found: Endpoint, by: By, code: str) -> Text:
    """The name of a part."""
    groups = {group.code: group.label for group in found.definition.groups}
    named: dict[By, Callable[[], Text]] = {
        By.FATE: lambda: FATE_NAMES.get(code, Text(code, code)),
        By.REGION: lambda: REGION_LABELS[Region(code)],
        By.COUNTRY: lambda: country(code),
        By.GROUP: lambda: groups.get(code, Text(code, code)),
    }
    return named[by]()


def stratum_pick(strategy: Strategy, by: By, code: str) -> Pick:
    """The lesions of a part of a strategy's set."""
    return Pick(strategy, **{by.value: code})  # type: ignore[arg-type]  # each part's word is a field of the filter


def figure_of(found: Endpoint, name: FigureName, strategy: Strategy, *, language: Language, page: int = 1) -> Figure:
    """Draw a figure of a strategy; `page` is that of the swimmer plot."""
    draw = {
        FigureName.FLOW: _flow,
        FigureName.FOREST: _forest,
        FigureName.CURVES: _curves,
    }
    if name is FigureName.SWIMMER:
        return _swimmer(found, strategy, language, page)
    return draw[name](found, strategy, language)


def _note(found: Endpoint, language: Language) -> str:
    rules, code = found.definition.rules, found.definition.code
    stands = Text("INTERIM", "暫定（固定前）") if found.lock.is_interim else Text("FINAL", "最終（固定済）")
    versions = (rules.cdlm.version, rules.outcome.version)
    said = Text(
        f"{code}, as of {found.as_of}, {stands.en}. Rules: cDLM {versions[0]}, outcome {versions[1]}.",
        f"{code}、{found.as_of}時点、{stands.ja}。規則：cDLM {versions[0]}、判定 {versions[1]}。",
    )
    return said.into(language)


def _flow(found: Endpoint, strategy: Strategy, language: Language) -> Figure:
    study = found.definition.code
    return flow_figure(
        found.flow(strategy),
        language=language,
        address=lambda what, pick: lesions_address(study, pick, what),
        note=_note(found, language),
    )


def _forest(found: Endpoint, strategy: Strategy, language: Language) -> Figure:
    study, parameters = found.definition.code, found.table.parameters
    lines = [
        line_of(
            line.label.into(language),
            line.estimate,
            line.interval,
            hrefs=_behind(study, Pick(line.strategy)),
            is_primary=line.strategy is Strategy.CT_MRI,
        )
        for line in found.table.strategies
    ]
    head = Text("By imaging strategy", "画像診断の組合せ別")
    groups = [Group(head.into(language), lines)]
    chosen = SET_LABELS[strategy]
    for by, parts in found.strata(strategy).items():
        heading = Text(f"{BY_LABELS[by].en} · {chosen.en}", f"{BY_LABELS[by].ja} · {chosen.ja}")
        if parts:
            groups.append(Group(heading.into(language), [_part(found, strategy, by, part, language) for part in parts]))
    groups.append(_estimators(found, strategy, language))
    title = Text("Share of non-viable lesions", "腫瘍残存のない病変の割合")
    return forest_figure(
        groups,
        threshold=float(parameters.threshold),
        level=float(parameters.interval_level),
        polarity=found.table.polarity.into(language),
        language=language,
        title=title.into(language),
        note=_note(found, language),
    )


def _behind(study: str, pick: Pick) -> tuple[str, str]:
    """Return the lists of the non-viable and of all evaluable lesions among those of a filter."""
    evaluable = replace(pick, level=Level.EVALUABLE)
    nonviable = replace(evaluable, status=TruthStatus.NON_VIABLE)
    return lesions_address(study, nonviable), lesions_address(study, evaluable)


def _estimators(found: Endpoint, strategy: Strategy, language: Language) -> Group:
    line = found.table.strategy(strategy)
    heading, chosen = Text("Other estimators", "他の推定法"), SET_LABELS[strategy]
    lines = [
        Line(
            label=item.label.into(language),
            counts=(),
            patients="",
            p=item.share,
            interval=item.interval,
            weight=float(line.estimate.n) if item.share is not None else 0.0,
        )
        for item in estimators(line, found.table.parameters)
    ]
    return Group(Text(f"{heading.en} · {chosen.en}", f"{heading.ja} · {chosen.ja}").into(language), lines)


def _part(found: Endpoint, strategy: Strategy, by: By, part: Stratum, language: Language) -> Line:
    label = part.code if by is By.GROUP else stratum_label(found, by, part.code).into(language)
    hrefs = _behind(found.definition.code, stratum_pick(strategy, by, part.code))
    return line_of(label, part.estimate, part.interval, hrefs=hrefs)


def swimmer_pages(n_lanes: int) -> int:
    """How many pages the swimmer plot has, at least one."""
    return max(1, -(-n_lanes // LANES_A_PAGE))


def _swimmer(found: Endpoint, strategy: Strategy, language: Language, page: int) -> Figure:
    lanes = found.lanes(strategy)
    shown = lanes[(page - 1) * LANES_A_PAGE : page * LANES_A_PAGE]
    label = STRATEGY_LABELS[strategy]
    title = Text(f"Lesions left in place: {label.en}", f"残存（経過観察）の病変：{label.ja}")

    def address(lane: Lane) -> str:
        return derivation_address(lane.patient, lane.label)

    return swimmer_figure(
        shown,
        n_all=len(lanes),
        rule=found.definition.rules.outcome,
        language=language,
        address=address,
        title=title.into(language),
        note=_note(found, language),
    )


def _curves(found: Endpoint, strategy: Strategy, language: Language) -> Figure:
    label = STRATEGY_LABELS[strategy]
    title = Text(f"Time to recurrence at the site: {label.en}", f"同部位の再発までの時間：{label.ja}")
    return curves_figure(
        found.curves(strategy),
        found.observations(strategy),
        horizon_days=found.definition.rules.outcome.horizon_days,
        level=float(found.table.parameters.interval_level),
        language=language,
        title=title.into(language),
        note=_note(found, language),
    )
