"""The reasons given for a role, in both languages. Words quoted are the program's own, never the header's."""

from collections.abc import Iterable

from casebook.domain.series_facts import ContrastAgent
from casebook.domain.texts import Text


def modality_is(modality: str) -> Text:
    """Neither CT nor MR."""
    shown = modality or "?"
    return Text(f"modality is {shown}", f"モダリティは {shown}")


def no_pixels() -> Text:
    """An object without an image."""
    return Text("the object holds no image", "画像を含まないオブジェクト")


def captured() -> Text:
    """Secondary capture."""
    return Text("secondary capture, not acquired by the scanner", "二次キャプチャ（撮像された画像ではない）")


def image_type_says(value: str) -> Text:
    """A value of (0008,0008)."""
    return Text(f"image type says {value}", f"Image Type が {value}")


def name_says(word: str) -> Text:
    """A known word in the series' name."""
    return Text(f"the series' name has “{word}”", f"シリーズ名に「{word}」がある")


def phase_code_says(code: str) -> Text:
    """A defined term of (0018,9344)."""
    return Text(f"the header's phase is {code}", f"ヘッダーの造影相は {code}")


def several_orientations(n: int) -> Text:
    """Few images in several planes."""
    return Text(f"{n} orientations in one series", f"1シリーズに {n} 方向の断面")


def unit_is(unit: str) -> Text:
    """The unit of real-world values."""
    return Text(f"pixel values are in {unit}", f"画素値の単位は {unit}")


def b_values_are(values: Iterable[float], source: str) -> Text:
    """What was resolved, and from where."""
    shown = ", ".join(f"{value:.0f}" for value in values)
    return Text(f"b-values {shown} s/mm² in {source}", f"b値 {shown} s/mm²（{source}）")


def b_zero_implied(n_frames: int) -> Text:
    """Frames without a b-value in a series with some."""
    return Text(f"{n_frames} images without a b-value taken as b 0", f"b値のない {n_frames} 画像を b 0 とみなした")


def echo_planar_named(word: str) -> Text:
    """Echo-planar images named as diffusion."""
    return Text(f"echo-planar images, the name has “{word}”", f"EPI画像で、名称に「{word}」がある")


def echo_time_in_cycle(echo_time_ms: float, field_t: float, cycles: float) -> Text:
    """Where the echo lies between fat and water."""
    return Text(
        f"echo time {echo_time_ms:g} ms at {field_t:g} T is {cycles:.2f} fat-water cycles",
        f"TE {echo_time_ms:g} ms（{field_t:g} T）は脂肪・水の位相差 {cycles:.2f} 周期",
    )


def shorter_of_two_echoes(*, is_shorter: bool) -> Text:
    """The order of two echoes, where the field strength is not stated."""
    if is_shorter:
        return Text("the shorter of two echo times", "2つのTEのうち短い方")
    return Text("the longer of two echo times", "2つのTEのうち長い方")


def volume_gradient_echo() -> Text:
    """The sequence dynamic studies use."""
    return Text("fast 3D gradient echo, T1-weighted", "高速3Dグラディエントエコー（T1強調）")


def delay_is(delay_s: float, *, is_inferred: bool, is_inside: bool) -> Text:
    """Time after the injection."""
    if delay_s <= 0:
        return Text("acquired before the injection", "造影剤注入前の撮像")
    window_en, window_ja = ("", "") if is_inside else (", between the windows", "（各相の時間枠の間）")
    if is_inferred:
        return Text(
            f"about {delay_s:.0f} s after the injection, inferred from the other phases{window_en}",
            f"注入後 約{delay_s:.0f} 秒（他の相からの推定）{window_ja}",
        )
    return Text(f"{delay_s:.0f} s after the injection{window_en}", f"注入後 {delay_s:.0f} 秒{window_ja}")


def agent_is(agent: ContrastAgent) -> Text:
    """The class of the agent."""
    names = {
        ContrastAgent.GADOXETATE: Text("gadoxetate", "ガドキセト酸"),
        ContrastAgent.GADOBENATE: Text("gadobenate", "ガドベン酸"),
        ContrastAgent.EXTRACELLULAR: Text("an extracellular gadolinium agent", "細胞外液性ガドリニウム造影剤"),
        ContrastAgent.IODINATED: Text("an iodinated agent", "ヨード造影剤"),
        ContrastAgent.UNRECOGNISED: Text("an agent not further named", "種類不明の造影剤"),
    }
    name = names[agent]
    return Text(f"contrast: {name.en}", f"造影剤: {name.ja}")


def no_agent_stated() -> Text:
    """The header is silent about contrast."""
    return Text("no contrast agent is stated", "造影剤の記載なし")


def phase_not_told() -> Text:
    """An agent, but neither time nor name tells the phase."""
    return Text("neither times nor names tell the phase", "時刻・名称のいずれからも相が分からない")


def name_contradicts(word: str) -> Text:
    """The header says another phase than the clock or the echo time."""
    return Text(
        f"“{word}” in the header, the measured times say otherwise", f"ヘッダーの「{word}」は測定時刻と一致しない"
    )


def enhanced_dixon() -> Text:
    """In- or opposed-phase images that are a by-product of an enhanced series."""
    return Text("part of a Dixon series after contrast", "造影後Dixonの一部")


def echo_time_is(echo_time_ms: float) -> Text:
    """The echo time that makes an image T2-weighted, or too heavily so."""
    return Text(f"echo time {echo_time_ms:g} ms", f"TE {echo_time_ms:g} ms")


def not_axial() -> Text:
    """A CT image that is not in the plane CT is acquired in."""
    return Text("not axial: reformatted", "軸位断ではない（再構成画像）")


def other_region() -> Text:
    """The header names a region without liver."""
    return Text("the header names another body region", "ヘッダーは別の部位を示す")


def secondary() -> Text:
    """Processed after acquisition."""
    return Text("marked as processed after acquisition", "撮像後に処理された画像と記載")


def no_rule_applies() -> Text:
    """Nothing of the study's list."""
    return Text("no rule for a study role applies", "該当する役割がない")
