// Verdure: what script adds to pages that already work without it.
// Hooks are data attributes, so that templates say what they want and no page carries script of its own:
//   data-confirm="Question?"         on a button, link or form: ask first
//   data-autosave="/address"         on a form: save as the person types; words from data-saving, data-saved, data-failed,
//                                    and for answers 401, 409, 422 from data-signed-out, data-conflict, data-invalid
//                                    the answer's X-Version header, if any, goes into the form's field "version"
//   data-autosave-status             inside that form: where those words appear (role=status)
//   data-shortcuts                   on a region: its [data-key="a"] elements answer to that key
//   data-key-focus                   beside data-key: the key goes there and does not press it
//   data-tree                        choices in groups: data-tree-find within it narrows them
//   data-shortcuts-toggle            a checkbox that turns the keys of the page on and off
//   data-print                       a button that prints
//   data-take-focus                  takes focus when the page opens, as an error summary does
//   data-needs-script               shown only where script runs
//   data-theme-switch                holds buttons with value system, light or dark
"use strict";

(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const on = (type, act, options) => document.addEventListener(type, act, options);

  // Menus: <details class="menu"> closes on Escape, on a click elsewhere and when focus leaves it.
  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => menu !== except && (menu.open = false));
  on("click", (event) => closeMenus(event.target.closest("details.menu")));
  on("focusin", (event) => closeMenus(event.target.closest("details.menu")));
  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A question before what cannot be undone.
  const refused = (element) => element?.dataset.confirm && !window.confirm(element.dataset.confirm);
  on("click", (event) => {
    if (refused(event.target.closest("a[data-confirm], button[data-confirm]"))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  on("submit", (event) => {
    if (refused(event.target)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  on("click", (event) => event.target.closest("[data-print]") && window.print());

  // Autosave: two seconds after the last key; what could not be sent is tried again and is never said to be saved.
  const autosave = (form) => {
    const status = form.querySelector("[data-autosave-status]");
    const say = (word, time = "") => {
      if (status) status.textContent = (form.dataset[word] || "").replace("{time}", time);
    };
    let timer = 0;
    let unsaved = false;
    let sending = false;
    let waiting = null;
    const later = (delay) => {
      clearTimeout(timer);
      timer = setTimeout(save, delay);
    };
    const save = async () => {
      if (sending) return later(500);
      sending = true;
      unsaved = false;
      say("saving");
      try {
        const answer = await fetch(form.dataset.autosave, {
          method: "POST",
          body: textsOf(form),
          headers: { "X-Autosave": "1" },
          credentials: "same-origin",
          signal: AbortSignal.timeout(8000),
        });
        const version = answer.headers.get("X-Version");
        if (version && form.elements.version) form.elements.version.value = version;
        const refusal = { 401: "signedOut", 409: "conflict", 422: "invalid" }[answer.status];
        if (refusal) return say(refusal);
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const time = new Date().toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
        if (!unsaved) say("saved", time);
      } catch {
        unsaved = true;
        say("failed");
        later(10000);
      } finally {
        sending = false;
        if (waiting) form.requestSubmit(waiting.by);
      }
    };
    form.addEventListener("input", () => {
      unsaved = true;
      later(2000);
    });
    // The form goes out after the autosave that is on its way, or the two would look like two people.
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      waiting = sending ? { by: event.submitter } : null;
      if (waiting) event.preventDefault();
      else unsaved = false;
    });
    // A page brought back from the browser's memory holds what was, not what is stored by now.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    addEventListener("pagehide", () => unsaved && navigator.sendBeacon(form.dataset.autosave, textsOf(form)));
  };
  // Files are sent once, with the form itself.
  const textsOf = (form) => {
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    return body;
  };

  // Shortcuts of a region such as the moderation queue. They can be turned off (WCAG 2.1.4).
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window: not remembered */ } },
  };
  const shortcutsOff = () => store.get("verdure-shortcuts") === "off";
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || shortcutsOff()) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (event.key.length !== 1 || !/\w/.test(event.key)) return;
    const target = document.querySelector(`[data-shortcuts] [data-key="${event.key.toLowerCase()}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea, [data-key-focus]")) {
      target.closest("details")?.setAttribute("open", "");
      target.focus();
    } else target.click();
  });

  // Many choices in groups: typing leaves those whose words hold the letters, in any case and without accents.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const narrowed = (tree, wanted) => all("details", tree).forEach((group) => {
    const labels = all("label", group);
    labels.forEach((label) => (label.parentElement.hidden = !plain(label.textContent).includes(wanted)));
    const some = labels.some((label) => !label.parentElement.hidden);
    group.hidden = !some;
    group.open = some && (wanted !== "" || labels.some((label) => label.control.checked));
  });
  on("input", (event) => {
    const find = event.target.closest("[data-tree-find]");
    if (find) narrowed(find.closest("[data-tree]"), plain(find.value.trim()));
  });
  on("keydown", (event) => event.key === "Enter" && event.target.matches("[data-tree-find]") && event.preventDefault());

  // The theme is a cookie, so that the server sets it on the page and nothing flashes.
  const showTheme = () => all("[data-theme-switch] button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.value === (root.dataset.theme || "system")));
  });
  on("click", (event) => {
    const button = event.target.closest("[data-theme-switch] button");
    if (!button) return;
    const theme = button.value;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const age = theme === "system" ? 0 : 31536000;
    document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    showTheme();
  });

  // A facet that a person opened stays open when htmx brings the new counts, and the box just ticked keeps the focus.
  let opened = new Set();
  let focused = "";
  on("htmx:beforeSwap", () => {
    opened = new Set(all("details[id][open]").map((details) => details.id));
    focused = document.activeElement?.id || focused;
  });
  on("htmx:afterSwap", () => {
    all("details[id]").forEach((details) => opened.has(details.id) && (details.open = true));
    if (document.activeElement === document.body && focused) document.getElementById(focused)?.focus({ preventScroll: true });
  });

  const start = () => {
    if (window.htmx) root.classList.add("htmx-ready");
    all("form[data-autosave]").forEach(autosave);
    all("[data-shortcuts-toggle]").forEach((box) => {
      box.checked = !shortcutsOff();
      box.addEventListener("change", () => store.set("verdure-shortcuts", box.checked ? "on" : "off"));
    });
    all("[data-needs-script]").forEach((element) => (element.hidden = false));
    showTheme();
    document.querySelector("[data-take-focus]")?.focus();
  };
  if (document.readyState === "loading") on("DOMContentLoaded", start);
  else start();
})();
