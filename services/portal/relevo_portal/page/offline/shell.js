// Reports that are written without a line: opened with a passphrase, kept sealed, sent when there is a line. What was
// opened is in this page's memory alone, and gone with it, or after ten idle minutes.
import { Gone, isAble, keepForLong, keepPage, putItem, putLock, readIds, readItem, readLock, readPiece, removeAll,
  removeItem, replaceLock } from "./device.js";
import { enter, readPlanned, readStatus, send, sendPicture } from "./line.js";
import { glimpse, redrawn } from "./picture.js";
import { answered, changed, faultsOf, frozen, isFrozen, MOST_PICTURES, newReport, pictureAnswered, stateOf, unsent,
  waits, withoutPicture, withPicture } from "./report.js";
import { newId, newLock, open, openFile, seal, sealFile, strengthOf, suggested, unlocked, withInside }
  from "./seal.js";
import { $, clicks, counted, dayText, fault, faulty, fill, language, notify, show, submits, typed, word } from "./view.js";

const IDLE = 600_000; // milliseconds
const AGAIN = 60_000;
let opened = null; // {lock, key, whose, planned, reports}
let writing = null; // the id of the report in the form
let saving = Promise.resolve();
let sending = false;
let idle;

const formats = Array.from(document.querySelectorAll("[name=format]"), each => each.value);
const waiting = () => (opened ? [...opened.reports.values()].filter(waits) : []);

const keep = async (report, pieces = {}) => {
  const { lock, key, reports } = opened;
  const sealed = await seal(key, report.id, report);
  await putItem(lock, report.id, sealed, pieces);
  reports.set(report.id, report);
};

// Nothing that was opened stays: no key, no text, in no field.
const forget = () => {
  opened = null;
  writing = null;
  clearTimeout(idle);
  for (const form of document.querySelectorAll("main form")) form.reset();
  $("#list").replaceChildren();
  $("#pictures").replaceChildren();
};

const showLocked = async (why = null) => {
  forget();
  notify(why);
  const lock = await readLock();
  if (lock === null) {
    show("begin");
    return;
  }
  const { length } = await readIds();
  $("#kept").textContent = length ? counted("kept", length) : word("kept_none");
  show("locked");
};

// What was kept is not there any more, or is another's: begin from what there is.
const guarded = work => async (...args) => {
  try {
    return await work(...args);
  } catch (refused) {
    if (refused instanceof Gone) return showLocked("gone");
    return notify("broke");
  }
};

const close = guarded(async () => {
  await save();
  await showLocked();
});

const stir = () => {
  clearTimeout(idle);
  if (opened) idle = setTimeout(close, IDLE);
};

const line = report => {
  const item = $("#item").content.cloneNode(true);
  const button = item.querySelector("button");
  button.textContent = word("title").replace("{day}", dayText(report.typed.held_on));
  item.querySelector(".until").textContent = word(`states.${stateOf(report)}`);
  button.addEventListener("click", () => write(report.id));
  return item;
};

const list = () => {
  writing = null;
  $("#list").replaceChildren(...Array.from(opened.reports.values(), line));
  $("#none").hidden = opened.reports.size > 0;
  $("#send-all").hidden = waiting().length === 0;
  show("list");
};

const write = guarded(async id => {
  const report = opened.reports.get(id);
  const form = $("#report");
  writing = id;
  $("#about").replaceChildren();
  offerPlanned(report);
  fill(form, report.typed);
  $("#another").hidden = !(report.typed.another_session || report.faults.another_session);
  $("#fields").disabled = isFrozen(report);
  $("#frozen").hidden = !isFrozen(report) || report.session !== null;
  $("#add").hidden = isFrozen(report);
  $("#send").hidden = isFrozen(report);
  $("#saved").textContent = "";
  $("#remove").open = false;
  show("write");
  faulty(form, report.faults, report.problem);
  fault($("#picture"), "");
  $("#no_people").checked = false;
  await showPictures();
});

// The pictures of the report in the form, each small, with what was said of it.
const showPictures = async () => {
  const { key, reports } = opened;
  const report = reports.get(writing);
  const items = report.pictures.map((picture, at) => {
    const item = $("#shown").content.cloneNode(true);
    item.querySelector("canvas").setAttribute("aria-label", word("picture").replace("{number}", at + 1));
    item.querySelector(".fault").textContent = picture.problem;
    const button = item.querySelector("button");
    button.textContent += ` ${at + 1}`;
    button.hidden = isFrozen(report) && !picture.problem;
    button.addEventListener("click", () => removePicture(picture.id));
    return item;
  });
  $("#pictures").replaceChildren(...items);
  const canvases = document.querySelectorAll("#pictures canvas");
  for (const [at, picture] of report.pictures.entries()) {
    const content = await openFile(key, picture.id, await readPiece(picture.id));
    if (canvases[at].isConnected) await glimpse(content, canvases[at]);
  }
};

