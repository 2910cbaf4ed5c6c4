// What the desk's pages do beyond links and forms: keys, menus, ages that stay true, and a word when something fails.
// Every page works without this file.
(() => {
  "use strict";

  const find = (selector) => document.querySelector(selector);
  const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
  const opener = (row) => row.querySelector("summary") ?? row.querySelector("a");

  // j and k go from row to row; from nowhere they begin at the first row that can be seen.
  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = rows.indexOf(document.activeElement.closest("[data-row]"));
    const below = find(".bar").getBoundingClientRect().bottom;
    const first = rows.findIndex((row) => row.getBoundingClientRect().top >= below);
    const next = here < 0 ? rows[first] : rows[here + by];
    if (!next) return;
    opener(next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  const keys = {
    "/": () => find("#q")?.select(),
    "?": () => find("#keys")?.showModal(),
    j: () => step(1),
    k: () => step(-1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(event);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || find("dialog[open]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  function leave(event) {
    const menu = find(".menu[open], .drop[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.target.id === "q") {
      event.target.blur();
    }
  }

  document.addEventListener("click", (event) => {
    const menu = find(".menu[open], .drop[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    const button = event.target.closest("[data-opens]");
    if (button) {
      if (menu) menu.open = false;
      document.getElementById(button.dataset.opens).showModal();
    }
    // A moment lies above the row, so that hovering it tells the date; a click on it is meant for the row.
    const row = event.target.closest("[data-row] time")?.closest("[data-row]");
    if (row && !event.target.closest("a, .unfolded")) opener(row).click();
  });

  // A style sheet cannot see whether a date is chosen, unless its attribute says so.
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".filters input[type=date]")) target.setAttribute("value", target.value);
  });

  // Ages, rewritten in the words that the server uses, so that a page left open does not lie.
  function inWords(seconds) {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
  }

  function rewriteAges() {
    for (const time of document.querySelectorAll("time[data-form]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
      const words = time.dataset.form === "ago" ? `${inWords(seconds)} ago` : inWords(seconds);
      if (time.textContent !== words) time.textContent = words;
    }
  }

  setInterval(rewriteAges, 15000);
  document.addEventListener("visibilitychange", () => document.hidden || rewriteAges());
  window.addEventListener("pageshow", rewriteAges);

  // A request that came to nothing is said in words; the next one that succeeds takes the words back.
  const say = (words) => {
    const trouble = find("#trouble");
    if (trouble && trouble.textContent !== words) trouble.textContent = words;
  };
  const failures = {
    403: "You may not do this: the permission for it may have been taken back.",
    404: "This is no longer there. Open the page again.",
    429: "Too many requests at once. Wait a moment, then try again.",
  };

  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) return; // on the way to the sign-in page
    say(failures[status] ?? `The desk met an error of its own (${status}). Look at the order before you repeat anything.`);
  });
  document.addEventListener("htmx:sendError", () => say("The desk cannot be reached. What is typed stays; try again."));
  document.addEventListener("htmx:timeout", () => say("The desk did not answer in time. Look at the order before you repeat anything."));
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) say("");
  });
})();
