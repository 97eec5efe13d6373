from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from casebook.dicom.image_description import Display, NotAnImage, PixelFormat, Window, display
from casebook.dicom.rendering import Format, Picture, Viewport, greys, in_window, rendered, spread_window
from casebook.domain.errors import Invalid

PLAIN = Display(slope=1.0, intercept=0.0, window=None, padding_value=None)


def a_layout(samples: np.ndarray, photometric: str = "MONOCHROME2") -> PixelFormat:
    bits = samples.dtype.itemsize * 8
    n_samples = samples.shape[2] if samples.ndim == 3 else 1
    return PixelFormat(
        *samples.shape[:2], n_samples, bits, bits, samples.dtype.kind == "i", photometric, is_planar=False
    )


def picture_of(
    samples: np.ndarray, picture: Picture, shown: Display = PLAIN, photometric: str = "MONOCHROME2"
) -> Image.Image:
    return Image.open(BytesIO(rendered(samples, a_layout(samples, photometric), shown, picture)))


@pytest.mark.parametrize(
    ("value", "share"),
    [(-160, 0.0), (-159.5, 0.0), (40 - 0.5, 0.5), (239.5, 1.0), (240, 1.0), (1000, 1.0)],
)
def test_the_linear_window_has_the_standard_s_half_pixel(value, share):
    """PS3.3 C.11.2.1.2.1: black up to c - 0.5 - (w-1)/2, white above c - 0.5 + (w-1)/2."""
    assert in_window(np.array([float(value)]), Window(40, 400))[0] == pytest.approx(share, abs=0.002)


def test_exact_and_sigmoid_windows_meet_their_formulas():
    values = np.array([0.0, 50.0, 100.0])
    assert in_window(values, Window(50, 100, "linear_exact")).tolist() == [0.0, 0.5, 1.0]
    sigmoid = in_window(values, Window(50, 100, "sigmoid"))
    assert sigmoid.tolist() == pytest.approx([1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2))])


def test_a_window_of_width_one_is_a_threshold():
    assert in_window(np.array([9.0, 9.5, 10.0]), Window(10, 1)).tolist() == [0.0, 0.0, 1.0]


@given(
    st.floats(-1e6, 1e6),
    st.floats(1, 1e6),
    st.sampled_from(["linear", "linear_exact", "sigmoid"]),
    st.lists(st.floats(-1e9, 1e9), min_size=2),
)
def test_windows_never_leave_their_range_and_never_fall(center, width, shape, values):
    share = in_window(np.sort(np.array(values)), Window(center, width, shape))
    assert share.min() >= 0
    assert share.max() <= 1
    assert (np.diff(share) >= 0).all()


def test_the_rescale_comes_before_the_window():
    samples = np.array([[0, 1024], [1064, 2000]], dtype="<u2")
    shown = Display(slope=1.0, intercept=-1024.0, window=Window(40, 2, "linear_exact"), padding_value=None)
    assert greys(samples, a_layout(samples), shown, None).tolist() == [[0, 0], [128, 255]]


def test_monochrome1_is_white_where_the_values_are_low():
    samples = np.array([[0, 100]], dtype="u1")
    shown = greys(samples, a_layout(samples, "MONOCHROME1"), PLAIN, Window(50, 100, "linear_exact"))
    assert shown.tolist() == [[255, 0]]


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", "<i2", "<u4", "<f4", "<f8"])
def test_every_kind_of_sample_is_windowed_alike(dtype):
    samples = np.arange(100).reshape(10, 10).astype(dtype)
    shown = greys(samples, a_layout(samples), PLAIN, Window(50, 100, "linear_exact"))
    assert shown[0, 0] == 0
    assert shown[5, 0] == 128


def test_without_any_window_the_values_are_spread_and_padding_does_not_count():
    samples = np.full((64, 64), -2000, dtype="<i2")
    samples[16:48, 16:48] = np.arange(1024).reshape(32, 32)
    window = spread_window(samples, Display(1.0, 0.0, None, padding_value=-2000))
    assert window.center == pytest.approx(511.5, abs=5)
    assert window.width == pytest.approx(1003, abs=10)


def test_jpeg_and_png_hold_the_picture():
    samples = np.tile(np.arange(64, dtype="<i2") * 16, (32, 1))
    wide = Window(512, 1024, "linear_exact")
    exact = picture_of(samples, Picture(Format.PNG, window=wide))
    lossy = picture_of(samples, Picture(Format.JPEG, quality=95, window=wide))
    assert (exact.format, lossy.format) == ("PNG", "JPEG")
    assert exact.size == lossy.size == (64, 32)
    assert np.abs(np.asarray(exact, "i2") - np.asarray(lossy, "i2")).max() < 8


def test_colour_is_shown_as_it_is():
    colours = np.zeros((4, 4, 3), dtype="u1")
    colours[..., 0] = 200
    assert picture_of(colours, Picture(Format.PNG), photometric="RGB").getpixel((0, 0)) == (200, 0, 0)


def test_deep_colours_are_shown_by_their_upper_bits():
    colours = np.full((2, 2, 3), 200 << 8, dtype="<u2")
    assert picture_of(colours, Picture(Format.PNG), photometric="RGB").getpixel((0, 0)) == (200, 200, 200)


def test_colour_models_that_are_not_shown_are_refused():
    with pytest.raises(NotAnImage):
        picture_of(np.zeros((4, 4), dtype="u1"), Picture(), photometric="HSV")


def test_the_viewport_keeps_the_proportions():
    samples = np.zeros((50, 100), dtype="u1")
    assert picture_of(samples, Picture(viewport=Viewport(60, 60))).size == (60, 30)


def test_the_region_is_cut_out_and_negative_sizes_flip():
    samples = np.arange(16, dtype="u1").reshape(4, 4)
    shown = Picture(Format.PNG, window=Window(127.5, 255, "linear_exact"), viewport=Viewport(2, 2, (1, 1, -2, -2)))
    assert np.asarray(picture_of(samples, shown)).tolist() == [[10, 9], [6, 5]]


@pytest.mark.parametrize("region", [(10, 0, 5, 5), (0, 0, 0, 5), (-9, 0, 5, 5)])
def test_a_region_outside_the_picture_is_refused(region):
    with pytest.raises(Invalid):
        picture_of(np.zeros((4, 4), dtype="u1"), Picture(viewport=Viewport(9, 9, region)))


def test_a_region_far_larger_than_the_picture_is_the_picture():
    samples = np.zeros((4, 4), dtype="u1")
    assert picture_of(samples, Picture(viewport=Viewport(8, 8, (0, 0, 1e15, 1e15)))).size == (8, 8)


def test_frame_groups_win_over_shared_ones_and_those_over_the_top_level():
    def window(center):
        return {"00289132": {"Value": [{"00281050": {"Value": [center]}, "00281051": {"Value": [10]}}]}}

    instance = {
        "00281050": {"Value": [1]},
        "00281051": {"Value": [2]},
        "00281052": {"Value": [-1024]},
        "52009229": {"Value": [window(100)]},
        "52009230": {"Value": [{}, window(200)]},
    }
    assert display(instance, 1).window == Window(100, 10)
    assert display(instance, 2).window == Window(200, 10)
    assert display(instance, 1).intercept == -1024
    del instance["52009229"], instance["52009230"]
    assert display(instance, 1).window == Window(1, 2)
