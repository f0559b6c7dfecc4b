// The alert wall, live. Without this the page is a list that says how to reload it.

import { Chime } from "./_chime.js";

const STATES = {
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  ended: "Ended",
};
const RETRY_MS = 5000;
const AGE_EVERY_MS = 10_000;

class Wall {
  constructor(root) {
    this.root = root;
    this.waiting = root.querySelector("[data-waiting]");
    this.dealtWith = root.querySelector("[data-dealt-with]");
    this.template = root.querySelector("template[data-card]");
    this.after = root.dataset.after;
    this.chime = new Chime(root.querySelector("[data-sound]"));
    this.connect();
    setInterval(() => this.tellAges(), AGE_EVERY_MS);
    this.tellAges();
  }

  connect() {
    if (!this.source) this.say("connecting");
    const source = new EventSource(`${this.root.dataset.stream}?after=${this.after}`);
    this.source = source;
    source.addEventListener("open", () => this.say("live"));
    source.addEventListener("error", () => this.lost());
    source.addEventListener("alert", (event) => this.raise(JSON.parse(event.data)));
    source.addEventListener("actioned", (event) => this.settle(JSON.parse(event.data)));
    source.addEventListener("watches", (event) => this.watch(JSON.parse(event.data).lists));
    source.addEventListener("ended", (event) => this.end(JSON.parse(event.data).why));
  }

  // The browser tries again by itself unless it was answered with anything but events; then we ask why.
  async lost() {
    this.say("reconnecting");
    if (this.source.readyState !== EventSource.CLOSED) return;
    const answer = await fetch(this.root.dataset.stream, { method: "HEAD" }).catch(() => null);
    if (answer?.status === 403) {
      this.end("Your watch has ended. Ask an authoriser for a watch to go on.");
    } else if (answer?.redirected) {
      this.end("You are signed out. Sign in again to go on.");
    } else {
      setTimeout(() => this.connect(), RETRY_MS);
    }
  }

  // What a watch no longer covers is not left on a screen.
  end(why) {
    this.source.close();
    this.waiting.replaceChildren();
    this.dealtWith.replaceChildren();
    this.count();
    for (const part of this.root.querySelectorAll("section, [data-watches], [data-sound]")) part.hidden = true;
    this.root.querySelector("[data-ended-why]").textContent = why;
    this.root.querySelector("[data-ended]").hidden = false;
    this.say("ended");
    this.announce(why);
  }

  say(state) {
    const connection = this.root.querySelector("[data-connection]");
    if (connection.dataset.state === "ended") return;
    connection.dataset.state = state;
    const shown = connection.querySelector("[data-connection-text]");
    if (shown.textContent !== STATES[state]) shown.textContent = STATES[state];
  }

  watch(lists) {
    const slugs = new Set(lists.map((list) => list.slug));
    for (const card of this.root.querySelectorAll("[data-alert]")) {
      if (!slugs.has(card.dataset.list)) card.remove();
    }
    const parts = lists.flatMap((list, at) => {
      const name = document.createElement("strong");
      name.textContent = list.name;
      return [at ? ", " : "Watching ", name, ` until ${list.until_text}`];
    });
    this.root.querySelector("[data-watches]").replaceChildren(...parts);
    this.count();
  }

  raise(alert) {
    this.after = String(alert.id);
    if (this.find(alert.id)) return;
    const card = this.draw(alert);
    card.classList.add("tp-alert--new");
    this.place(card, this.waiting);
    this.count();
    this.announce(`${alert.priority_text}: ${alert.plate_text}, ${alert.camera}. ${alert.kind_text}.`);
    this.chime.ring(alert.priority === "high");
  }

  settle(alert) {
    const known = this.find(alert.id);
    if (known?.hasAttribute("data-settled")) return;
    const held = known?.contains(document.activeElement);
    known?.remove();
    const card = this.draw(alert);
    card.dataset.settled = "";
    this.dealtWith.prepend(card);
    if (held) card.querySelector("[data-open]").focus({ preventScroll: true });
    this.count();
    if (known) this.announce(`${alert.plate_text}: ${alert.outcome_text}.`);
  }

  find(id) {
    return this.root.querySelector(`[data-alert="${Number(id)}"]`);
  }

  // Newest first, also where one that was missed arrives after a newer one.
  place(card, list) {
    const older = [...list.children].find((other) => Number(other.dataset.alert) < Number(card.dataset.alert));
    list.insertBefore(card, older ?? null);
  }

  draw(alert) {
    const card = this.template.content.firstElementChild.cloneNode(true);
    card.id = `alert-${alert.id}`;
    card.className = `tp-alert tp-alert--${alert.priority}`;
    card.dataset.alert = alert.id;
    card.dataset.list = alert.list;
    card.dataset.kind = alert.kind;
    for (const slot of card.querySelectorAll("[data-slot]")) slot.textContent = alert[slot.dataset.slot];
    card.querySelector("h3").id = `alert-${alert.id}-plate`;
    card.querySelector("article").setAttribute("aria-labelledby", `alert-${alert.id}-plate`);
    card.querySelector("time").dateTime = alert.captured_at;
    card.querySelector("[data-open]").href = alert.url;
    this.tellAge(card);
    return card;
  }

  count() {
    const waiting = this.waiting.children.length;
    const dealtWith = this.dealtWith.children.length;
    this.root.querySelector('[data-count="waiting"]').textContent = waiting;
    this.root.querySelector('[data-count="dealt-with"]').textContent = dealtWith;
    this.root.querySelector("[data-nothing]").hidden = waiting > 0;
    this.root.querySelector("[data-dealt-with-section]").hidden = dealtWith === 0;
    document.title = `${waiting ? `(${waiting}) ` : ""}Alerts - Turnpike`;
  }

  announce(text) {
    this.root.querySelector("[data-announcement]").textContent = text;
  }

  tellAges() {
    for (const card of this.root.querySelectorAll("[data-alert]")) this.tellAge(card);
  }

  tellAge(card) {
    const seconds = Math.round((Date.now() - Date.parse(card.querySelector("time").dateTime)) / 1000);
    card.querySelector("[data-age]").textContent = ageText(seconds);
  }
}

function ageText(seconds) {
  if (!(seconds >= 0)) return "";
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

const root = document.querySelector("[data-wall]");
if (root) new Wall(root);