// Draw it anew, and keep it sealed with the key under which it will be sent.
const addPicture = guarded(async () => {
  await save();
  const report = opened?.reports.get(writing);
  const [file] = $("#picture").files;
  $("#picture").value = "";
  if (!report || !file) return;
  const wrong = !$("#no_people").checked ? "affirm" : report.pictures.length >= MOST_PICTURES ? "many" : null;
  const content = wrong ? null : await redrawn(file).catch(() => null);
  fault($("#picture"), content ? "" : word(`pictures.${wrong ?? "unusable"}`));
  if (!content || opened?.reports.get(writing)?.id !== report.id) return;
  const id = newId();
  const piece = { id, sealed: await sealFile(opened.key, id, content) };
  await keep(withPicture(opened.reports.get(report.id), { id, key: newId() + newId() }), { piece });
  $("#no_people").checked = false;
  await showPictures();
});

const removePicture = guarded(async id => {
  await save();
  const left = withoutPicture(opened.reports.get(writing), id);
  await keep(left, { without: id });
  if (left.session !== null && left.pictures.length === 0) await removeOne();
  else await showPictures();
});

// What is planned, as it was last told; kept inside the lock.
const learnPlanned = async () => {
  const planned = await readPlanned();
  if (!opened || planned === null) return;
  const lock = await withInside(opened.key, opened.lock, { whose: opened.whose, planned });
  await replaceLock(lock);
  if (!opened) return;
  Object.assign(opened, { lock, planned });
  if (writing) offerPlanned(opened.reports.get(writing));
};

const offerPlanned = report => {
  const choices = opened.planned.map(({ id, on }) => new Option(word("planned").replace("{day}", dayText(on)), id));
  const chosen = $("#about").value || report.typed.about;
  if (chosen && !opened.planned.some(each => each.id === chosen)) choices.push(new Option(word("planned_then"), chosen));
  $("#about").replaceChildren(new Option(word("unplanned"), ""), ...choices);
  $("#about").value = chosen ?? "";
  $("#about").closest(".field").hidden = choices.length === 0;
};

// What is in the form, sealed and on the device when this is over. Nothing is sealed twice at once.
const save = () => {
  saving = saving.then(async () => {
    const report = opened && writing ? opened.reports.get(writing) : null;
    if (!report || isFrozen(report)) return;
    await keep(changed(report, typed($("#report"))));
    $("#saved").textContent = word("saved");
  });
  const over = saving;
  saving = saving.catch(() => {});
  return over;
};

// Send a report that is frozen: null when it has arrived, or else what it stopped at.
const sendReport = async (report, form) => {
  const answer = await send(report, opened.whose, form, language);
  if (!opened) return "closed";
  const after = answered(report, answer);
  if (after === report) return answer.state;
  await keep(after);
  return after.session === null ? "refused" : null;
};

// Send the pictures of a report that has arrived, one after the other: null when there is none left to be sent.
const sendPictures = async (id, form) => {
  const { key, whose, reports } = opened;
  for (const picture of unsent(reports.get(id))) {
    const content = await openFile(key, picture.id, await readPiece(picture.id));
    const answer = await sendPicture(picture, content, reports.get(id).session, whose, form, language);
    if (!opened) return "closed";
    const after = pictureAnswered(reports.get(id), picture.id, answer);
    if (after === reports.get(id)) return answer.state;
    await keep(after, answer.state === "arrived" ? { without: picture.id } : {});
  }
  return null;
};

// Of what has arrived nothing stays here, but pictures that were not taken.
const arrived = async report => {
  const isWhole = report.pictures.length === 0;
  opened.planned = opened.planned.filter(each => each.id !== report.session.id);
  if (isWhole) {
    await removeItem(report.id);
    opened.reports.delete(report.id);
  }
  list();
  notify(isWhole ? "arrived" : "not_taken", `/days/session/${report.session.number}?lang=${language}`);
};

// Send all that waits, one after the other; what arrived is removed here, and what was refused can be corrected. Quietly
// it is tried again and again, and says nothing unless something comes of it.
const sendAll = guarded(async (quietly = false) => {
  if (sending || waiting().length === 0) return;
  sending = true;
  if (!quietly) notify(null);
  try {
    const status = await readStatus();
    if (!opened) return;
    if (status.state !== "in") return quietly || stopped(status.state);
    for (const report of waiting()) {
      const state = report.session === null ? await sendReport(report, status.form) : null;
      if (state === "refused") return write(report.id);
      const stop = state ?? await sendPictures(report.id, status.form);
      if (stop === "closed") return;
      if (stop !== null) return quietly || stopped(stop);
      await arrived(opened.reports.get(report.id));
    }
  } finally {
    sending = false;
  }
});

