"""Where the JSON-LD contexts and fonts lie that the service ships and others wrote.

They come from packages pinned by integrity in ``package-lock.json`` and are laid here when the service is built
(``python -m relevo_certification.assets``); at run time nothing is fetched.
"""

from pathlib import Path

ASSETS = Path(__file__).parent
CONTEXTS = ASSETS / "contexts"
FONTS = ASSETS / "fonts"
