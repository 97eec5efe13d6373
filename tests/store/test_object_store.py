import hashlib
import os

import boto3
import pytest
from moto.server import ThreadedMotoServer

from casebook.domain.errors import NotFound, Unavailable
from casebook.store.files import ObjectStore, key_of, open_store

KEYS = {"access_key_id": "test", "secret_access_key": "test"}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint, request) -> ObjectStore:
    bucket = f"bucket-{abs(hash(request.node.nodeid)):x}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    return open_store("unused", f"s3://{bucket}/archive", endpoint=endpoint, **KEYS)


def staged(store, data: bytes):
    path = store.staging_dir() / os.urandom(8).hex()
    path.write_bytes(data)
    return key_of(hashlib.sha256(data).digest()), path


def test_what_was_put_is_read_back_whole_and_in_ranges(store):
    key, path = staged(store, b"0123456789")
    store.put_all([(key, path)])
    assert store.read(key) == b"0123456789"
    assert store.read(key, [(2, 3), (8, 2)]) == b"23489"
    assert not path.exists()


def test_the_same_bytes_twice_are_one_object(store):
    for _ in range(2):
        store.put_all([staged(store, b"same")])
    assert list(store.keys()) == [key_of(hashlib.sha256(b"same").digest())]


def test_a_deleted_object_is_not_found(store):
    key, path = staged(store, b"gone")
    store.put_all([(key, path)])
    store.delete(key)
    with pytest.raises(NotFound):
        store.read(key)
    with pytest.raises(NotFound):
        store.read(key, [(0, 1)])


def test_a_store_that_does_not_answer_acknowledges_nothing(endpoint):
    away = open_store("unused", "s3://no-such-bucket/archive", endpoint=endpoint, **KEYS)
    item = staged(away, b"lost")
    with pytest.raises(Unavailable, match="nothing was acknowledged"):
        away.put_all([item])
    assert item[1].exists()
    item[1].unlink()
