// The order page and the form of an edit. Everything here makes quicker what works without it.
"use strict";

(() => {
  let leaving = false; // the page may be left without asking

  const typing = (element) => element.closest("input, select, textarea, [contenteditable]") !== null;
  const form = () => document.querySelector("form[data-edit]");
  const unsent = () => document.querySelector("form[data-unsent]");
  const bare = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

  // Which inputs were touched: what they say is compared with what the order says, as the server does it again.

  const same = (one, other) => one.length === other.length && one.every((word, at) => word === other[at]);
  const lines = (text) => (text === "" ? [] : [text.replace(/\r\n?/g, "\n")]);

  function inputs(field) {
    return [...field.querySelectorAll("input, select, textarea")].filter((each) => each.name && each.type !== "hidden");
  }

  function words(field, which) {
    const found = inputs(field).flatMap((input) => {
      if (input.type === "checkbox") return input[which.checked] ? [input.value] : [];
      if (input.type === "search") return [];
      if (input.tagName === "SELECT") {
        const options = [...input.options];
        const chosen = options.find((option) => option[which.selected]) ?? options[0];
        return lines(chosen ? chosen.value : "");
      }
      return lines(input[which.value]);
    });
    return found.sort();
  }

  const NOW = { checked: "checked", selected: "selected", value: "value" };
  const FIRST = { checked: "defaultChecked", selected: "defaultSelected", value: "defaultValue" };

  function touched(field) {
    const was = field.dataset.was ? JSON.parse(field.dataset.was).map((word) => word.replace(/\r\n?/g, "\n")).sort() : words(field, FIRST);
    return !same(words(field, NOW), was);
  }

  function fields() {
    return form() ? [...form().querySelectorAll("[data-field]:not(.locked)")] : [];
  }

  function count() {
    const place = document.querySelector("[data-count]");
    if (!place) return 0;
    const changed = fields().filter((field) => {
      const differs = touched(field);
      field.classList.toggle("touched", differs);
      return differs;
    });
    const text = changed.length === 0 ? "No changes yet" : `${changed.length} change${changed.length === 1 ? "" : "s"}`;
    if (place.textContent !== text) place.textContent = text;
    return changed.length;
  }

  const dirty = () => unsent() !== null || fields().some(touched);

  // Only what was touched is sent. The event comes for a plain submit and for HTMX alike.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-edit]")) return;
    for (const field of fields().filter((each) => !touched(each))) {
      for (const input of field.querySelectorAll("[name]")) event.formData.delete(input.name);
    }
  });

  document.addEventListener("input", count);
  document.addEventListener("change", count);

  // Long lists of check boxes get a box to filter them by.

  const LONG = 8;

  function filters() {
    for (const box of document.querySelectorAll("form[data-edit] [role=group]:not([data-filtered])")) {
      box.dataset.filtered = "";
      const labels = [...box.querySelectorAll("label")];
      if (labels.length <= LONG) continue;
      const search = document.createElement("input");
      search.type = "search";
      search.className = "filter";
      search.placeholder = `Filter ${labels.length}`;
      search.autocomplete = "off";
      search.setAttribute("aria-label", `Filter: ${document.getElementById(box.getAttribute("aria-labelledby")).textContent}`);
      const said = document.createElement("p");
      said.className = "unseen";
      said.setAttribute("role", "status");
      search.addEventListener("input", () => {
        const wanted = search.value.trim().toLocaleLowerCase();
        let shown = 0;
        for (const label of labels) {
          const fits = label.textContent.toLocaleLowerCase().includes(wanted);
          label.parentElement.hidden = !fits;
          shown += fits;
        }
        said.textContent = `${shown} shown`;
      });
      box.prepend(search, said);
    }
  }

  // Keys: e edits, z takes back, Ctrl+Enter goes on, Escape goes back.

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if ("ez".includes(event.key) && bare(event) && !typing(event.target)) return press(`[data-key=${event.key}]`, event);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return press("[data-go]", event);
    if (event.key === "Escape" && bare(event)) back(event);
  });

  function press(selector, event) {
    const element = document.querySelector(selector);
    if (!element || element.closest("fieldset:disabled")) return;
    event.preventDefault();
    element.click();
  }

  function back(event) {
    const at = event.target;
    if (at.type === "search" && at.closest("[role=group]") && at.value) {
      at.value = "";
      at.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (document.querySelector("[data-back]")) {
      press("[data-back]", event);
    } else if (form() && !at.closest("#find, .menu")) {
      event.preventDefault();
      leave();
    }
  }

  function leave() {
    const dialog = document.getElementById("leave");
    if (dirty() && dialog) {
      dialog.returnValue = "";
      dialog.showModal();
    } else {
      away();
    }
  }

  function away() {
    leaving = true;
    location.assign((form() ?? unsent()).dataset.away);
  }

  document.addEventListener("click", (event) => {
    if (event.button === 0 && bare(event) && !event.shiftKey && event.target.closest("[data-leave]")) {
      event.preventDefault();
      leave();
    }
  });

  document.addEventListener("close", (event) => {
    if (event.target.id === "leave" && event.target.returnValue === "leave") away();
  }, true);

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && dirty()) event.preventDefault();
  });

  // One click is enough: a button that is at work says so.

  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (sent.dataset.once && !event.defaultPrevented) {
      const button = sent.querySelector("button[type=submit]");
      setTimeout(() => {
        button.disabled = true;
        button.textContent = sent.dataset.once;
      });
    } else if (!event.defaultPrevented && sent.matches("form[data-edit], form[data-unsent]")) {
      leaving = true; // HTMX has not taken this one: the browser sends it by itself
    }
    const pressed = event.submitter;
    if (pressed?.dataset.busy) {
      pressed.dataset.said = pressed.innerHTML;
      setTimeout(() => { pressed.textContent = pressed.dataset.busy; });
    }
  });

  function rested(event) {
    for (const button of document.querySelectorAll("button[data-said]")) {
      button.innerHTML = button.dataset.said;
      delete button.dataset.said;
      if (event.detail.failed || !event.detail.xhr?.status) button.focus();
    }
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 && xhr.getResponseHeader("HX-Redirect")) leaving = true;
  });
  document.addEventListener("htmx:responseError", rested);
  document.addEventListener("htmx:sendError", rested);
  document.addEventListener("htmx:timeout", rested);
  document.addEventListener("htmx:afterSettle", ready);

  // A card that is replaced while something in it has the focus keeps it: what is pressed may be gone by then.

  let held = "";
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    held = (detail.shouldSwap && document.activeElement.closest(".outcome")?.id) || "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (held && document.activeElement === document.body) document.getElementById(held)?.focus({ preventScroll: true });
    held = "";
  });

  // How long it is until an edit is taken on next.

  function tick() {
    for (const place of document.querySelectorAll("[data-due]")) {
      const seconds = Math.ceil((new Date(place.dataset.due) - Date.now()) / 1000);
      place.textContent = seconds > 90 ? `in ${Math.round(seconds / 60)} min` : seconds > 0 ? `in ${seconds} s` : "now";
    }
  }

  // A card that waits asks again: quickly at first, when most edits settle, then ever more slowly.

  const QUICK = 400;
  const SLOW = 5000;
  let pause = QUICK;
  let next;

  function ask() {
    const waiting = document.hidden ? [] : document.querySelectorAll("[data-polls]");
    for (const card of waiting) card.dispatchEvent(new CustomEvent("poll"));
    pause = waiting.length ? Math.min(pause * 1.1, SLOW) : QUICK;
    next = setTimeout(ask, pause);
  }

  function askSoon() {
    clearTimeout(next);
    pause = QUICK;
    next = setTimeout(ask, pause);
  }

  // What is swapped below somebody's hands keeps their place: the focus, what is unfolded, what is switched on.

  const PLACES = "a, button, input, summary, [tabindex]";
  let kept = null;

  document.addEventListener("htmx:beforeSwap", ({ target }) => {
    if (!target.matches(".outcome, #order-body")) return;
    const places = [...target.querySelectorAll(PLACES)];
    kept = {
      id: target.id,
      inside: target.contains(document.activeElement),
      place: places.indexOf(document.activeElement),
      open: [...target.querySelectorAll("details")].map((each) => each.open),
      on: [...target.querySelectorAll("[role=switch]")].map((each) => each.checked),
    };
  });

  function restore() {
    const target = kept && document.getElementById(kept.id);
    if (!target) return;
    const { inside, place, open, on } = kept;
    kept = null;
    [...target.querySelectorAll("details")].forEach((each, at) => { each.open = open[at] ?? each.open; });
    [...target.querySelectorAll("[role=switch]")].forEach((each, at) => { each.checked = on[at] ?? each.checked; });
    if (inside && document.activeElement === document.body) {
      const there = target.matches(".outcome") ? target : target.querySelectorAll(PLACES)[place];
      there?.focus({ preventScroll: true });
    }
    if (target.matches(".outcome")) askSoon();
  }

  document.addEventListener("htmx:afterSwap", restore);

  function ready() {
    filters();
    count();
    tick();
  }

  document.documentElement.classList.add("scripted");
  window.addEventListener("pageshow", () => { leaving = false; count(); });
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => document.hidden || askSoon());
  askSoon();
  ready();
})();
