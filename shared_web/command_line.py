"""What may be typed behind `python app.py`; what each command does is in `app.py`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def command_line(*, roles: Sequence[str]) -> argparse.ArgumentParser:
    """Reads the arguments; the word of the command is in `command`."""
    parser = argparse.ArgumentParser(
        prog="app.py", description="Evertill: a point of sale that is always up to date."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="migrate, then serve the POS, the Back Office, or both")
    serving.add_argument("--back-office", metavar="URL", help="of a store node: where its Back Office is")
    pairing = commands.add_parser(
        "pair", help="make this computer a store node, by a code of the Back Office"
    )
    pairing.set_defaults(role="store")
    pairing.add_argument("--back-office", metavar="URL", help="where the Back Office is")
    pairing.add_argument("--code", required=True, help="the code: Back Office, Terminals, Pair a store node")
    migrating = commands.add_parser("migrate", help="bring the databases up to date")
    replacing = commands.add_parser("new-password", help="give somebody a new Back Office password")
    replacing.add_argument("email")
    replacing.add_argument(
        "--second-factor",
        action="store_true",
        help="they lost their phone and recovery codes too: take the second factor away",
    )
    importing = commands.add_parser("import-catalog", help="import a catalog file into a store")
    importing.add_argument("file", type=Path)
    importing.add_argument("--store", required=True, help="the store's name")
    importing.add_argument("--format", default="auto")
    importing.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    importing.add_argument("--publish", action="store_true", help="publish what was imported")
    commands.add_parser("permissions", help="print which permission opens which route")
    for command in (serving, migrating, *_add_upkeep(commands)):
        command.add_argument("--role", choices=roles, help="what runs here; EVERTILL_ROLE, or all")
    return parser


def _add_upkeep(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> list[argparse.ArgumentParser]:
    """The commands about all that is kept here, whatever its role is."""
    verifying = commands.add_parser("verify", help="re-hash everything that is kept here, and report")
    backing_up = commands.add_parser("backup", help="write a backup into a new folder; also while serving")
    backing_up.add_argument("folder", type=Path)
    resetting = commands.add_parser("reset", help="erase everything that is kept here; not while serving")
    resetting.add_argument("--yes", action="store_true", help="really")
    unpairing = commands.add_parser("unpair", help="make this computer no store node any more")
    unpairing.set_defaults(role="store")
    restoring = commands.add_parser("restore", help="put a backup back; not while serving")
    restoring.add_argument("folder", type=Path)
    exporting = commands.add_parser(
        "export-unsent", help="write what no office has into a signed file; also while serving"
    )
    exporting.add_argument("file", type=Path)
    for command in (restoring, resetting, unpairing, commands.choices["pair"]):
        command.add_argument(
            "--discard-unsent",
            action="store_true",
            help="even if the store's book holds sales that no office has",
        )
    restored = commands.add_parser(
        "restored", help="after a database server's own tools put a backup back; before serving"
    )
    backed_up = commands.add_parser(
        "backed-up", help="after a database server's own tools made a backup: note when, for whoever watches"
    )
    return [verifying, backing_up, resetting, restoring, restored, backed_up]
