from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.api.dicomweb.images import a_sent_study


def picture(answer) -> Image.Image:
    assert answer.status_code == 200, answer.text
    found = Image.open(BytesIO(answer.content))
    assert Image.MIME[found.format] == answer.headers["content-type"]
    return found


@pytest.fixture
def instances(client):
    """Paths of a plain CT slice, a compressed one, and the enhanced MR object."""
    study = client.get("/studies?PatientID=JP-03-0001").json()[0]["0020000D"]["Value"][0]
    found = []
    for row in client.get(f"/studies/{study}/series").json():
        series = f"/studies/{study}/series/{row['0020000E']['Value'][0]}"
        one = client.get(f"{series}/instances?limit=1").json()[0]
        found.append(f"{series}/instances/{one['00080018']['Value'][0]}")
    return found


def test_pictures_are_jpeg_or_png_as_the_client_likes(client, instances):
    for instance in instances:
        assert picture(client.get(f"{instance}/rendered")).format == "JPEG"
        assert picture(client.get(f"{instance}/rendered", headers={"Accept": "image/png"})).format == "PNG"
        assert picture(client.get(f"{instance}/rendered?accept=image/png")).format == "PNG"
        assert client.get(f"{instance}/rendered", headers={"Accept": "image/gif"}).status_code == 406


def test_the_window_of_the_request_is_used_and_otherwise_the_object_s(client, instances):
    stored = a_sent_study("JP-03-0001")[0].pixels[0].astype(float) - 1024
    own = np.asarray(picture(client.get(f"{instances[0]}/rendered?accept=image/png")))
    assert np.abs(own - np.clip((stored - 39.5) / 399 + 0.5, 0, 1) * 255).max() <= 1
    asked = np.asarray(picture(client.get(f"{instances[0]}/rendered?accept=image/png&window=500,3000,linear-exact")))
    assert np.abs(asked - np.clip((stored - 500) / 3000 + 0.5, 0, 1) * 255).max() <= 1


def test_compressed_and_plain_slices_look_alike(client, instances):
    plain = np.asarray(picture(client.get(f"{instances[0]}/rendered?accept=image/png")))
    compressed = np.asarray(picture(client.get(f"{instances[1]}/rendered?accept=image/png")))
    assert (plain == compressed).all()


def test_each_frame_has_its_picture(client, instances):
    first = client.get(f"{instances[2]}/frames/1/rendered?accept=image/png").content
    assert first == client.get(f"{instances[2]}/rendered?accept=image/png").content
    assert first != client.get(f"{instances[2]}/frames/3/rendered?accept=image/png").content
    assert client.get(f"{instances[2]}/frames/4/rendered").status_code == 404
    assert client.get(f"{instances[2]}/frames/0/rendered").status_code == 400
    assert client.get(f"{instances[2]}/frames/1,2/rendered").status_code == 400


def test_the_viewport_scales_and_cuts(client, instances):
    assert picture(client.get(f"{instances[0]}/rendered?viewport=48,48")).size == (36, 48)
    assert picture(client.get(f"{instances[0]}/rendered?viewport=10,10,0,0,12,12")).size == (10, 10)
    assert picture(client.get(f"{instances[0]}/rendered?viewport=24,32,,,,")).size == (24, 32)


@pytest.mark.parametrize(
    "query",
    [
        "window=NaN",
        "window=NaN,NaN",
        "window=inf,1",
        "window=40",
        "window=40,400,cubic",
        "window=40,400,linear,x",
        "window=40,0",
        "window=40,-5",
        "window=1e99,1",
        "viewport=100000,100000",
        "viewport=0,10",
        "viewport=10",
        "viewport=1.5,10",
        "viewport=10,10,5",
        "viewport=a,b",
        "viewport=NaN,NaN",
        "viewport=10,10,1000,1000,5,5",
        "quality=0",
        "quality=101",
        "quality=abc",
        "quality=1e2",
    ],
)
def test_parameters_that_make_no_picture_are_400(client, instances, query):
    for instance in instances[:2]:
        assert client.get(f"{instance}/rendered?{query}").status_code == 400


def test_thumbnails_are_small_at_every_level(client, instances):
    series = instances[0].partition("/instances")[0]
    study = series.partition("/series")[0]
    for path in (study, series, instances[0], f"{instances[2]}/frames/2"):
        assert max(picture(client.get(f"{path}/thumbnail")).size) == 128
    assert max(picture(client.get(f"{series}/thumbnail?viewport=64,64")).size) == 64


def test_the_thumbnail_of_a_series_is_its_middle(client, instances):
    series = instances[0].partition("/instances")[0]
    rows = client.get(f"{series}/instances").json()
    middle = f"{series}/instances/{rows[1]['00080018']['Value'][0]}"
    assert client.get(f"{series}/thumbnail").content == client.get(f"{middle}/thumbnail").content


def test_the_thumbnail_of_a_multi_frame_object_is_its_middle_frame(client, instances):
    assert client.get(f"{instances[2]}/thumbnail").content == client.get(f"{instances[2]}/frames/2/thumbnail").content


def test_pictures_are_kept_by_the_client_for_good(client, instances):
    first = client.get(f"{instances[0]}/rendered")
    assert "immutable" in first.headers["cache-control"]
    again = client.get(f"{instances[0]}/rendered", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    other = client.get(f"{instances[0]}/rendered?window=1,2", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
