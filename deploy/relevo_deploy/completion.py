"""``relevo completion``: the script by which a shell completes commands and options."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from relevo_deploy import command

Shell = Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Whose script it is to be.")]


async def completion(shell: Shell, /) -> int:
    """Print what completes commands and options in a shell.

    In bash: eval "$(relevo completion bash)", in the session or in .bashrc. zsh takes it as a file _relevo in a folder
    of its fpath, fish as ~/.config/fish/completions/relevo.fish. Print it again after an upgrade.
    """
    print(command.application().generate_completion(prog_name="relevo", shell=shell))
    return 0
