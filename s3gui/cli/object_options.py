"""What objects are made with, as it is typed: ``s3gui upload`` and whoever else makes objects."""

import argparse

from s3gui.cli import values
from s3gui.domain.encryption import CustomerKey, Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.text import tr

CANNED_ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
#: Options that are one header each.
_HEADERS = {
    "--cache-control": "Cache-Control",
    "--content-disposition": "Content-Disposition",
    "--content-encoding": "Content-Encoding",
    "--content-language": "Content-Language",
    "--storage-class": "STANDARD, …",
}


def add_object_options(parser: argparse.ArgumentParser, *, of_files: bool = True) -> None:
    """The options that ``object_options`` reads.

    ``of_files``: the objects are made of files, whose names may tell their types.
    """
    group = parser.add_argument_group(tr("objects"))
    group.add_argument(
        "--content-type",
        metavar=tr("TYPE"),
        type=values.header,
        default="",
        help=tr("instead of the one by the file's name") if of_files else "Content-Type",
    )
    if of_files:
        group.add_argument(
            "--content-type-rule",
            metavar=tr("MASK=TYPE"),
            type=values.type_rule,
            action="append",
            default=[],
            help=tr(
                "the type of files by name, like '*.log=text/plain'; the first that fits counts"
            ),
        )
    for name, text in _HEADERS.items():
        group.add_argument(name, metavar=tr("TEXT"), type=values.header, default="", help=text)
    group.add_argument(
        "--metadata",
        metavar=tr("NAME=VALUE"),
        type=values.pair,
        action="append",
        default=[],
        help=tr("metadata of your own; may be given several times"),
    )
    group.add_argument(
        "--tag",
        metavar=tr("NAME=VALUE"),
        type=values.tag,
        action="append",
        default=[],
        help=tr("a tag; may be given up to ten times"),
    )
    group.add_argument(
        "--acl",
        metavar=tr("NAME"),
        choices=CANNED_ACLS,
        default="",
        help=tr("who may use it: {names}").format(names=", ".join(CANNED_ACLS)),
    )
    _add_encryption(parser)


def _add_encryption(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(tr("encryption by the storage"))
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--sse",
        choices=[Encryption.S3.value, Encryption.KMS.value],
        default="",
        help=tr("with keys of the storage, or of its key service"),
    )
    which.add_argument(
        "--sse-c-key-file",
        metavar=tr("FILE"),
        type=values.customer_key,
        dest="customer_key",
        help=tr("with the key in this file: 32 bytes, as they are, in base64 or in hex"),
    )
    group.add_argument(
        "--sse-kms-key-id",
        metavar="ID",
        type=values.header,
        default="",
        help=tr("which key of the key service; needs --sse aws:kms"),
    )


def check_object_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends the program with a word where options do not go together."""
    if args.sse_kms_key_id and args.sse != Encryption.KMS:
        parser.error(tr("--sse-kms-key-id needs --sse aws:kms"))


def object_options(args: argparse.Namespace) -> ObjectOptions:
    """What was typed; the rules by mask are apart, in ``args.content_type_rule``."""
    key: CustomerKey | None = args.customer_key
    return ObjectOptions(
        content_type=args.content_type,
        metadata=dict(args.metadata),
        tags=dict(args.tag),
        cache_control=args.cache_control,
        content_disposition=args.content_disposition,
        content_encoding=args.content_encoding,
        content_language=args.content_language,
        storage_class=args.storage_class,
        acl=args.acl,
        encryption=args.sse,
        kms_key_id=args.sse_kms_key_id,
        customer_key=key,
    )
