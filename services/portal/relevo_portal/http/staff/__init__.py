"""Staff at the portal: the way in by the provider, and their first page. Nothing here opens for an applicant's session,
and nothing elsewhere for one of theirs."""

from relevo_portal.http.staff import door, home, leaving

ROUTERS = (door.router, leaving.router, home.router)
