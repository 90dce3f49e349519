"use strict";
// Everything here makes a page smoother; nothing of a page needs it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // What somebody is about to do is not taken from under their hands: what they opened stays open, what they typed stays.
  const isField = node => node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement;
  const chosen = select =>
    select.selectedIndex !== Math.max(0, [...select.options].findLastIndex(each => each.defaultSelected));
  const typed = node =>
    (isField(node) && node.type !== "hidden" && node.type !== "submit" &&
      (node.value !== node.defaultValue || node.checked !== node.defaultChecked)) ||
    (node instanceof HTMLSelectElement && (node === document.activeElement || chosen(node)));
  const keeping = {
    morphStyle: "outerHTML",
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed: old => !(old.nodeType === Node.ELEMENT_NODE && (old.hasAttribute("data-keep") || typed(old))),
      beforeNodeRemoved: node => !(node.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-keep")),
      beforeAttributeUpdated: (name, node) =>
        !(name === "open" && (node instanceof HTMLDetailsElement || node instanceof HTMLDialogElement)),
    },
  };
  // What a form was answered with stays: it cannot be had again, and it is what somebody reads just now.
  const again = async () => {
    if ("posted" in document.body.dataset) return;
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, main] = [document.getElementById("main"), page.getElementById("main")];
    for (const node of Idiomorph.morph(old, main, keeping)) if (node instanceof Element) htmx.process(node);
  };
  const show = parts => {
    for (const [id, html] of Object.entries(parts)) {
      if (id === "") {
        again();
        continue;
      }
      const old = document.getElementById(id);
      if (old === null) continue;
      for (const node of Idiomorph.morph(old, html, keeping)) if (node instanceof Element) htmx.process(node);
      document.dispatchEvent(new CustomEvent("live", { detail: id }));
    }
  };

  // One stream for this page, only while somebody sees it.
  const lost = document.getElementById("lost");
  let stream = null;
  let since = "";
  let patience = 0;
  const close = () => {
    clearTimeout(patience);
    if (stream !== null) stream.close();
    stream = null;
  };
  const listen = () => {
    const { live, since: shown } = document.body.dataset;
    if (stream !== null || document.hidden || live === undefined) return;
    const query = new URLSearchParams({ topics: live.trim(), lang: root.lang });
    const token = new URLSearchParams(location.search).get("token");
    if (token) query.set("token", token);
    if (since || shown) {
      query.set("since", since || shown);
      query.set("known", since ? `frame ${live}` : live);
    }
    stream = new EventSource(`/live?${query}`);
    stream.addEventListener("parts", event => {
      since = event.lastEventId;
      show(JSON.parse(event.data));
    });
    stream.addEventListener("open", () => {
      clearTimeout(patience);
      lost.hidden = true;
    });
    stream.addEventListener("error", () => {
      clearTimeout(patience);
      patience = setTimeout(() => { lost.hidden = false; }, 3000);
      if (stream !== null && stream.readyState === EventSource.CLOSED) {
        close();
        setTimeout(listen, 10000);
      }
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : listen()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", event => { if (event.persisted) listen(); });

  // Copy fields: http:// pages have no clipboard of their own, so what is selected is copied.
  const copy = async button => {
    const field = button.closest(".copy").querySelector("input, textarea");
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
    button.classList.add("good");
    setTimeout(() => button.classList.remove("good"), 1500);
  };

  // <input type="search" data-filter="#list">: the children of #list that have all its words stay.
  const filter = field => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const each of document.querySelector(field.dataset.filter)?.children ?? []) {
      const text = `${each.dataset.words ?? ""} ${each.textContent}`.toLowerCase();
      each.hidden = !words.every(word => text.includes(word));
    }
  };

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-copy], [data-print], [data-close]");
    if (button?.hasAttribute("data-copy")) copy(button);
    if (button?.hasAttribute("data-print")) print();
    if (button?.hasAttribute("data-close")) button.closest("details").open = false;
    for (const sheet of document.querySelectorAll("details.more[open]"))
      if (!sheet.contains(event.target)) sheet.open = false;
  });
  document.addEventListener("input", event => { if (event.target.matches("[data-filter]")) filter(event.target); });
  document.addEventListener("keydown", event => {
    const open = event.key === "Escape" && event.target.closest("details.more[open], details.asked[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  document.addEventListener("htmx:afterRequest", event => {
    if (event.detail.successful)
      for (const asked of document.querySelectorAll("details.asked[open]"))
        if (asked.contains(event.detail.elt)) asked.open = false;
  });
  // An answer with an error is shown where it belongs as well, and not swallowed.
  document.addEventListener("htmx:beforeSwap", event => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  // Of a bar of tabs that is wider than the screen one sees the one that is chosen.
  const showTab = () => {
    for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
      const bar = tab.closest(".tabs");
      bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
    }
  };
  const begin = () => {
    showTab();
    for (const hidden of document.querySelectorAll("[data-copy][hidden], [data-print][hidden]")) hidden.hidden = false;
    listen();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
