// A report from its first word to its arrival. While it is a draft it may be changed; when it is first sent it is frozen
// with its key, so that ten tries are one report. Only a refusal before any effect makes a draft of it again. Its pictures
// go after it, each with a key of its own; one that was refused stays, with the reason, until its person removes it.
export const TEXTS = ["description", "evidence_note"];
export const FIELDS = ["held_on", "minutes", "people", "format", ...TEXTS];
export const MOST_PICTURES = 4;
const NUMBERS = ["minutes", "people"];

export const newReport = id =>
  ({ id, typed: {}, faults: {}, problem: "", key: null, body: null, pictures: [], session: null });
export const isFrozen = report => report.key !== null;
export const unsent = report => report.pictures.filter(each => !each.problem);
// Whether something of it is still to be sent, as it is.
export const waits = report => isFrozen(report) && (report.session === null || unsent(report).length > 0);

const isDay = text => {
  const found = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return found !== null && !Number.isNaN(found.getTime()) && found.toISOString().startsWith(text);
};

// What is wrong with what was typed, by field: the name of a sentence.
export const faultsOf = (typed, formats) => {
  const faults = {};
  if (!isDay(typed.held_on ?? "")) faults.held_on = "day";
  for (const name of NUMBERS) if (!/^[0-9]{1,9}$/.test(typed[name] ?? "")) faults[name] = "number";
  if (!formats.includes(typed.format)) faults.format = "choice";
  return faults;
};

// A draft as it is now; a frozen one stays as it is.
export const changed = (report, typed) => (isFrozen(report) ? report : { ...report, typed });

// As it will be sent from now on, each time to the letter.
export const frozen = (report, key) => {
  if (isFrozen(report)) return report;
  const { held_on, minutes, people, format, another_session, ...texts } = report.typed; // and which session it is of, beside the body
  const whole = text => (text.toWellFormed ? text.toWellFormed() : text);
  const wrote = Object.fromEntries(TEXTS.map(name => [name, texts[name] ? whole(texts[name]) : null]));
  const affirmed = another_session ? { another_session: true } : {};
  const figures = { held_on, minutes: Number(minutes), people: Number(people), format };
  const body = JSON.stringify({ ...figures, ...wrote, ...affirmed });
  return { ...report, faults: {}, problem: "", key, body };
};

// After an answer: with its session when it has arrived; a draft with what is wrong when it was refused; else as it was.
export const answered = (report, answer) => {
  if (answer.state === "arrived") return { ...report, session: { id: answer.session_id, number: answer.number } };
  if (answer.state !== "refused") return report;
  const problem = Object.keys(answer.faults).length ? "" : answer.problem;
  return { ...report, faults: answer.faults, problem, key: null, body: null };
};

export const withPicture = (report, picture) =>
  (isFrozen(report) ? report : { ...report, pictures: [...report.pictures, { ...picture, problem: "" }] });
export const withoutPicture = (report, id) =>
  ({ ...report, pictures: report.pictures.filter(each => each.id !== id) });

// After the answer to one of its pictures.
export const pictureAnswered = (report, id, answer) => {
  if (answer.state === "arrived") return withoutPicture(report, id);
  if (answer.state !== "refused") return report;
  const told = each => (each.id === id ? { ...each, problem: answer.problem } : each);
  return { ...report, pictures: report.pictures.map(told) };
};

// How it stands, for the list: the name of a sentence.
export const stateOf = report => {
  if (report.session !== null) return unsent(report).length ? "pictures" : "not_taken";
  if (isFrozen(report)) return "waits";
  return report.problem || Object.keys(report.faults).length ? "refused" : "draft";
};
