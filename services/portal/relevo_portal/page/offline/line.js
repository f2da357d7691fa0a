// The line to the portal. Whatever is not an answer of the portal's own leaves a report as it is, to be sent again.
const PATIENCE = 20_000; // milliseconds, for a poor line

const PICTURE_PATIENCE = 120_000;

const asked = async (path, body = null, more = {}, patience = PATIENCE) => {
  const how = { mode: "same-origin", credentials: "same-origin", cache: "no-store", redirect: "manual" };
  const sent = body === null ? {} : { method: "POST", body };
  const headers = { Accept: "application/json", ...more };
  return fetch(path, { ...how, ...sent, headers, signal: AbortSignal.timeout(patience) });
};

const read = async answer => {
  try {
    return await answer.json();
  } catch {
    return {};
  }
};

// Who is in: {state: "in", form, whose, takes_part}, {state: "out", form}, or {state: "no_line" or "away"}.
export const readStatus = async () => {
  try {
    const answer = await asked("/offline/status");
    const found = answer.ok ? await read(answer) : {};
    return found.state === "in" || found.state === "out" ? found : { state: "away" };
  } catch {
    return { state: "no_line" };
  }
};

// The sessions that are planned: [{id, on}]; null when it cannot be told now.
export const readPlanned = async () => {
  try {
    const answer = await asked("/offline/planned");
    return answer.ok ? ((await read(answer)).planned ?? null) : null;
  } catch {
    return null;
  }
};

// Come in with the code: "in", or the name of what is wrong.
const MISTAKES = { 403: "not_from_here", 410: "gone", 422: "unknown", 429: "too_many" };
export const enter = async (form, code) => {
  try {
    const answer = await asked("/enter", new URLSearchParams({ form, code }));
    return answer.type === "opaqueredirect" ? "in" : (MISTAKES[answer.status] ?? "away");
  } catch {
    return "no_line";
  }
};

const sent = async ask => {
  try {
    const answer = await ask();
    if (answer.status === 401) return { state: "out" };
    const found = await read(answer);
    const states = ["arrived", "refused", "others", "away"];
    return states.includes(found.state) ? { faults: {}, problem: "", ...found } : { state: "away" };
  } catch {
    return { state: "no_line" };
  }
};

// Send a frozen report of this person's: {state: "arrived", session_id, number}, {state: "refused", faults, problem}, or
// {state: "no_line", "away", "out" or "others"}, after which it waits as it is.
export const send = (report, whose, form, language) => {
  const fields = { form, whose, once: report.key, report: report.body, subject: report.typed.about ?? "" };
  const body = new URLSearchParams(fields);
  return sent(() => asked(`/offline/report?lang=${language}`, body));
};

// Send a picture of a report that has arrived: as above.
export const sendPicture = (picture, content, session, whose, form, language) => {
  const fields = { form, whose, once: picture.key, subject: session.id };
  const headers = Object.fromEntries(Object.entries(fields).map(([name, text]) => [`Relevo-${name}`, text]));
  const body = new Blob([content], { type: "image/jpeg" });
  return sent(() => asked(`/offline/picture?lang=${language}`, body, headers, PICTURE_PATIENCE));
};
