"""OpenStack Swift as an S3 server: proxy, account, container and object server in one process, on this machine only.

``swift_process.py`` runs this file with the Python of the environment that Swift is installed in, so it imports nothing
of ours. Settings come as JSON on standard input, where no list of processes shows the secret; the log goes to standard
error. One disk, one replica: nothing is lost when the process is killed, everything is when the disk is.
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # no name is resolved here, and it takes a third of the start

from swift.common import utils

utils.monkey_patch()  # before anything else opens a socket

import eventlet  # noqa: E402
import eventlet.wsgi  # noqa: E402
from swift.account.server import AccountController  # noqa: E402
from swift.common import storage_policy, wsgi  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingData  # noqa: E402
from swift.common.utils import logs  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.server import ObjectController  # noqa: E402

_HOST = "127.0.0.1"
_DISK = "disk"
_PARTITIONS, _PARTITION_SHIFT = 2, 31
# Names of objects are hashed with it, so it must be the same at each start.
_HASH_SUFFIX = "one-machine"

_PROXY = """
    [DEFAULT]
    swift_dir = {data_dir}

    [pipeline:main]
    pipeline = catch_errors gatekeeper healthcheck listing_formats s3api tempauth bulk slo proxy-server

    [app:proxy-server]
    use = egg:swift#proxy
    account_autocreate = true
    log_level = WARNING

    [filter:s3api]
    use = egg:swift#s3api
    location = {region}

    [filter:tempauth]
    use = egg:swift#tempauth
    user_{user} = {secret_key} .admin

    [filter:catch_errors]
    use = egg:swift#catch_errors

    [filter:gatekeeper]
    use = egg:swift#gatekeeper

    [filter:healthcheck]
    use = egg:swift#healthcheck

    [filter:listing_formats]
    use = egg:swift#listing_formats

    [filter:bulk]
    use = egg:swift#bulk

    [filter:slo]
    use = egg:swift#slo
"""


def serve(*, data_dir: Path, port: int, access_key: str, secret_key: str, region: str) -> None:
    """Serve S3 on ``port`` until the process ends. access_key: ``<account>:<user>``, letters and digits only."""
    warnings.filterwarnings("ignore", message="capitalize_response_headers is disabled")
    logs.ThreadSafeSysLogHandler = lambda **_: logging.StreamHandler()
    (data_dir / _DISK).mkdir(exist_ok=True)
    (data_dir / "swift.conf").write_text(f"[swift-hash]\nswift_hash_path_suffix = {_HASH_SUFFIX}\n")
    utils.set_swift_dir(str(data_dir))
    storage_policy.reload_storage_policies()

    conf = {"devices": str(data_dir), "swift_dir": str(data_dir), "mount_check": "false", "log_level": "WARNING"}
    for ring, controller in (
        ("account", AccountController),
        ("container", ContainerController),
        ("object", ObjectController),
    ):
        listener = eventlet.listen((_HOST, 0))
        _write_ring(data_dir / f"{ring}.ring.gz", port=listener.getsockname()[1])
        eventlet.spawn(_run, listener, controller(conf))
    proxy = _PROXY.format(data_dir=data_dir, region=region, user=access_key.replace(":", "_"), secret_key=secret_key)
    _run(eventlet.listen((_HOST, port)), wsgi.loadapp(wsgi.ConfigString(proxy)))


def _write_ring(path: Path, *, port: int) -> None:
    """Say that all there is lies on the one disk."""
    disk = {"id": 0, "region": 1, "zone": 1, "device": _DISK, "ip": _HOST, "port": port}
    RingData([[0] * _PARTITIONS], [disk], _PARTITION_SHIFT).save(str(path))


def _run(listener: Any, app: Any) -> None:
    # Headers keep their case: clients of S3 look for ETag, not Etag.
    quiet = utils.NullLogger()
    eventlet.wsgi.server(listener, app, quiet, protocol=SwiftHttpProtocol, capitalize_response_headers=False)


if __name__ == "__main__":
    settings = json.load(sys.stdin)
    serve(data_dir=Path(settings.pop("data_dir")), **settings)
