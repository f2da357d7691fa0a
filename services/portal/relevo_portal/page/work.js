// Does the work that a call under attack asks of whoever begins, when they press the button, and then sends the form.
// Without this script, or where it cannot be done, the form is sent without it and its answer says from when on one can
// begin.
"use strict";
{
  const form = document.getElementById("begin");
  const progress = document.getElementById("work");
  const { challenge, worker, working } = form.dataset;
  let solver = null;

  const send = proof => {
    solver?.terminate();
    form.elements.proof.value = proof;
    form.submit();
  };

  form.addEventListener("submit", event => {
    event.preventDefault();
    if (solver) return;
    document.getElementById("working").textContent = working;
    progress.hidden = false;
    progress.scrollIntoView({ block: "nearest" });
    try {
      solver = new Worker(worker);
      solver.addEventListener("message", ({ data }) => {
        if (data.share === undefined) send(data.proof);
        else progress.value = data.share;
      });
      solver.addEventListener("error", () => send(""));
      solver.postMessage(challenge);
    } catch {
      send("");
    }
  });
}
