// What scripts add to pages that work without them: copying, fresh times, keys, rows, hints. Everything hangs on the
// document, because pages are swapped in place. No code from strings, no inline styles: the pages forbid both.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  function say(text) {
    const said = byId("said");
    if (said) said.textContent = text;
  }

  // Times. The rules are those of components.Ago.
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

  function ago(then, now) {
    const s = Math.floor((now - then) / 1000);
    const unit = (seconds, word) => `${Math.floor(s / seconds)} ${word} ago`;
    if (s < -60) return null;
    if (s < 60) return "just now";
    if (s < 3600) return unit(60, "min");
    if (s < 86400) return unit(3600, "h");
    if (s < 172800) return "yesterday";
    if (s < 14 * 86400) return unit(86400, "days");
    const same = then.getUTCFullYear() === now.getUTCFullYear();
    return day.format(then) + (same ? "" : ` ${then.getUTCFullYear()}`);
  }

  function freshen() {
    const now = new Date();
    for (const time of all("time[datetime]")) {
      const words = ago(new Date(time.dateTime), now);
      if (words && words !== time.textContent) time.textContent = words;
    }
  }
  setInterval(freshen, 30000);

  // Copying.
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      say("Copying is not allowed here. Select the text instead.");
      return;
    }
    say("Copied.");
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  }

  // Rows of a form: a copy of the last one, emptied. What was typed in the others stays, secrets too.
  function number(rows) {
    all("[data-row]", rows).forEach((row, i) => {
      for (const input of all("input", row)) {
        const id = i === 0 ? input.name : `${input.name}.${i}`;
        const label = $(`label[for="${CSS.escape(input.id)}"]`, row);
        input.id = id;
        if (!label) continue;
        label.htmlFor = id;
        label.textContent = label.textContent.replace(/\d+/, i + 1);
      }
      const remove = $("[data-remove]", row);
      remove.value = `${rows.dataset.rows}.${i}`;
      remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace(/\d+/, i + 1));
    });
  }

  function blank(row) {
    for (const input of all("input", row)) {
      input.value = "";
      input.setAttribute("value", "");
    }
  }

  function addRow(button) {
    const rows = $("[data-rows]", button.closest("fieldset"));
    const row = rows.lastElementChild.cloneNode(true);
    // Both rows share ids until they are numbered again: labels are looked up within their own row.
    blank(row);
    rows.append(row);
    number(rows);
    $("input", row).focus();
    changed(row);
  }

  function removeRow(button) {
    const row = button.closest("[data-row]");
    const rows = row.closest("[data-rows]");
    const next = row.nextElementSibling || row.previousElementSibling;
    if (!next) {
      blank(row);
      $("input", row).focus();
    } else {
      row.remove();
      number(rows);
      $("input", next).focus();
    }
    rows.closest("form").dataset.changed = "";
    changed(rows);
  }

  function changed(element) {
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Hints while typing.
  function seconds(text) {
    const t = text.trim().toLowerCase();
    if (/^\d+$/.test(t)) return Number(t);
    const m = /^(?:(\d+)\s*h[a-z]*)?\s*(?:(\d+)\s*m[a-z]*)?\s*(?:(\d+)\s*s[a-z]*)?$/.exec(t);
    return m && t ? (m[1] || 0) * 3600 + (m[2] || 0) * 60 + Number(m[3] || 0) : 0;
  }

  function words(s) {
    const parts = [[3600, "h"], [60, "min"], [1, "s"]].map(([unit, name]) => {
      const n = Math.floor(s / unit);
      s -= n * unit;
      return n ? `${n} ${name}` : "";
    });
    return parts.filter(Boolean).join(" ");
  }

  function hints() {
    const size = byId("size");
    if (!size) return;
    const people = Number(size.value.replace(/[,\s]/g, ""));
    byId("size-hint").hidden = !(people > 2500 && people <= 20000 && !byId("large_room").checked);
    const s = seconds(byId("max_duration_seconds").value);
    const duration = byId("duration-words");
    duration.hidden = !(s >= 120 && s <= 43200);
    duration.textContent = duration.hidden ? "" : `= ${words(s)}`;
  }

  // What the chosen template brings stands beside the fields that inherit from it.
  function inherit(select) {
    const marks = select.selectedOptions[0].dataset;
    const note = byId("template_id-help");
    if (note && marks.note) note.textContent = marks.note;
    const region = $("[data-from-template=region]");
    if (region && marks.region) region.textContent = marks.region;
    const small = byId("recording")?.closest("label").querySelector("small");
    if (small && marks.recording) small.textContent = marks.recording;
  }

  // Leaving a changed form.
  function differs(input) {
    if (input.type === "hidden" || input.tagName === "BUTTON" || !input.name) return false;
    if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
    if (input.tagName === "SELECT") {
      // A list whose page names no choice stands on its first option.
      const options = [...input.options];
      const first = Math.max(0, options.findIndex((o) => o.defaultSelected));
      return input.selectedIndex !== first;
    }
    return input.value !== input.defaultValue;
  }

  let sending = false;

  function unsaved() {
    const form = $("form[data-guard]");
    return form && !sending && ("changed" in form.dataset || [...form.elements].some(differs));
  }

  addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
  addEventListener("pageshow", () => done());

  document.addEventListener("htmx:before:request", (event) => {
    const ctx = event.detail.ctx;
    const source = ctx.sourceElement;
    if (!source || ctx.target !== document.body || source.matches("form[data-guard]")) return;
    if (unsaved() && !confirm("Leave this page? What you typed has not been sent.")) event.preventDefault();
  });

  // Submitting: once, and visibly.
  function busy(form, submitter) {
    sending = form.matches("[data-guard]");
    submitter?.setAttribute("aria-busy", "true");
  }

  function done() {
    sending = false;
    for (const button of all("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (event.submitter?.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (form.method === "post") busy(form, event.submitter);
  }, true);
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail.ctx?.sourceElement?.matches("form")) done();
  });
  document.addEventListener("htmx:error", () => {
    done();
    say("The server did not answer. Check the connection and try again.");
  });

  // Theme: at once and in place, so that a half-filled form is not lost. The server remembers it.
  async function theme(form, button) {
    const value = button.value;
    if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    for (const b of all("button", form)) b.setAttribute("aria-pressed", String(b === button));
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", value);
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => say("The colours could not be remembered."));
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    const act = (element, work) => {
      event.preventDefault();
      event.stopPropagation();
      work(element);
    };
    let hit;
    if ((hit = on("[data-copy]"))) copy(hit);
    else if ((hit = on("[data-add]"))) act(hit, addRow);
    else if ((hit = on("[data-remove]"))) act(hit, removeRow);
    else if ((hit = on("[data-open]"))) byId(hit.dataset.open)?.showModal();
    else if ((hit = on("[data-fill]"))) act(hit, fill);
    else if ((hit = on("[data-theme-switch] button"))) act(hit, (button) => theme(button.form, button));
  }, true);

  function fill(button) {
    const input = byId(button.dataset.fill);
    input.value = button.dataset.value;
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("input", hints);
  document.addEventListener("change", (event) => {
    hints();
    if (event.target.id === "template_id" && event.target.tagName === "SELECT") inherit(event.target);
  });

  // Keys.
  function typing(element) {
    return element.matches?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]");
  }

  function save() {
    const form = document.activeElement?.closest?.("form[data-save]") || $("form[data-save]");
    if (!form) return false;
    form.requestSubmit($("button.main", form));
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
      if (save()) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/" && $("[data-search]")) {
      event.preventDefault();
      $("[data-search]").focus();
      $("[data-search]").select();
    } else if (event.key === "?") {
      byId("keys")?.showModal();
    }
  });

  // What was unfolded in a long form stays so when the form comes back, and so do secrets where no row has gone: the server sends none.
  let unfolded = [];
  let secrets = [];
  let pressed = null; // the button that the form was posted with
  let sent = new Map();
  let late = [];
  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx?.sourceElement?.matches("#template-form button[name]")) sent = held();
  });
  document.addEventListener("htmx:before:swap", (event) => {
    unfolded = all("details[data-fold][open]").map((fold) => fold.dataset.fold);
    const source = event.detail.ctx?.sourceElement;
    pressed = source?.matches("#template-form button[name]") ? source : null;
    late = pressed ? typedSince(pressed) : [];
    secrets = source?.matches("#template-form :is([name=add], [name=show], [name=open])")
      ? all("#template-form [type=password]").filter((input) => input.value).map((input) => [input.id, input.value])
      : [];
  });

  function unfold() {
    for (const fold of all("details[data-fold]")) if (unfolded.includes(fold.dataset.fold)) fold.open = true;
    for (const [id, value] of secrets) {
      const input = byId(id);
      if (input) input.value = value;
    }
    if (secrets.length > 0) for (const asked of all("#template-form [data-typed], #template-form [name=again]")) asked.remove();
    secrets = [];
  }

  // What the form holds, and what of it was typed while a button's post was under way: the answer doesn't have that.
  const ticked = (input) => input.type === "checkbox" || input.type === "radio";

  function held() {
    const inputs = all("#template-form :is(input:not([type=hidden]), select, textarea)");
    return new Map(inputs.map((input) => [input, ticked(input) ? input.checked : input.value]));
  }

  function typedSince(button) {
    const changes = [...held()].filter(([input, value]) => sent.has(input) && sent.get(input) !== value);
    return changes.map(([input, value]) => {
      const name = button.name === "remove" ? renumbered(input.name, button.value) : input.name;
      return { name, value, tick: ticked(input) ? input.value : null };
    });
  }

  // A row that goes leaves its number to the next one; what was in it has no name any more.
  function renumbered(name, gone) {
    const list = gone.slice(0, gone.lastIndexOf(".") + 1);
    const row = Number(gone.slice(list.length));
    if (!name.startsWith(list)) return name;
    const [number, ...rest] = name.slice(list.length).split(".");
    if (Number(number) === row) return "";
    return Number(number) > row ? [list + (number - 1), ...rest].join(".") : name;
  }

  function retype() {
    for (const { name, value, tick } of late) {
      const input = all(`#template-form [name="${CSS.escape(name)}"]`).find((found) => tick === null || found.value === tick);
      if (!input) continue;
      if (tick === null) input.value = value;
      else input.checked = value;
    }
    late = [];
  }

  // The focus goes to what was added, or back to the button, wherever unfolding has pushed it.
  function refocus() {
    const to = $("#template-form [autofocus]") ||
      pressed && all(`#template-form button[name="${pressed.name}"]`).find((button) => button.value === pressed.value);
    to?.focus();
    to?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:after:swap", (event) => {
    freshen();
    unfold();
    if (event.detail.ctx?.target?.id === "template-form") {
      retype();
      refocus();
    }
    if (event.detail.ctx?.target !== document.body) return;
    hints(); // a swapped page that came with a problem shows it: the summary takes the focus
    $("[role=alert][autofocus]")?.focus();
  });
  hints();
})();
