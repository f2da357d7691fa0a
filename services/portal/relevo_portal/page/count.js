// How many words a text has so far, while somebody writes it. Without script it is counted whenever the page is saved.
"use strict";
{
  const language = document.documentElement.lang;
  const rules = new Intl.PluralRules(language);
  for (const counter of document.querySelectorAll("[data-count]")) {
    const text = document.getElementById(counter.dataset.count);
    text.addEventListener("input", () => {
      const count = text.value.split(/\s+/).filter(Boolean).length;
      const words = rules.select(count) === "one" ? counter.dataset.one : counter.dataset.other;
      counter.textContent = words.replace("{count}", count.toLocaleString(language));
    });
  }
}
