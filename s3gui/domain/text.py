"""Every text a person sees passes through here: translation, and what makes foreign text safe.

gettext, not Qt's translator, because the command line speaks the same sentences and has no Qt.
English is the source; ``resources/translations`` holds the others. A composition root installs a
catalogue once, before anything is shown; a text is translated when it is asked for.
"""

import gettext
import unicodedata

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def install(catalogue: gettext.NullTranslations) -> None:
    """Makes ``catalogue`` the one that ``tr`` and ``trn`` ask. Called by the composition roots."""
    global _catalogue  # noqa: PLW0603  one language a process, as gettext itself has it
    _catalogue = catalogue


def tr(message: str) -> str:
    """``message`` in the person's language. The argument has to be a plain string literal."""
    return _catalogue.gettext(message)


def trn(singular: str, plural: str, n: int) -> str:
    """The right one of two (or, in Russian, three) forms for ``n``; ``n`` is not filled in."""
    return _catalogue.ngettext(singular, plural, n)


def trc(context: str, message: str) -> str:
    """``message`` where one English word has two meanings; ``context`` says which."""
    return _catalogue.pgettext(context, message)


def noop(message: str) -> str:
    """Marks a literal for translation where it is only stored; ``tr`` it where it is shown."""
    return message


#: Categories that draw nothing or reorder what is around them: controls, formats (bidi marks,
#: zero-width), surrogates (names that are not UTF-8), line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: A zero-width joiner holds emoji families together, a variation selector picks their colour.
_HARMLESS = {"\u200d"}


def visible(text: str, limit: int = 1024) -> str:
    """Text from a server or a file name, made safe to show on one line.

    Control characters become their picture (``␊``), other invisible ones ``‹U+202E›``, and what is
    longer than ``limit`` characters is cut with an ellipsis. Never feed the result back to S3.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(_show(char) for char in cut)


def _show(char: str) -> str:
    if char in _HARMLESS or unicodedata.category(char) not in _INVISIBLE:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"‹U+{code:04X}›"
