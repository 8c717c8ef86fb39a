// The quick exit, on every page: a link that works without this script, and the key Escape, twice. What was typed goes at
// once; the address of this page leaves the history's last place, and no more can be done about the history.
"use strict";
(() => {
  const link = document.querySelector("[data-exit]");
  const leave = () => {
    document.body.replaceChildren();
    document.title = "";
    window.dispatchEvent(new Event("vouchsafe-exit"));
    window.location.replace(link.href);
  };
  link.addEventListener("click", (event) => { event.preventDefault(); leave(); });
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 1500) leave();
    last = event.timeStamp;
  });
  // A page that a browser kept whole comes back empty.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
})();
