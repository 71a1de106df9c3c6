"""The one AioSession of the process: made in a thread, blind to the environment, quiet in the log.

Importing botocore and parsing its model of S3 takes 0.5 s, so nothing here runs on the loop:
the window calls ``warm_up`` in a thread once it is visible, and clients are built in threads too
(3.5 ms each when warm). botocore is imported only inside functions, so importing the gateway costs
the start of the window nothing.
"""

import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from s3gui.s3.clock import is_skew, register_signature

if TYPE_CHECKING:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import AioSession
    from types_aiobotocore_s3 import S3Client

    from s3gui.domain.profile import Credentials, Profile

_Result = TypeVar("_Result")

#: At DEBUG these write session tokens, signatures and key ids. A level of their own keeps them
#: quiet whatever the root logger is set to.
_TALKATIVE = ("botocore", "aiobotocore", "urllib3", "aiohttp")

#: Control calls that must not be repeated blindly: the first may have been carried out.
_SENT_ONCE = (
    *("CreateBucket", "CreateMultipartUpload", "AbortMultipartUpload"),
    *("DeleteObject", "DeleteObjects"),
)
#: Refusals before anything was done; botocore signs anew for the region and asks the same host.
#: So are those for the time of the signature, which ``clock.py`` sees to.
_WRONG_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "301", "307"}

_lock = threading.Lock()
_session: "AioSession | None" = None


def warm_up() -> None:
    """Loads botocore, its model of S3 and a first client. Blocks for 0.5 s: call it in a thread."""
    from s3gui.domain.profile import Credentials, Profile
    from s3gui.s3.config import LANES, Timeouts, lane_config

    profile = Profile(id="", name="", endpoint="https://localhost")
    make_client(profile, Credentials("warm", "up"), lane_config(profile, LANES[0], Timeouts()))


def make_client(profile: "Profile", credentials: "Credentials", config: "AioConfig") -> "S3Client":
    """A client that is not entered yet. Blocks: call it in a thread.

    Raises:
        ValueError: the endpoint is no URL that botocore takes.
    """
    with _lock:
        # botocore's session is not made for several threads at once.
        context = _shared_session().create_client(
            "s3",
            region_name=profile.region or "us-east-1",
            endpoint_url=profile.endpoint,
            verify=profile.ca_bundle or True,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token or None,
            config=config,
        )
        # Entering the context would enter the client's HTTP session too, on a loop there is not.
        client: S3Client = _run_without_loop(context._coro)  # noqa: SLF001
    return client


def _refuse_retry(response: Any = None, **_: Any) -> bool | None:
    """An answer to botocore's question; ``False`` is no, ``None`` leaves it to the next handler."""
    code = response[1].get("Error", {}).get("Code") if response else None
    return None if code in _WRONG_REGION or is_skew(str(code)) else False


def _refuse_arn(params: dict[str, Any], **_: Any) -> None:
    """An ARN for a bucket would make botocore send the keys to a host of the ARN's making.

    Raises:
        S3guiError: ``InvalidBucketName``.
    """
    from s3gui.s3.errors import not_a_bucket

    if str(params.get("Bucket", "")).startswith("arn:"):
        raise not_a_bucket(params["Bucket"])


def _run_without_loop(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs a coroutine that waits for nothing: with keys given, building a client is plain code."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    coroutine.close()
    raise RuntimeError("building a client waited for something")


def _shared_session() -> "AioSession":
    global _session  # noqa: PLW0603  one a process: it holds the parsed models
    if _session is None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.INFO)
        _session = _make_session()
    return _session


def _in_order(pairs: list[tuple[str, Any]]) -> "OrderedDict[str, Any]":
    """In Python: between two steps of it another thread may go on."""
    return OrderedDict(pairs)


def _make_session() -> "AioSession":
    """A session that knows nothing but what it is given.

    Neither ``AWS_*`` (an ``AWS_ENDPOINT_URL_S3`` would send the keys elsewhere) nor ``~/.aws``
    (profiles, ``credential_process``, models that replace botocore's own) has a say.
    """
    from aiobotocore.session import AioSession
    from botocore.configprovider import (
        BOTOCORE_DEFAUT_SESSION_VARIABLES,
        ConfigValueStore,
        ConstantProvider,
    )
    from botocore.handlers import _handle_200_error
    from botocore.loaders import JSONFileLoader, Loader

    from s3gui.s3.deleting import put_md5
    from s3gui.s3.encryption import refuse_in_clear
    from s3gui.s3.parsing import S3ParserFactory, check_answer
    from s3gui.s3.uploads import put_document

    class Files(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
        """Reads a model so that other threads get their turns.

        With the hook that botocore has, which is C, the decoder keeps the interpreter until all of
        1.2 MB is read, and the window stands still for as long.
        """

        def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> Any:
            if not os.path.isfile(full_path):  # noqa: PTH113  as botocore asks
                return None
            with open_method(full_path, "rb") as file:
                return json.loads(file.read(), object_pairs_hook=_in_order)

    register_signature()
    session = AioSession()
    defaults = {name: row[2] for name, row in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    defaults |= {"config_file": os.devnull, "credentials_file": os.devnull}
    session.register_component(
        "config_store",
        ConfigValueStore({name: ConstantProvider(value) for name, value in defaults.items()}),
    )
    session.register_component(
        "data_loader",
        Loader(
            extra_search_paths=[Loader.BUILTIN_DATA_PATH],
            file_loader=Files(),
            include_default_search_paths=False,
        ),
    )
    session.register_component("response_parser_factory", S3ParserFactory())
    events = session.get_component("event_emitter")
    # botocore's own makes a server error, and so something to be tried again, of every answer that
    # it cannot read. It stands at the very front, so it is taken away and put behind ours.
    events.unregister("before-parse.s3.*", _handle_200_error)
    events.register_first("before-parse.s3.*", check_answer)
    events.register("before-parse.s3.*", _handle_200_error)
    events.register("before-call.s3.CompleteMultipartUpload", put_document)
    events.register("before-call.s3", refuse_in_clear)
    events.register("before-sign.s3.DeleteObjects", put_md5)
    events.register_first("before-parameter-build.s3", _refuse_arn)
    for operation in _SENT_ONCE:
        events.register_first(f"needs-retry.s3.{operation}", _refuse_retry)
    return session
