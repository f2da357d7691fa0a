// What the page shows: one view at a time, its words from the page itself.
export const $ = selector => document.querySelector(selector);
export const language = document.documentElement.lang;
const rules = new Intl.PluralRules(language);

export const word = name => $(`[data-word="${name}"]`).textContent;
export const counted = (name, count) =>
  word(`${name}.${rules.select(count) === "one" ? "one" : "other"}`).replace("{count}", count.toLocaleString(language));
export const dayText = day => {
  const how = { dateStyle: "long", timeZone: "UTC" };
  return day ? new Intl.DateTimeFormat(language, how).format(new Date(`${day}T00:00:00Z`)) : word("no_day");
};

// Show one view and let it be read from its heading on.
export const show = name => {
  for (const each of document.querySelectorAll("[data-view]")) each.hidden = each.dataset.view !== name;
  const heading = $(`[data-view="${name}"] :is(h1, h2)`);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
};

// A notice on top, read out as it comes; none for null. "to" is where its link leads.
export const notify = (name, to = null) => {
  const notice = $("#notice");
  notice.hidden = name === null;
  if (name === null) return;
  $("#notice-title").textContent = word(`notices.${name}.title`);
  $("#notice-more").textContent = word(`notices.${name}.more`);
  $("#notice-to").hidden = to === null;
  if (to !== null) $("#notice-to").href = to;
};

const described = (field, id, on) => {
  const ids = (field.getAttribute("aria-describedby") ?? "").split(" ").filter(each => each && each !== id);
  if (on) ids.push(id);
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
  else field.removeAttribute("aria-describedby");
};

// What is wrong, at the field; nothing for "".
export const fault = (field, text) => {
  const around = field.closest(".field");
  const id = `${field.id}-fault`;
  document.getElementById(id)?.remove();
  around.classList.toggle("wrong", Boolean(text));
  described(field, id, Boolean(text));
  if (field.matches("fieldset")) around.classList.toggle("wrong", Boolean(text));
  else if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  if (!text) return;
  const told = Object.assign(document.createElement("p"), { id, className: "fault", textContent: text });
  const after = around.querySelector(".hint") ?? around.querySelector("label, legend");
  after.after(told);
};

const label = field => field.closest(".field").querySelector("label, legend").textContent;

// What is wrong with a form: at each field, and above all of it with links to them.
export const faulty = (form, faults, problem = "") => {
  for (const field of form.querySelectorAll(".field :is(input, textarea, select):not([type=radio]), fieldset.field")) {
    fault(field, faults[field.id] ?? "");
  }
  const summary = form.parentElement.querySelector(".summary");
  const list = summary.querySelector("ul");
  list.replaceChildren();
  const known = Object.entries(faults).filter(([name]) => document.getElementById(name));
  const others = Object.entries(faults).filter(([name]) => !document.getElementById(name));
  for (const text of [problem, ...others.map(each => each[1])].filter(Boolean)) {
    list.append(Object.assign(document.createElement("li"), { textContent: text }));
  }
  for (const [name, text] of known) {
    const field = document.getElementById(name);
    const link = Object.assign(document.createElement("a"), { textContent: `${label(field)}: ${text}` });
    link.href = `#${name}`;
    link.addEventListener("click", event => {
      event.preventDefault();
      (field.matches("fieldset") ? field.querySelector("input") : field).focus();
    });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  summary.hidden = list.children.length === 0;
  if (!summary.hidden) summary.focus();
};

// What stands in a form, by the names of its fields.
export const typed = form => {
  const found = {};
  for (const [name, text] of new FormData(form)) found[name] = text.trim();
  return found;
};

export const fill = (form, values) => {
  form.reset();
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field?.type === "checkbox") field.checked = value === field.value;
    else if (field) field.value = value;
  }
};

export const submits = (form, work) =>
  $(form).addEventListener("submit", event => {
    event.preventDefault();
    work();
  });
export const clicks = (button, work) => $(button).addEventListener("click", () => work());
