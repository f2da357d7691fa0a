"""Taking the certificate into a wallet: by file, or by a code that is made at a press and shown once."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InParticipant
from relevo_portal.http.forms import once_of
from relevo_portal.page.frame import sent
from relevo_portal.page.wallet import offer_page, wallet_page
from relevo_portal.services.asking import Away, Declined, NothingThere, reason_of, status_of
from relevo_portal.words.wallet import TEXTS

router = Routes(include_in_schema=False)


@router.get("/paper/wallet", response_class=HTMLResponse)
async def read_wallet(person: InParticipant) -> Response:
    """What it reveals, and both ways. Changes nothing; without a certificate that stands, the way back."""
    token = await person.token("certification")
    found = await person.equipment.certification.certificate(token, person.language)
    if found is None or found.standing != "issued":
        return RedirectResponse(person.to("/paper"), 303)
    return sent(wallet_page(await person.frame("/paper/wallet"), new_id()), person.language)


@router.post("/paper/wallet", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def offer_to_wallet(person: InParticipant, form: InOwnForm) -> Response:
    """Make a code, once for the key, and show it in the answer itself: it is kept nowhere that another page could show
    it from. Sent again while it can be used, the form gets the same one."""
    once, frame = once_of(form), await person.frame("/paper/wallet")
    try:
        token = await person.token("certification")
        offered = await person.equipment.certification.offer_to_wallet(token, once, person.language)
    except (Away, Declined, NothingThere) as refused:
        words = TEXTS[person.language].scan
        text = reason_of(refused, away=words.not_done, declined=words.declined)
        again = once if isinstance(refused, Away) else new_id()
        return sent(wallet_page(frame, again, text), person.language, status_of(refused))
    return sent(offer_page(frame, offered, new_id()), person.language)