const stopped = async state => {
  if (!opened) return;
  list();
  notify(state === "out" ? null : state);
  if (state === "out") askForCode("out");
};

const sendFromList = quietly => {
  if (!$('[data-view="list"]').hidden) sendAll(quietly);
};

let comeInFor = null;
const askForCode = what => {
  comeInFor = what;
  faulty($("#enter"), {});
  show("code");
};

const comeIn = guarded(async () => {
  const status = await readStatus();
  const code = typed($("#enter")).code;
  const found = status.state === "in" ? "in" : status.state === "out" ? await enter(status.form, code) : status.state;
  if (found !== "in") {
    faulty($("#enter"), { code: word(found === "no_line" ? "notices.no_line.more" : `mistakes.${found}`) });
    return;
  }
  $("#enter").reset();
  if (comeInFor === "begin") show("begin");
  else {
    list();
    await sendAll();
  }
});

const begin = guarded(async () => {
  const { passphrase, again } = typed($("#begin"));
  const { lacks, alike } = strengthOf(passphrase);
  const faults = {};
  if (lacks) faults.passphrase = counted("lacks", lacks);
  else if (alike) faults.passphrase = word("alike");
  else if (passphrase !== again) faults.again = word("differ");
  faulty($("#begin"), faults);
  if (Object.keys(faults).length) return;
  const status = await readStatus();
  if (status.state === "out") return askForCode("begin");
  if (status.state !== "in" || !status.takes_part) return notify(status.takes_part === false ? "not_yours" : status.state);
  const { whose } = status;
  const { lock, key } = await newLock(passphrase, { whose, planned: [] });
  try {
    await keepPage(language);
  } catch {
    await removeAll();
    return notify("not_ready");
  }
  await putLock(lock);
  const forLong = await keepForLong();
  opened = { lock, key, whose, planned: [], reports: new Map() };
  $("#begin").reset();
  stir();
  list();
  notify(forLong ? "ready" : "ready_for_now");
  await learnPlanned();
});

const unlock = guarded(async () => {
  const { secret } = typed($("#unlock"));
  const lock = await readLock();
  if (lock === null) return showLocked("gone");
  const found = await unlocked(secret, lock);
  faulty($("#unlock"), found ? {} : { secret: word("wrong") });
  if (!found) return;
  const reports = new Map();
  for (const id of await readIds()) reports.set(id, await open(found.key, id, await readItem(id)));
  opened = { lock, key: found.key, ...found.inside, reports };
  $("#unlock").reset();
  notify(null);
  stir();
  list();
  await sendAll();
  if (opened) await learnPlanned();
});

const freeze = guarded(async () => {
  await save();
  const report = opened.reports.get(writing);
  const faults = faultsOf(report.typed, formats);
  for (const [name, code] of Object.entries(faults)) faults[name] = word(`faults.${code}`);
  faulty($("#report"), faults);
  if (Object.keys(faults).length) return;
  await keep(frozen(report, newId() + newId()));
  list();
  await sendAll();
});

const removeOne = guarded(async () => {
  await saving;
  await removeItem(writing, opened.reports.get(writing).pictures.map(each => each.id));
  opened.reports.delete(writing);
  list();
});

const removeEverything = guarded(async () => {
  forget();
  await saving;
  await removeAll();
  show("begin");
  notify("deleted");
});

const measure = () => {
  const { passphrase } = typed($("#begin"));
  const { lacks, alike } = strengthOf(passphrase);
  $("#measure").textContent = lacks ? counted("lacks", lacks) : word(alike ? "alike" : "enough");
};

const start = guarded(async () => {
  if (!isAble()) {
    show("unable");
    return;
  }
  submits("#begin", begin);
  submits("#unlock", unlock);
  submits("#enter", comeIn);
  submits("#report", freeze);
  $("#report").addEventListener("input", guarded(save));
  $("#passphrase").addEventListener("input", measure);
  clicks("#suggest", () => { $("#suggested").textContent = suggested(); });
  clicks("#new", guarded(async () => {
    const report = newReport(newId());
    await keep(report);
    notify(null);
    await write(report.id);
  }));
  clicks("#send-all", () => sendAll());
  clicks("#close", close);
  clicks("#back", guarded(async () => {
    await save();
    list();
  }));
  clicks("#not-now", () => (opened ? list() : show("begin")));
  clicks("#remove-one", removeOne);
  $("#picture").addEventListener("change", addPicture);
  for (const each of document.querySelectorAll(".delete-all button")) each.addEventListener("click", removeEverything);
  for (const each of ["keydown", "pointerdown"]) addEventListener(each, stir);
  addEventListener("pagehide", forget);
  addEventListener("online", () => sendFromList(false));
  setInterval(() => sendFromList(true), AGAIN);
  await showLocked();
});

start();
