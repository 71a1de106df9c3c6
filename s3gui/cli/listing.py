"""``s3gui ls``."""

import argparse

from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED
from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.errors import BadAnswer, NotFound, NotSupported
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.domain.text import tr, trn


async def ls(args: argparse.Namespace, session: Session, output: Output) -> int:
    """Lists buckets (no place), what is under a prefix, or one object; returns the exit code."""
    where: Location | None = args.where
    if where is None:
        buckets = await session.buckets.all()
        for bucket in buckets:
            output.bucket(bucket)
        output.listed(len(buckets), 0, 0)
        return EXIT_DONE
    if args.versions:
        return await _versions(where, session, output, recursive=args.recursive)
    if not where.is_prefix:
        return await _one_object(where, session, output)
    return await _under(where, session, output, recursive=args.recursive)


async def _under(where: Location, session: Session, output: Output, *, recursive: bool) -> int:
    objects = prefixes = n_bytes = invalid = 0
    complete = True
    async for page in session.listing.pages(where, recursive=recursive):
        _show(page, output)
        objects += len(page.objects)
        prefixes += len(page.prefixes)
        n_bytes += sum(entry.size for entry in page.objects)
        invalid += page.invalid
        complete = complete and not page.incomplete
    if not complete:
        output.error(
            BadAnswer(
                tr("The listing is incomplete"),
                tr("The server said that there is more and gave no way to ask for it."),
            )
        )
    if invalid:
        output.error(
            BadAnswer(
                trn(
                    "{count} entry that cannot be was left out",
                    "{count} entries that cannot be were left out",
                    invalid,
                ).format(count=invalid),
                tr("The server listed keys outside the prefix, negative sizes, or a key twice."),
            )
        )
    output.listed(objects, prefixes, n_bytes)
    return EXIT_DONE if complete else EXIT_FAILED


async def _versions(where: Location, session: Session, output: Output, *, recursive: bool) -> int:
    if session.versions is None:
        raise NotSupported(tr("This storage keeps no versions"))
    if where.is_prefix:
        found = session.versions.under(where, recursive=recursive)
    else:
        found = session.versions.of_object(where)
    objects = prefixes = n_bytes = 0
    async for row in found:
        if isinstance(row, str):
            output.prefix(where.bucket, row)
            prefixes += 1
        else:
            output.version(where.bucket, row)
            objects += 1
            n_bytes += row.size
    output.listed(objects, prefixes, n_bytes)
    return EXIT_DONE


def _show(page: Page, output: Output) -> None:
    bucket = page.location.bucket
    for prefix in page.prefixes:
        output.prefix(bucket, prefix)
    for entry in page.objects:
        output.entry(bucket, entry)


async def _one_object(where: Location, session: Session, output: Output) -> int:
    try:
        found = await session.objects.head(where)
    except NotFound as error:
        raise NotFound(
            error.title,
            error.detail,
            tr("To list what is under a prefix, end it with /."),
            code=error.code,
            request_id=error.request_id,
        ) from error
    output.entry(
        where.bucket,
        ObjectEntry(where.key, found.size, found.modified, found.etag, found.storage_class),
    )
    output.listed(1, 0, found.size)
    return EXIT_DONE
