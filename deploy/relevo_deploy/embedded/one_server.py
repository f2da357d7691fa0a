"""``relevo stop``, ``start`` and ``restart``: one server of the embedded stack, while the others go on."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from relevo_deploy.embedded.orders import What, order
from relevo_deploy.embedded.running import running_in
from relevo_deploy.parameters import STACK_FOLDER, StackFolder

Name = Annotated[str, Parameter(name="SERVER", help="A service, or desk, nats, mongo.")]


async def stop(name: Name, /, *, stack: StackFolder = STACK_FOLDER) -> int:
    """Stop one server of the embedded stack; it stays stopped.

    A service finishes what it holds. relevo status says that it was stopped by command. relevo start brings it back.
    """
    return await _ordered("stop", name, stack)


async def start(name: Name, /, *, stack: StackFolder = STACK_FOLDER) -> int:
    """Start one server of the embedded stack again.

    Returns when it is ready. From then on it is watched over as before.
    """
    return await _ordered("start", name, stack)


async def restart(name: Name, /, *, stack: StackFolder = STACK_FOLDER) -> int:
    """Stop one server of the embedded stack, and start it.

    Returns when it is ready.
    """
    return await _ordered("restart", name, stack)


async def _ordered(what: What, name: str, stack: StackFolder) -> int:
    print(await order(running_in(stack).door, what, name))
    return 0
