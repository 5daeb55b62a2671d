// The privacy chat of a shop, as one web component: <script src="https://desk.example/chat/widget.js" defer></script>
//
// Law: what anybody wrote is only ever put in as text; no host but the one that this script came from is called; a
// message keeps its id until we know that it arrived, so that it arrives once.
//
// Attributes of the script: data-brand, data-language, data-theme ("light", "dark"; else what the reader's system says).
// An element with the attribute data-privacy-chat-open opens the chat when it is clicked.
"use strict";
(() => {
  const script = document.currentScript;
  const base = new URL(".", script.src);
  const { brand = "", language = "", theme = "" } = script.dataset;
  const atHome = base.origin === location.origin;
  const SLOW_ANSWER = 12000;
  const LONGEST_PAUSE = 15000;

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // What survives a reload of this tab; without storage the chat works, and a reload forgets what was not sent yet.
  const kept = {
    get(name) {
      try { return JSON.parse(sessionStorage.getItem(`privacy-chat ${brand} ${name}`)); } catch { return null; }
    },
    set(name, value) {
      const key = `privacy-chat ${brand} ${name}`;
      try { value === null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* as above */ }
    },
  };

  // On our own pages the session is a cookie that no script sees; elsewhere it is a token that this tab keeps.
  async function call(path, { body, signal, query = {} } = {}) {
    const url = new URL(path, base);
    url.search = new URLSearchParams(brand ? { brand, ...query } : query);
    const headers = body ? { "Content-Type": "application/json" } : {};
    const token = atHome ? null : kept.get("token");
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(url, {
      method: body ? "POST" : "GET", headers, signal, body: body && JSON.stringify(body),
      credentials: atHome ? "same-origin" : "omit", cache: "no-store", referrerPolicy: "no-referrer",
    });
    const told = await answer.json();
    if (!atHome && told.token) kept.set("token", told.token);
    return { status: answer.status, told, wait: Number(answer.headers.get("Retry-After")) || 3 };
  }

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  function icon(...paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const d of paths) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  const SHIELD = ["M12 3l7.5 2.6v5.6c0 4.7-3.1 8.1-7.5 9.8-4.4-1.7-7.5-5.1-7.5-9.8V5.6z", "M8.6 11.8l2.4 2.4 4.4-4.6"];
  const CROSS = ["M6 6l12 12", "M18 6L6 18"];
  const ARROW = ["M12 19V5", "M6 11l6-6 6 6"];

  class PrivacyChat extends HTMLElement {
    #words; #shop; #language; #launcher; #panel; #log; #quick; #choices; #notice; #again; #typing; #form; #field; #end;
    #isOpen = false;
    #session = "unknown";
    #seen = "";
    #shown = new Map();
    #pending = kept.get("pending") ?? [];
    #sending = null;
    #listening = null;
    #taken = false;
    #slow = 0;

    async connectedCallback() {
      if (this.shadowRoot) return;
      const wanted = language || document.documentElement.lang || navigator.language || "en";
      const [setup, css] = await Promise.all([
        call("setup", { query: { language: wanted } }),
        fetch(new URL("widget.css", base), { credentials: "omit", referrerPolicy: "no-referrer" }).then((answer) => answer.text()),
      ]);
      if (setup.status !== 200) return;
      ({ words: this.#words, shop: this.#shop, language: this.#language } = setup.told);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      if (theme) this.setAttribute("theme", theme);
      this.lang = this.#language;
      this.#build(root);
      document.addEventListener("click", (event) => {
        const opener = event.target.closest?.("[data-privacy-chat-open]");
        if (opener) { event.preventDefault(); this.open(); }
      });
      document.addEventListener("visibilitychange", () => this.#listen());
      addEventListener("online", () => this.#listen());
      for (const { id, text } of this.#pending) this.#show(this.#bubble("you", { text }, true), "", id);
      if (kept.get("open")) this.open({ focus: false });
      else if (this.#pending.length) this.#drain();
    }

    #build(root) {
      const words = this.#words;
      this.#launcher = make("button", { class: "launcher", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": words.title, onclick: () => this.open() }, icon(...SHIELD), make("span", {}, words.launch));
      this.#log = make("div", { class: "log", role: "log", "aria-label": words.log, "aria-live": "polite", tabindex: "0" }, this.#intro());
      this.#typing = make("p", { class: "typing", hidden: true }, make("i"), make("i"), make("i"), make("span", { class: "hidden" }, words.typing));
      this.#notice = make("p", { class: "notice" });
      this.#again = make("button", { class: "again", type: "button", hidden: true, onclick: () => this.#restart() }, words.again);
      this.#quick = make("div", { class: "quick", role: "group", "aria-label": words.quick_label }, ...words.quick.map(([label, text]) => make("button", { type: "button", onclick: () => this.#quickly(text) }, label)));
      this.#choices = make("div", { class: "quick", role: "group", "aria-label": words.choose, hidden: true });
      this.#field = make("textarea", { rows: "1", "aria-label": words.field, placeholder: words.hint, autocomplete: "off", enterkeyhint: "send", onkeydown: (event) => this.#onKey(event), oninput: () => this.#grow() });
      this.#form = make("form", { onsubmit: (event) => { event.preventDefault(); this.#submit(); } }, this.#field, make("button", { class: "send", "aria-label": words.send }, icon(...ARROW)));
      this.#end = make("button", { class: "end", type: "button", hidden: true, onclick: () => this.#restart() }, words.end);
      const head = make("header", {}, icon(...SHIELD), make("div", {}, make("h2", { id: "title" }, words.title), make("p", {}, words.subtitle, " · ", this.#shop)), make("button", { class: "close", type: "button", "aria-label": words.close, onclick: () => this.close() }, icon(...CROSS)));
      const status = make("div", { class: "status", role: "status" }, this.#typing, this.#notice);
      const foot = make("footer", {}, make("span", {}, words.note, " "), this.#end);
      this.#panel = make("section", { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: "-1", hidden: true, onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } } }, head, this.#log, status, this.#again, this.#quick, this.#choices, this.#form, foot);
      for (const name of ["dragover", "drop", "paste"]) this.#panel.addEventListener(name, (event) => this.#refuseFiles(event));
      root.append(this.#launcher, this.#panel);
    }

    #intro() {
      return make("p", { class: "intro" }, this.#words.intro.replace("{shop}", this.#shop));
    }

    open({ focus = true } = {}) {
      if (!this.#isOpen) {
        this.#isOpen = true;
        kept.set("open", true);
        this.#panel.hidden = false;
        this.#launcher.hidden = true;
        this.#launcher.setAttribute("aria-expanded", "true");
        this.#log.setAttribute("aria-busy", "true");
        this.#drain();
        this.#listen();
      }
      if (focus) this.#focus();
    }

    close() {
      this.#isOpen = false;
      kept.set("open", null);
      this.#panel.hidden = true;
      this.#launcher.hidden = false;
      this.#launcher.setAttribute("aria-expanded", "false");
      this.#launcher.focus();
      this.#listening?.abort();
    }

    #onKey(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    }

    #grow() {
      this.#field.style.height = "auto";
      this.#field.style.height = `${Math.min(this.#field.scrollHeight, 132)}px`;
    }

    // A finger's keyboard would cover half of what there is to read.
    #focus() {
      (matchMedia("(hover: hover)").matches ? this.#field : this.#panel).focus();
    }

    // Nobody needs to send a file here, and none is taken.
    #refuseFiles(event) {
      if (!(event.clipboardData ?? event.dataTransfer)?.types.includes("Files")) return;
      event.preventDefault();
      if (event.type !== "dragover") this.#tell("no_files");
    }

    // What the last answer lets one choose from; whoever writes instead has chosen as well.
    #offer(choices) {
      this.#choices.replaceChildren(...choices.map(([label, text]) => make("button", { type: "button", onclick: () => { this.#say(text); this.#focus(); } }, label)));
      this.#choices.hidden = !choices.length;
      if (choices.length) this.#scroll();
    }

    #quickly(text) {
      if (this.#quick.hidden) return;
      this.#quick.hidden = true;
      this.#say(text);
      this.#focus();
    }

    #submit() {
      const text = this.#field.value.trim();
      if (!text || this.#form.hidden) return;
      if ([...text].length > 4000) { this.#tell("too_long"); return; }
      this.#field.value = "";
      this.#grow();
      this.#say(text);
    }

    #say(text) {
      const message = { id: newId(), text };
      this.#offer([]);
      this.#keep([...this.#pending, message]);
      this.#tell("");
      this.#show(this.#bubble("you", { text }, true), "", message.id);
      this.#drain();
    }

    #keep(pending) {
      this.#pending = pending;
      kept.set("pending", pending.length ? pending : null);
    }

    // One after the other, each until it has arrived: a repeated one is known by its id.
    #drain() {
      this.#sending ??= this.#sendAll().finally(() => { this.#sending = null; });
      return this.#sending;
    }

    async #sendAll() {
      for (let failures = 0; this.#pending.length;) {
        const message = this.#pending[0];
        let answer;
        try {
          if (this.#session !== "open") {
            answer = await call("session", { body: {} });
            if (answer.status === 200) this.#session = "open";
          }
          if (this.#session === "open") answer = await call("messages", { body: { ...message, language: this.#language }, signal: AbortSignal.timeout(15000) });
        } catch {
          answer = { status: 0 };
        }
        if (this.#pending[0] !== message) return;
        if (answer.status === 202) {
          failures = 0;
          this.#arrived(message, answer.told.id);
        } else if (answer.status === 429 || answer.status === 503) {
          this.#tell(answer.status === 429 ? "too_fast" : "offline");
          await pause(answer.wait * 1000);
        } else if (answer.status >= 400 && answer.status < 500) {
          this.#giveBack(message, answer);
          if (answer.status === 401) return;
        } else {
          this.#tell("offline");
          await pause(Math.min(LONGEST_PAUSE, 1000 * 2 ** failures++));
        }
      }
    }

    #arrived(message, id) {
      this.#taken = true;
      this.#keep(this.#pending.slice(1));
      this.#tell("");
      const bubble = this.#shown.get(message.id);
      this.#shown.delete(message.id);
      if (this.#shown.has(id)) bubble.remove();
      else { bubble.classList.remove("pending"); this.#show(bubble, id); }
      this.#wait();
      this.#listen();
    }

    // It was not taken and never will be: its words go back to where they can be changed.
    #giveBack(message, { status, told }) {
      this.#keep(this.#pending.slice(1));
      this.#shown.get(message.id)?.remove();
      this.#shown.delete(message.id);
      this.#field.value = [message.text, this.#field.value].filter(Boolean).join("\n");
      this.#grow();
      if (status === 401) this.#over();
      else this.#tell(told.error === "too_long" ? "too_long" : "not_understood");
    }

    #wait() {
      this.#typing.hidden = false;
      this.#scroll();
      clearTimeout(this.#slow);
      this.#slow = setTimeout(() => { this.#typing.hidden = true; this.#tell("received"); }, SLOW_ANSWER);
    }

    // Asks for news as long as somebody looks; there is one such loop at a time.
    async #listen() {
      if (!this.#isOpen || document.hidden || this.#listening) return;
      const listening = this.#listening = new AbortController();
      try {
        await this.#hear(listening.signal);
      } finally {
        this.#listening = null;
        this.#log.removeAttribute("aria-busy");
      }
    }

    async #hear(signal) {
      for (let failures = 0, endings = 0; this.#isOpen && !document.hidden;) {
        let answer;
        try {
          const query = this.#seen ? { seen: this.#seen, hold: "1" } : {};
          answer = await call("messages", { query, signal: AbortSignal.any([signal, AbortSignal.timeout(40000)]) });
        } catch {
          if (signal.aborted) return;
          answer = { status: 0 };
        }
        // Our own message first, then the answer to it.
        if (this.#sending) await Promise.race([this.#sending, pause(2000)]);
        if (answer.status === 200 && answer.told.session === "open") {
          if (failures) this.#tell("");
          failures = endings = 0;
          this.#session = "open";
          this.#end.hidden = false;
          this.#seen = answer.told.seen;
          this.#merge(answer.told.entries);
          this.#log.removeAttribute("aria-busy");
        } else if (answer.status === 200 && answer.told.session === "none") {
          // A message may have been taken while this answer was on its way: then there is a session by now.
          if (!this.#pending.length && !this.#taken) return;
          this.#taken = false;
          await pause(500);
        } else if (answer.status === 200) {
          // A code may just have been accepted, and the session that goes on is on its way to us.
          if (this.#pending.length === 0 && ++endings > 2) { this.#over(); return; }
          await pause(700);
        } else {
          if (failures++) this.#tell("offline");
          await pause(answer.status === 429 ? answer.wait * 1000 : Math.min(LONGEST_PAUSE, 500 * 2 ** failures));
        }
      }
    }

    #merge(entries) {
      for (const entry of entries) {
        if (this.#shown.has(entry.id) || (entry.from === "you" && this.#pending.length)) continue;
        this.#show(this.#bubble(entry.from, entry), entry.id);
        if (entry.from === "bot") {
          clearTimeout(this.#slow);
          this.#typing.hidden = true;
          this.#tell("");
        }
      }
      this.#follow(entries.findLast((entry) => entry.from === "bot")?.language);
      const last = entries.at(-1);
      this.#offer(last?.from === "bot" && !this.#pending.length ? last.choices ?? [] : []);
    }

    // The frame speaks as the talk does: whoever writes in another language than the page's is answered in it.
    async #follow(spoken) {
      if (!spoken || spoken === this.#language) return;
      const setup = await call("setup", { query: { language: spoken } }).catch(() => ({ status: 0 }));
      if (setup.status !== 200 || setup.told.language !== spoken) return;
      ({ words: this.#words, language: this.#language } = setup.told);
      this.lang = spoken;
      const words = this.#words, part = (name) => this.shadowRoot.querySelector(name);
      const texts = { h2: words.title, "header p": `${words.subtitle} · ${this.#shop}`, ".launcher span": words.launch, ".typing .hidden": words.typing, ".again": words.again, "footer span": `${words.note} `, ".end": words.end };
      const labels = { ".launcher": words.title, ".close": words.close, ".log": words.log, textarea: words.field, ".send": words.send };
      for (const [name, text] of Object.entries(texts)) part(name).textContent = text;
      for (const [name, label] of Object.entries(labels)) part(name).setAttribute("aria-label", label);
      part("textarea").placeholder = words.hint;
    }

    // In the order of the ids; what has none yet stands last.
    #show(bubble, id, provisional = id) {
      this.#shown.set(provisional, bubble);
      this.#quick.hidden = true;
      bubble.dataset.id = id;
      const later = [...this.#log.querySelectorAll(".message")].find((other) => other !== bubble && (!other.dataset.id || (id && other.dataset.id > id)));
      if (id && later) this.#log.insertBefore(bubble, later);
      else if (bubble.parentNode !== this.#log || bubble.nextSibling) this.#log.append(bubble);
      this.#scroll();
    }

    #bubble(from, { text = "", parts = [], language: spoken = null }, pending = false) {
      const who = make("span", { class: "hidden" }, `${from === "you" ? this.#words.you : this.#words.bot}: `);
      const said = from === "you" ? [make("p", {}, text)] : parts.map((part) => this.#part(part));
      return make("div", { class: `message ${from}${pending ? " pending" : ""}`, lang: spoken }, who, ...said);
    }

    #part(part) {
      if (part.kind !== "quote") return make("p", {}, part.text);
      return make("figure", {}, make("blockquote", {}, part.text), make("figcaption", {}, make("a", { href: new URL(part.link, base).href, target: "_blank", rel: "noopener noreferrer" }, part.caption)));
    }

    // To the end, but never past the beginning of what came last: it is read from its top.
    #scroll() {
      const last = this.#log.lastElementChild;
      this.#log.scrollTop = Math.min(this.#log.scrollHeight, last.offsetTop - this.#log.offsetTop - 12);
    }

    #tell(key) {
      const said = key ? this.#words[key] : "";
      if (said === this.#notice.textContent) return;
      this.#notice.textContent = said;
      this.#scroll();
    }

    #over() {
      this.#session = "ended";
      this.#typing.hidden = true;
      clearTimeout(this.#slow);
      this.#form.hidden = this.#end.hidden = this.#quick.hidden = this.#choices.hidden = true;
      this.#again.hidden = false;
      this.#tell("ended");
    }

    // Nothing of the talk stays in this browser; the shop keeps what it needs.
    async #restart() {
      try { await call("end", { body: {} }); } catch { this.#tell("offline"); return; }
      kept.set("token", null);
      this.#keep([]);
      this.#shown.clear();
      this.#seen = "";
      this.#session = "unknown";
      this.#log.replaceChildren(this.#intro());
      this.#offer([]);
      clearTimeout(this.#slow);
      this.#typing.hidden = this.#end.hidden = this.#again.hidden = true;
      this.#form.hidden = this.#quick.hidden = false;
      this.#tell("");
      this.#listening?.abort();
      this.#focus();
    }
  }

  customElements.define("privacy-chat", PrivacyChat);
  const place = () => document.body.append(document.createElement("privacy-chat"));
  document.body ? place() : addEventListener("DOMContentLoaded", place);
})();
