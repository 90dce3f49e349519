"use strict";
// The group monitor goes on by itself: newest on top, a bounded number of rows, and a real pause.
(() => {
  const table = document.getElementById("telegrams");
  const button = document.getElementById("pause");
  const held = document.getElementById("held");
  if (table === null || button === null) return;
  let paused = false;
  let busy = false;
  const last = () => Number(table.dataset.last);
  const newest = () => Number(document.getElementById("newest")?.dataset.number ?? 0);
  const tell = () => {
    const waiting = newest() - last();
    held.textContent = paused && waiting > 0 ? `${waiting} ${held.dataset.words}` : "";
  };
  const fetchRows = async () => {
    if (paused || busy || newest() === last()) return;
    busy = true;
    try {
      const url = new URL(table.dataset.rows, location.href);
      url.searchParams.set("after", last());
      const top = table.querySelector("tr");
      if (top !== null) url.searchParams.set("before", top.dataset.at);
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const rows = new DOMParser().parseFromString(`<table><tbody>${await answer.text()}</tbody></table>`, "text/html");
      table.prepend(...rows.querySelectorAll("tr"));
      table.dataset.last = answer.headers.get("x-last");
      while (table.rows.length > Number(table.dataset.most)) table.deleteRow(-1);
      if (table.rows.length) document.getElementById("no-telegrams")?.remove();
    } finally {
      busy = false;
    }
    tell();
    if (newest() > last()) fetchRows();
  };
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    tell();
    fetchRows();
  });
  document.addEventListener("live", event => {
    if (event.detail !== "newest") return;
    tell();
    fetchRows();
  });
})();
