// Asks the browser for a passkey, or to make one, when a form that is marked for it is sent.
//
// <form data-passkey="get|create" data-options="JSON"> or data-options-from="address"; the answer goes into its field `credential`.
// Binary parts travel as base64url, as the WebAuthn specification's JSON has them.

const CANCELLED = "Nothing was sent. Try again when your device is ready, or use another way.";

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function withBytes(credentials) {
  return (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
}

function asked({ publicKey }) {
  return { publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: withBytes(publicKey.allowCredentials) } };
}

function made({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      // One that signs in by itself: kept by the device, and opened by its owner's PIN, finger or face.
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  };
}

function told(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) {
      response[part] = text(credential.response[part]);
    }
  }
  if (credential.response.getTransports) {
    response.transports = credential.response.getTransports();
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function optionsOf(form) {
  if (form.dataset.options) {
    return JSON.parse(form.dataset.options);
  }
  const answer = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(answer.statusText);
  }
  return (await answer.json()).request_options;
}

function say(form, sentence) {
  const trouble = form.querySelector("[data-passkey-trouble]");
  trouble.textContent = sentence;
  trouble.hidden = false;
}

async function send(form) {
  const { siteName, siteAddress } = form.dataset;
  if (location.hostname !== siteName) {
    say(form, `Passkeys work at ${siteAddress} only; open that address.`);
    return;
  }
  try {
    const options = await optionsOf(form);
    const credential =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create(made(options))
        : await navigator.credentials.get(asked(options));
    form.elements.credential.value = JSON.stringify(told(credential));
  } catch {
    say(form, CANCELLED);
    return;
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    say(form, "This browser knows no passkeys; use another way.");
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
