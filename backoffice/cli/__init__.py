"""The command line: `backoffice …`. One small module a command; each is imported only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

# name: (module, its click command, what it does). A module may import what it needs at its top.
COMMANDS = {
    "up": ("backoffice.cli.up", "up", "Run the whole demo on this machine (what make run calls)."),
    "web": ("backoffice.cli.web", "web", "Serve the pages and the API."),
    "worker": ("backoffice.cli.worker", "worker", "Work off background jobs."),
    "scheduler": ("backoffice.cli.scheduler", "scheduler", "Ask for the periodic jobs."),
    "db": ("backoffice.cli.db", "db", "The database: db upgrade, check, revision."),
    "officer": ("backoffice.cli.officer", "officer", "Who may sign in: officer add, change, renew, disable."),
    "client": ("backoffice.cli.client", "client", "Let machines call the API: client add NAME --scope …."),
    "expire": ("backoffice.cli.expire", "expire", "Delete what was not handed in by its deadline."),
    "trail": ("backoffice.cli.trail", "trail", "Prove the trail: trail verify, trail seal."),
    "stats": ("backoffice.cli.stats", "stats", "The figures of the dashboards: stats verify, stats fold."),
    "photos": ("backoffice.cli.photos", "photos", "Photos: photos reencrypt, photos check."),
    "seed": ("backoffice.cli.seed", "seed", "Add many plain synthetic declarations (demo and test)."),
    "sample": ("backoffice.cli.sample", "sample", "Write an invented declaration and its photos, to try the API."),
    "check": ("backoffice.cli.check", "check", "Tell whether this configuration is fit for production."),
    "prepare": ("backoffice.cli.prepare", "prepare", "Migrate and load the demo (make run does it)."),
}


class Commands(click.Group):
    """The commands of COMMANDS, listed without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the named command, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, _, help_text) in COMMANDS.items()])


@click.command(cls=Commands)
def main() -> None:
    """Run the desk of VssID registrations: its processes and its administration."""
