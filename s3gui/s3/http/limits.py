"""How long a line may be silent, and how much an answer may hold."""

from dataclasses import dataclass

from s3gui.domain.parts import KIB, MIB


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, and one rate. Tests use small ones."""

    #: DNS, TCP and each round of TLS. botocore's ``connect_timeout`` replaces it.
    connect_s: float = 10
    #: An interim answer to ``Expect: 100-continue``.
    continue_s: float = 10
    #: No byte moved while a body is sent or received.
    idle_s: float = 60
    #: From the last byte of a request to the first of its answer, and between two bytes of a
    #: control answer (Amazon sends spaces while it assembles an object). botocore's
    #: ``read_timeout`` replaces it.
    answer_s: float = 120
    #: How long an answer is waited for after the server broke off in the middle of a body.
    early_answer_s: float = 5
    #: Below this average, in bytes a second, over ``rate_window_s`` a line counts as stalled.
    least_rate: float = 1 * KIB
    rate_window_s: float = 300
    #: A connection idle for longer is not used again.
    keep_alive_s: float = 15
    #: The same for a request that must not be sent twice.
    keep_alive_once_s: float = 2
    #: How long ``close`` waits for threads.
    close_s: float = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and counts."""

    #: One read of a file, one write to a plain socket, one write to a sink. Between two blocks a
    #: sender needs the interpreter, and so does the window, hundreds of times a paint: with blocks
    #: of 1 MiB it came 20 ms late at the 99th percentile, with 4 MiB 12 to 15 ms, and 1 GiB went
    #: out a fifth faster. A stop does not wait for a block, it shuts the socket down.
    block_bytes: int = 4 * MIB
    #: One write to TLS: it is not done before all of it is out, so a slow line gets less at once.
    least_tls_bytes: int = 16 * KIB
    most_tls_bytes: int = 256 * KIB
    #: A smaller body is sent at once: waiting for 100 would cost a round trip and spare nothing.
    least_expect_bytes: int = 64 * KIB
    #: An answer that is parsed.
    control_bytes: int = 32 * MIB
    head_bytes: int = 64 * KIB
    head_lines: int = 200
    interim_answers: int = 8
