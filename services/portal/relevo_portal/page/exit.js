// Leaves at once: the screen is blank before anything is asked, the session ends in the background, and another page
// takes the place of this one. Without this script the link does the same, only slower.
"use strict";
(() => {
  const link = document.getElementById("exit");
  const presses = [];

  const leave = () => {
    const { href } = link, { to } = link.dataset;
    document.documentElement.textContent = "";
    fetch(href, { credentials: "same-origin", redirect: "manual", cache: "no-store", keepalive: true }).catch(() => {});
    location.replace(to);
  };

  link.addEventListener("click", event => { event.preventDefault(); leave(); });
  addEventListener("keydown", event => {
    if (event.repeat) return;
    if (event.key !== "Escape") presses.length = 0;
    else if (presses.push(event.timeStamp) >= 3 && event.timeStamp - presses[presses.length - 3] < 3000) leave();
  });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
})();
