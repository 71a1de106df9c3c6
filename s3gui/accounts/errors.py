"""Why keys cannot be kept, one type for each thing a person can do about it."""

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.text import tr


class KeyringProblem(S3guiError):
    """The OS keyring cannot be used. The keys go on living in memory; nothing is written to disk.

    The title says why and can stand alone: it is what ``keyring_problem()`` answers.
    """

    kind = ErrorKind.LOCAL
    default_code = "Keyring"


class KeyringMissing(KeyringProblem):
    """There is no keyring service, or none that we trust."""

    default_code = "KeyringMissing"

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            tr("No keyring was found on this computer"),
            detail
            or tr("Neither a Secret Service (GNOME Keyring, KeePassXC) nor KWallet answers."),
            tr("Keys are held in memory until s3gui is closed."),
        )


class KeyringSwitchedOff(KeyringProblem):
    """PYTHON_KEYRING_BACKEND names something else than a keyring of the operating system."""

    default_code = "KeyringSwitchedOff"

    def __init__(self, name: str) -> None:
        super().__init__(
            tr("The keyring is switched off for this program"),
            tr(
                "The environment variable PYTHON_KEYRING_BACKEND asks for {name}, "
                "which s3gui does not store keys in."
            ).format(name=name),
            tr("Keys are held in memory until s3gui is closed."),
        )


class KeyringLocked(KeyringProblem):
    """The keyring is locked and was not unlocked: the prompt was dismissed, or there is none."""

    default_code = "KeyringLocked"

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            tr("The keyring is locked"),
            detail,
            tr("Unlock it in the settings of your desktop, then try again."),
        )


class KeyringSilent(KeyringProblem):
    """No answer within the limit: most likely it waits for its own password prompt."""

    default_code = "KeyringSilent"

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            tr("The keyring does not answer"),
            tr(
                "Nothing came back within {seconds} seconds; it may be waiting for its password."
            ).format(seconds=round(limit_s)),
            tr("Look for its password prompt behind other windows, then try again."),
        )


class KeyringRefused(KeyringProblem):
    """The keyring answered, and the answer is no."""

    default_code = "KeyringRefused"

    def __init__(self, detail: str) -> None:
        super().__init__(
            tr("The keyring refused"),
            detail,
            tr("Keys are held in memory until s3gui is closed."),
        )
