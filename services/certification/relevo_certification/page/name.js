// Opens the name printed on the paper with the key that only the paper has: it is in the fragment of the address,
// which no browser sends to anybody. Nothing is asked of any server, and nothing is kept.
"use strict";
(() => {
  const holder = document.getElementById("holder"), compare = document.getElementById("compare-name");
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), each => each.charCodeAt(0));
  const say = (text, how) => { holder.textContent = text; holder.className = how; compare.hidden = how !== "printed"; };
  const withheld = holder.textContent;

  const opened = async key => {
    const sealed = bytes(holder.dataset.sealed);
    const imported = await crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"]);
    const name = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, 12) }, imported, sealed.slice(12));
    return new TextDecoder("utf-8", { fatal: true }).decode(name).replace(/\0+$/, "");
  };

  const show = async () => {
    const key = location.hash.slice(1);
    for (const link of document.querySelectorAll("nav a")) link.hash = key;
    if (!key) return say(withheld, "withheld");
    if (!globalThis.crypto?.subtle) return say(holder.dataset.unable, "wrong");
    try { say(await opened(key), "printed"); } catch { say(holder.dataset.wrong, "wrong"); }
  };

  addEventListener("hashchange", show);
  show();
})();
