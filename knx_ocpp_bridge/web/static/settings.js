"use strict";
// The editor of the configuration: numbers of lines, and the way to a line. A restart: the page comes back by itself.
(() => {
  const text = document.getElementById("text");
  if (text !== null && text.closest(".editor") !== null) {
    const numbers = document.createElement("pre");
    numbers.className = "lines";
    numbers.setAttribute("aria-hidden", "true");
    text.before(numbers);
    let shown = "";
    const count = () => {
      const verdict = document.getElementById("verdict");
      const bad = new Set((verdict === null ? "" : verdict.dataset.lines || "").split(" ").filter(Boolean));
      const lines = text.value.split("\n").length;
      const key = `${lines} ${[...bad]}`;
      if (key === shown) return;
      shown = key;
      numbers.replaceChildren(...Array.from({ length: lines }, (_, index) => {
        const number = String(index + 1);
        const node = document.createElement(bad.has(number) ? "b" : "span");
        node.textContent = `${bad.has(number) ? "▶" : ""}${number}\n`;
        return node;
      }));
      numbers.scrollTop = text.scrollTop;
    };
    const fit = () => {
      numbers.style.height = `${text.clientHeight}px`;
      numbers.scrollTop = text.scrollTop;
    };
    text.addEventListener("input", count);
    text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
    document.addEventListener("htmx:afterSettle", count);
    new ResizeObserver(fit).observe(text);
    document.addEventListener("click", event => {
      const link = event.target instanceof Element ? event.target.closest("a[data-line]") : null;
      if (link === null) return;
      event.preventDefault();
      const lines = text.value.split("\n");
      const line = Math.min(Number(link.dataset.line), lines.length);
      const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
      const column = Math.max(Number(link.dataset.column || 1) - 1, 0);
      text.focus();
      text.setSelectionRange(start + column, start + lines[line - 1].length);
      text.scrollTop = Math.max(0, (line - 4) * (text.scrollHeight / lines.length));
    });
    addEventListener("beforeunload", event => {
      if (text.value !== text.defaultValue && !leaving) event.preventDefault();
    });
    let leaving = false;
    text.form.addEventListener("submit", () => { leaving = true; });
    count();
  }

  const restarting = document.querySelector("[data-restarting]");
  if (restarting !== null) {
    const there = restarting.dataset.restarting;
    let tries = 0;
    const look = async () => {
      tries += 1;
      try {
        const answer = await fetch(there, { cache: "no-store", signal: AbortSignal.timeout(2000) });
        if (answer.ok) {
          location.replace(there);
          return;
        }
      } catch (error) {
        if (tries > 60) return;
      }
      setTimeout(look, 700);
    };
    setTimeout(look, 2500);
  }
})();
