"use strict";
// The time zone of whoever looks at the page is offered; a machine that knows none says UTC.
(() => {
  const field = document.querySelector("[data-timezone]");
  const offer = document.querySelector("[data-take-timezone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field === null || offer === null || !zone || zone === field.value) return;
  offer.querySelector("span").textContent = zone;
  offer.hidden = false;
  offer.addEventListener("click", () => {
    field.value = zone;
    offer.hidden = true;
  });
})();
