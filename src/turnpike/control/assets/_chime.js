// The wall's sound: off until somebody turns it on, and off again on the next page.

const NOTE_S = 0.18;

export class Chime {
  constructor(button) {
    this.button = button;
    this.context = null;
    button.hidden = false;
    button.addEventListener("click", () => this.toggle());
  }

  toggle() {
    // Made by a press only: browsers let no page sound before.
    this.context ??= new AudioContext();
    const isOn = this.button.getAttribute("aria-pressed") !== "true";
    this.button.setAttribute("aria-pressed", String(isOn));
    this.button.textContent = isOn ? "Sound is on" : "Sound is off";
    if (isOn) this.ring(false);
  }

  // One soft note, or two rising ones for what is urgent.
  ring(isUrgent) {
    if (this.button.getAttribute("aria-pressed") !== "true") return;
    this.note(523, 0);
    if (isUrgent) this.note(784, NOTE_S);
  }

  note(frequencyHz, delayS) {
    const from = this.context.currentTime + delayS;
    const tone = new OscillatorNode(this.context, { frequency: frequencyHz });
    const volume = new GainNode(this.context, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.2, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + NOTE_S);
    tone.connect(volume).connect(this.context.destination);
    tone.start(from);
    tone.stop(from + NOTE_S);
  }
}
