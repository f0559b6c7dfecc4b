// A button beside each value that is typed into a camera, which copies it. Without this, or where the browser lets no page copy,
// there is none, and the value is selected by hand as ever.

async function copied(button) {
  const source = document.getElementById(button.dataset.copies);
  const said = document.getElementById(button.getAttribute("aria-describedby"));
  const text = (source.value ?? source.textContent).trim();
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "Copied.";
  } catch {
    // Refused: the value is selected, so that a key copies it.
    if (source.select) source.select();
    else window.getSelection().selectAllChildren(source);
    said.textContent = "Selected; copy it with Ctrl+C.";
  }
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", () => copied(button));
  }
}
